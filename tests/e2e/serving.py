"""What the tests of `ekaci serve` share: a server that answers the fake GitHub, and can be killed and started again."""

import json
import signal
import socket
import subprocess

import building
import github
import harness

REPOSITORY = "acme/pkgs"
SUMMARY = "EkaCI"

_CONFIGURATION = """
[server]
listen = "127.0.0.1:{port}"
url = "http://ekaci.example"
state = "{state}"

[github]
web = "{web}"
api = "{api}"
app_id = {app}
private_key = {{ file = "{folder}/key.pem" }}
webhook_secret = {{ file = "{folder}/hook" }}
reconcile_every = "{reconcile_every}"

[build]
store = "{store}"
offline = true
{build}

[retention]
{retention}
{more}
"""


def free_port():
    """A port of this machine that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """A server of an App of the fake GitHub, in a scratch of building.Scratch's kind."""

    def __init__(self, scratch, hub, more="", reconcile_every="1h", name="server", retention='keep_free = "0"', build="", environment=None):
        self.scratch, self.hub = scratch, hub
        self.environment = environment or {}
        self.folder = scratch.folder / name
        self.folder.mkdir()
        self.state = self.folder / "state"
        self.port = free_port()
        self.app = hub.make_app("EkaCI", owner="acme", hook_url=f"http://127.0.0.1:{self.port}/github/webhook")
        for file, secret in (("key.pem", self.app.private_key), ("hook", self.app.webhook_secret)):
            (self.folder / file).write_text(secret)
            (self.folder / file).chmod(0o600)
        self.configuration = self.folder / "server.toml"
        self.configuration.write_text(
            _CONFIGURATION.format(
                port=self.port,
                state=self.state,
                web=hub.web,
                api=hub.api,
                app=self.app.id,
                folder=self.folder,
                store=scratch.store(),
                reconcile_every=reconcile_every,
                retention=retention,
                build=build,
                more=more,
            )
        )
        self.process = None

    @property
    def log_file(self):
        return self.folder / "log"

    def log(self):
        """What it has said on standard error so far."""
        return self.log_file.read_text(errors="replace")

    def start(self):
        """Starts it, and returns when it listens."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [harness.BINARY, "serve", "--config", self.configuration],
                env=self.scratch.environment(**self.environment),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        ready = self.process.stdout.readline()
        if not ready.startswith("listening on "):
            raise AssertionError(f"the server did not start: {self.log()}")
        return self

    def stop(self):
        """Asks it to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self):
        """Ends it as a crash does."""
        self.process.kill()
        return self._ended()

    def start_again(self):
        """Ends it as a crash does, and starts it: what was lost meanwhile is to be found."""
        self.kill()
        self.start()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _ended(self):
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        return status


class Case(building.Case):
    """A class with a fake GitHub, and a server that is installed in acme/pkgs, which has the pull requests of examples/builds to be
    opened."""

    more = ""
    build = ""
    environment = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub = github.GitHub()
        cls.addClassCleanup(cls.hub.close)
        cls.folder = cls.scratch.example(of=building.EXAMPLE)
        cls.server = Server(cls.scratch, cls.hub, cls.more, build=cls.build, environment=cls.environment)
        cls.addClassCleanup(cls.server.close)
        cls.hub.make_repository(REPOSITORY, cls.folder, private=True, collaborators={"rae": "write", "joe": "read"})
        cls.installation = cls.hub.install(cls.server.app, "acme", [REPOSITORY])
        cls.server.start()

    @classmethod
    def open(cls, name, **more):
        """Opens pr/NAME, as a member's from a fork where nothing else is said."""
        return cls.hub.open_pull_request(REPOSITORY, cls.folder, f"pr/{name}", **{"author": "zoe", "fork": True, "author_association": "MEMBER", **more})

    @classmethod
    def summary(cls, sha):
        return cls.hub.check_run(REPOSITORY, sha, SUMMARY)

    @classmethod
    def concluded(cls, sha, seconds=120):
        """The summary of a commit, once it is completed."""
        cls.hub.wait_for(lambda: cls.summary(sha).get("conclusion"), seconds)
        return cls.summary(sha)

    @classmethod
    def concluded_as(cls, sha, conclusion, seconds=120):
        """The summary of a commit, once it is completed in this way."""
        cls.hub.wait_for(lambda: cls.summary(sha).get("conclusion") == conclusion, seconds)
        return cls.summary(sha)

    @classmethod
    def names(cls, sha):
        """{name: conclusion} of all check runs of a commit."""
        return {run["name"]: run["conclusion"] for run in cls.hub.check_runs(REPOSITORY, sha)}

    @classmethod
    def handled(cls):
        """Returns when GitHub has told all, and all that it told is handled: whoever had to be asked has answered."""
        cls.hub.wait_for_hooks()
        cls.hub.wait_for(lambda: cls.status()["inbox"]["waiting"] == 0, 60)

    @classmethod
    def status(cls):
        """What the server says of itself."""
        done = cls.scratch.run("status", "--json", "--config", cls.server.configuration)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)

    @classmethod
    def standing(cls, subject):
        """What the server says of a subject; empty where nothing."""
        return next((line for line in cls.status()["subjects"] if line["subject"] == subject), {})
