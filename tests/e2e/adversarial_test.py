#!/usr/bin/env python3
"""Pull requests that attack the server which reviews them: they read, build, configure and say what they should not, and get nothing, change
no verdict, and act on no reader."""

import contextlib
import hashlib
import json
import os
import pathlib
import pty
import re
import socket
import subprocess
import threading
import unittest

import building
import harness
import hostile_tools
import plain_nix
import serving
from serving import REPOSITORY

# What a builder runs to look around: it writes down all that it finds, what it got at the end of its log and at the beginning of its
# output, where most is shown of it.
_LOOK = r"""
import glob, json, os, socket, sys

goals = json.loads(os.environ["goals"])
found, refused = [], []


def attempt(what, do):
    try:
        found.append(f"{what}: {do()!r}")
    except OSError as error:
        refused.append(f"{what}: {error.strerror}")


def read(path):
    with open(path, "rb") as file:
        return [part for part in file.read(1 << 20).split(b"\0") if not part.startswith((b"goals=", b"script=", b"import glob"))]


def call(family, address):
    with socket.socket(family) as caller:
        caller.settimeout(5)
        caller.connect(address)
    return "was-" + "found"


def leave(path):
    with open(path, "x"):
        return "was-" + "found"


for path in goals["files"]:
    attempt(path, lambda: read(path))
    attempt("/proc/1/root" + path, lambda: read("/proc/1/root" + path))
for path in goals["folders"]:
    attempt(path, lambda: os.listdir(path))
    attempt(path, lambda: leave(path + "/left-by-a-build"))
for path in goals["sockets"]:
    attempt(path, lambda: call(socket.AF_UNIX, path))
for port in goals["ports"]:
    attempt(port, lambda: call(socket.AF_INET, ("127.0.0.1", port)))
for path in [f"/proc/{process}/{name}" for process in goals["processes"] for name in ("environ", "cmdline")] + glob.glob("/proc/[0-9]*/[ec][nm][vd]*"):
    attempt(path, lambda: read(path))
attempt("the environment", lambda: dict(os.environ, goals="", script=""))
attempt("the store", lambda: os.listdir("/nix/store"))
lines = ["looked around", *found, *refused]
print("\n".join(reversed(lines)))
with open(os.environ["out"], "w") as file:
    file.write("\n".join(lines))
"""


def looking(name, goals, more="", end="true"):
    """A derivation whose builder looks around."""
    said = json.dumps(json.dumps(goals)).replace("${", "\\${")
    script = "''" + _LOOK.replace("''", "'''").replace("${", "''${") + "''"
    command = json.dumps(f'/usr/bin/python3 -c "$script"; {end}')
    return (
        f'derivation {{ name = "{name}"; system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/usr/bin:/bin"; args = [ "-euc" {command} ];'
        f" goals = {said}; script = {script}; {more} }}"
    )


class Listener:
    """Somebody on this machine whom nobody has a reason to call; counts who does."""

    def __init__(self):
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self):
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._socket.accept()
                self.calls += 1
                caller.close()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


class Case(serving.Case):
    """A class whose pull requests are branches that the test makes up."""

    more = '[reviews]\npush_to_target = "ignore"\n\n[checks]\nupdate_every = "1s"\n'

    @classmethod
    def branch(cls, name, files=None, start="main", links=None, folder=None, message="more"):
        """Commits these files (bytes or text; None deletes) and symlinks on a branch pr/NAME."""
        folder = folder or cls.folder
        plain_nix.git(folder, "checkout", "--quiet", "-b", f"pr/{name}", start)
        for path, content in (files or {}).items():
            place = folder / path
            if content is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        for path, target in (links or {}).items():
            (folder / path).unlink(missing_ok=True)
            (folder / path).symlink_to(target)
        plain_nix.git(folder, "add", "--all")
        plain_nix.git(folder, "commit", "--quiet", "--message", message)
        plain_nix.git(folder, "checkout", "--quiet", "main")

    def ask(self, command, *arguments):
        """What a command prints; it has to succeed."""
        done = self.scratch.run(command, "--config", self.server.configuration, *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    @classmethod
    def commit_to_main(cls, files):
        """What pull requests are compared with."""
        for path, content in files.items():
            hostile_tools.commit_bytes(cls.folder, path, content)
        cls.hub.push(REPOSITORY, cls.folder, "main", branch="main")

    def evaluation_of(self, sha, job):
        """The check run of a job, once it is there."""
        name = f"EkaCI / evaluate {job} (x86_64-linux)"
        self.hub.wait_for(lambda: self.names(sha).get(name), 30)
        return self.hub.check_run(REPOSITORY, sha, name)


@unittest.skipIf("--no-sandbox" in harness.MORE_ARGUMENTS, "there is no sandbox")
class Secrets(Case):
    """A stranger's pull requests look for what the server has to hide, and put what they find where it would be published."""

    environment = {"EKACI_TEST_CANARY": "canary-of-the-environment"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.listener = Listener()
        cls.addClassCleanup(cls.listener.close)
        app = cls.server.state / "app"
        app.mkdir(mode=0o700)
        (app / "private-key.pem").write_text("canary-of-the-registered-app\n")
        (app / "private-key.pem").chmod(0o600)
        cls.make_another_repository()
        # A process of somebody else's, with a secret in its arguments and environment.
        other = subprocess.Popen(["sleep", "1000"], env={**os.environ, "OTHER": "canary-of-another-process"})
        cls.addClassCleanup(other.wait)
        cls.addClassCleanup(other.kill)
        cls.other = other.pid
        key = cls.server.app.private_key
        digests = (hashlib.sha256(text.encode()).hexdigest() for text in (key, cls.server.app.webhook_secret, "canary-of-the-registered-app\n"))
        cls.canaries = ["canary-of-", "was-found", cls.server.app.webhook_secret, key.splitlines()[1], key.splitlines()[-2], *digests]
        jobs = {"boats": {"file": "default.nix"}, "imports": {"file": "imports.nix", "allow_import_from_derivation": True}}
        configuration = {"jobs": {name: {**job, "systems": ["x86_64-linux"]} for name, job in jobs.items()}}
        cls.commit_to_main({".ekaci/config.json": json.dumps(configuration), "imports.nix": "{ }"})

    @classmethod
    def make_another_repository(cls):
        """A private one of another team's, whose review leaves a mirror and a tree."""
        folder = cls.scratch.folder / "vault"
        vault = lambda text: f'{{ vault = {hostile_tools.derivation("vault", f"""args = [ "-c" "echo {text} > $out" ];""")}; }}'  # noqa: E731
        hostile_tools.repository_with(folder, vault("nothing"))
        hostile_tools.commit_bytes(folder, "treasure", "canary-of-another-repository\n")
        cls.hub.make_repository("bank/vault", folder, private=True)
        cls.hub.install(cls.server.app, "bank", ["bank/vault"])
        cls.branch("vault", {"default.nix": vault("canary-of-another-build")}, folder=folder)
        pull = cls.hub.open_pull_request("bank/vault", folder, "pr/vault", author="bank")
        cls.hub.wait_for(lambda: cls.hub.check_run("bank/vault", pull.head_sha, serving.SUMMARY).get("conclusion"), 60)
        (refs,) = cls.server.state.glob("mirrors/*/refs/remote")
        cls.mirror = refs.parents[1]

    @classmethod
    def secret_files(cls):
        """Files that the server can read and nobody else should."""
        own = [cls.server.folder / "key.pem", cls.server.folder / "hook", cls.server.configuration]
        kept = [cls.server.state / "app/private-key.pem", cls.server.state / "ekaci.db", cls.server.state / "control.sock"]
        treasure = next(cls.server.state.glob("trees/*/treasure"))
        builds = [path for path in (cls.scratch.folder / "store/nix/store").glob("*-vault") if path.is_file()]
        seen = [pathlib.Path("/nix/store") / path.name for path in builds]
        return [str(path) for path in (*own, *kept, treasure, cls.mirror / "HEAD", *builds, *seen)]

    @classmethod
    def secret_folders(cls):
        return [str(path) for path in (cls.server.folder, cls.server.state, cls.server.state / "app", cls.server.state / "mirrors", cls.scratch.folder)]

    @classmethod
    def goals(cls, ports=True):
        """What a builder is to look for."""
        daemon = "nix/var/nix/daemon-socket/socket"
        sockets = [str(cls.server.state / "control.sock"), f"/{daemon}", str(cls.scratch.folder / "store" / daemon)]
        return {
            "files": cls.secret_files(),
            "folders": cls.secret_folders(),
            "sockets": sockets,
            "ports": [cls.listener.port, cls.server.port] if ports else [],
            "processes": ["self", "1", str(cls.server.process.pid), str(cls.other)],
        }

    def assert_nothing_was_left(self):
        self.assertEqual(list(self.scratch.folder.rglob("left-by-a-build")), [])

    def assert_nothing_got_out(self, pull, *more):
        """No canary is in any check run, in the log, in what commands print, or in what is kept of the review."""
        told = {
            "check runs": json.dumps(self.hub.check_runs(REPOSITORY, pull.head_sha)),
            "log": self.server.log(),
            "status": self.ask("status", "--all") + self.ask("status", "--json"),
            **{f"more {number}": text for number, text in enumerate(more)},
        }
        for what, text in told.items():
            for canary in self.canaries:
                self.assertNotIn(canary, text, what)
        for path in self.server.state.glob("ekaci.db*"):
            content = path.read_bytes()
            for canary in self.canaries:
                self.assertNotIn(canary.encode(), content, path)

    def assert_nobody_called(self):
        self.assertEqual(self.listener.calls, 0, "the test's own port was called")

    @classmethod
    def attempts(cls):
        """Nix expressions whose value is a text with what they found."""
        port = cls.listener.port
        files, folders = cls.secret_files(), cls.secret_folders()
        processes = ["self", "1", "thread-self", str(cls.server.process.pid), str(cls.other)]
        outside = "../" * 12
        mirror = cls.mirror
        found = lambda path: f'if builtins.pathExists {path} then "was-found" else throw "nothing there"'  # noqa: E731
        return [
            *(f"builtins.readFile {path}" for path in files),
            *(f'builtins.readFile (./. + "/{outside}{path}")' for path in files[:4]),
            *(f'builtins.hashFile "sha256" {path}' for path in files[:4]),
            *(found(path) for path in files),
            *(f'builtins.readFile "${{builtins.path {{ path = {path}; name = "x"; }}}}"' for path in files[:2]),
            *(f'builtins.readFile "${{{path}}}"' for path in files[:2]),
            *(f"builtins.toJSON (builtins.readDir {path})" for path in folders),
            *(found(path) for path in folders),
            *(f"builtins.readFile /proc/{process}/{file}" for process in processes for file in ("environ", "cmdline")),
            "builtins.toJSON (builtins.readDir /proc)",
            "builtins.readFile /proc/self/mountinfo",
            found("/proc/self/fd/0"),
            'let found = builtins.getEnv "EKACI_TEST_CANARY"; in if found == "" then throw "nothing there" else found',
            "builtins.readFile ./key",
            "builtins.toJSON (builtins.readDir ./state)",
            "import ./key",
            f"builtins.scopedImport {{ }} {files[0]}",
            f'builtins.readFile (builtins.fetchurl "file://{files[0]}")',
            f'builtins.readFile (builtins.fetchurl "http://127.0.0.1:{port}/file")',
            f'builtins.readFile ((builtins.fetchTarball "http://127.0.0.1:{port}/t.tar.gz") + "/x")',
            f'builtins.readFile ((builtins.fetchGit "http://127.0.0.1:{port}/r.git") + "/x")',
            f'builtins.readFile ((builtins.fetchGit "git://127.0.0.1:{port}/r.git") + "/x")',
            f'builtins.readFile ((builtins.fetchGit "file://{mirror}") + "/treasure")',
            f'builtins.readFile ((builtins.fetchGit {{ url = "{mirror}"; ref = "HEAD"; }}) + "/treasure")',
            f'builtins.readFile ((builtins.fetchTree {{ type = "tarball"; url = "http://127.0.0.1:{port}/u.tar.gz"; }}) + "/x")',
            f'builtins.readFile ((builtins.getFlake "git+file://{mirror}") + "/treasure")',
            "import (" + hostile_tools.derivation("looks", 'args = [ "-c" "echo 7 > $out" ];') + ")",
            f'builtins.exec [ "/bin/cat" "{files[0]}" ]',
            f'builtins.toJSON (builtins.readDir {cls.scratch.folder / "store/nix/store"})',
            found("/nix/var/nix/daemon-socket/socket"),
        ]

    @classmethod
    def lock_file(cls):
        """One that pins an input which lies on this machine."""
        locked = {"type": "tarball", "url": f"https://127.0.0.1:{cls.listener.port}/i.tar.gz", "narHash": f"sha256-{'A' * 43}="}
        nodes = {"root": {"inputs": {"i": "i"}}, "i": {"locked": locked, "original": locked}}
        return json.dumps({"version": 7, "root": "root", "nodes": nodes})

    def test_evaluation_finds_none_and_reaches_nobody_and_says_what_does_not_evaluate(self):
        attempts = self.attempts()
        lines = ["{ good = " + hostile_tools.derivation("good") + ";"]
        # Each way out: a message, the name of an attribute, a derivation's text, metadata.
        for number, attempt in enumerate(attempts):
            lines.append(f"says{number} = throw ({attempt});")
            lines.append(f'named{number} = {{ recurseForDerivations = true; "${{{attempt}}}" = {hostile_tools.derivation("named")}; }};')
            lines.append(f'text{number} = {hostile_tools.derivation(f"text{number}", f"found = {attempt};")};')
            metadata = f"{{ version = {attempt}; meta = {{ description = {attempt}; license = {attempt}; maintainers = [ ({attempt}) ]; }}; }}"
            lines.append(f'data{number} = {hostile_tools.derivation(f"data{number}")} // {metadata};')
        files = {"default.nix": "\n".join([*lines, "}"]), "flake.lock": self.lock_file()}
        self.branch("looking", files, links={"key": self.secret_files()[0], "state": self.server.state})
        pull = self.open("looking", author="eve", author_association="NONE")
        self.assertEqual(self.concluded(pull.head_sha)["conclusion"], "failure")
        self.assert_nothing_got_out(pull)
        self.assert_nobody_called()
        job = self.evaluation_of(pull.head_sha, "boats")
        self.assertEqual(job["conclusion"], "failure")
        self.assertIn(f"{3 * len(attempts)} attributes newly fail to evaluate", job["output"]["title"])
        self.assertIn(f"{len(attempts) + 1} new", job["output"]["summary"], "what is good, and what has no metadata for it")

    def test_evaluation_that_may_build_finds_none_and_reaches_nobody(self):
        self.branch("importing", {"imports.nix": "{ looks = throw (builtins.readFile (" + looking("looks", self.goals()) + ")); }"})
        pull = self.open("importing", author="eve", author_association="NONE")
        self.concluded_as(pull.head_sha, "failure")
        self.assertIn("looked around", self.evaluation_of(pull.head_sha, "imports")["output"]["summary"])
        self.assert_nothing_got_out(pull)
        self.assert_nobody_called()
        self.assert_nothing_was_left()

    def test_approved_builds_find_none_and_reach_nobody(self):
        fixed = f'outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "{"0" * 64}";'
        packages = {
            "looks": looking("looks", self.goals()),
            # Nix lets what has a fixed output reach the network, and that alone.
            "fetches": looking("fetches", self.goals(ports=False), fixed),
            "bell": looking("bell", self.goals(), end="exit 1"),
        }
        self.branch("building", {f"pkgs/{name}.nix": f"{{ package }}: {text}" for name, text in packages.items()})
        pull = self.open("building", author="eve", author_association="NONE")
        asked = self.concluded_as(pull.head_sha, "action_required")
        self.hub.click(REPOSITORY, asked["id"], "approve", "rae")
        self.concluded_as(pull.head_sha, "failure")
        told = [self.ask("log", f"{REPOSITORY}#{pull.number}", package, *raw) for package in packages for raw in ((), ("--raw",))]
        (output,) = [path for path in (self.scratch.folder / "store/nix/store").glob("*-looks") if path.is_file()]
        told.append(output.read_text())
        check = "EkaCI / build bell (x86_64-linux)"
        self.hub.wait_for(lambda: self.names(pull.head_sha).get(check), 30)
        for text in (*told, self.hub.check_run(REPOSITORY, pull.head_sha, check)["output"]["summary"]):
            self.assertIn("looked around", text)
        self.assert_nothing_got_out(pull, *told)
        self.assert_nobody_called()
        self.assert_nothing_was_left()

    def test_zz_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


class Configuration(Case):
    """Of head that makes its own examination easier, or points out of the tree."""

    JOB = {"file": "default.nix", "systems": ["x86_64-linux"], "size_check": {"max_increase_percent": 10}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commit_to_main({".ekaci/config.json": cls.configuration()})
        cls.secret = cls.server.folder / "key.pem"

    @classmethod
    def configuration(cls, *without, skip=None, **changes):
        """That of base, changed."""
        job = {key: value for key, value in {**cls.JOB, **changes}.items() if key not in without}
        return json.dumps({"jobs": {"boats": job}, **({"skip": skip} if skip else {})})

    def weakened(self):
        """{name: (files, links)} of heads."""
        file = ".ekaci/config.json"
        changes = {
            "skipping": self.configuration(skip={"paths": ["**"]}),
            "dropping": '{ "jobs": { } }',
            "dropped": None,
            "elsewhere": self.configuration(file="less.nix"),
            "narrowed": self.configuration(attribute="keel"),
            "on-another-system": self.configuration(systems=["aarch64-linux"]),
            "bound": self.configuration(size_check={"max_increase_percent": 1_000_000}),
            "unbound": self.configuration("size_check"),
            "above": self.configuration(file="../.."),
            "absolute": self.configuration(file=str(self.secret)),
            "above-the-root": self.configuration(file="/../../etc/passwd"),
            "by-a-link": self.configuration(file="key"),
            "by-a-linked-folder": self.configuration(file="up"),
            "unreadable": "{",
        }
        heads = {name: ({file: text, "less.nix": "{ }"}, {"key": self.secret, "up": self.server.folder}) for name, text in changes.items()}
        heads["linked"] = ({}, {file: self.server.configuration})
        heads["under-its-old-name"] = ({file: None, ".eka-ci/config.json": self.configuration(file="less.nix"), "less.nix": "{ }"}, {})
        return heads

    def assert_base_decides(self, opened, state):
        """Whatever head's configuration says, base's job is held against the change, and the check says that it was changed."""
        for name, pull in opened.items():
            with self.subTest(name):
                done = self.concluded(pull.head_sha)
                report = done["output"]["summary"]
                # Where nothing else stands against it, someone with write access is asked to accept it.
                is_all = "✅" in state and name not in ("dropping", "dropped") and "⏳ pending" in report
                self.assertEqual(done["conclusion"], "action_required" if is_all else "failure")
                self.assertRegex(report, r"(?m)^\| (❌ not met|⏳ pending) \| `configuration-unchanged` \|")
                # A job that head has not any more is not looked at, which is a requirement that is not met.
                held = r"❌ not met \| `evaluates`" if name in ("dropping", "dropped") else rf"{state} \| `nothing-newly-failing`"
                self.assertRegex(report, rf"(?m)^\| {held} \|")
                self.assertNotIn("PRIVATE KEY", json.dumps(self.hub.check_runs(REPOSITORY, pull.head_sha)))

    def open_all(self, kind, more):
        opened = {}
        for name, (files, links) in self.weakened().items():
            self.branch(f"{kind}-{name}", {**files, **more}, links=links)
            opened[name] = self.open(f"{kind}-{name}", author="yan")
        return opened

    def test_that_is_weaker_saves_no_change_that_breaks_something(self):
        self.assert_base_decides(self.open_all("breaking", {"pkgs/bell.nix": '{ package }: package { name = "bell"; build = "exit 1"; }'}), "❌ not met")

    def test_that_is_weaker_is_no_success_by_itself(self):
        self.assert_base_decides(self.open_all("harmless", {}), "✅ met")

    def test_that_raises_a_bound_is_held_to_that_of_base(self):
        grown = '{ package }: package { name = "bell"; build = "head -c 1000000 /dev/zero > $out"; }'
        self.branch("growing", {".ekaci/config.json": self.configuration(size_check={"max_increase_percent": 1_000_000}), "pkgs/bell.nix": grown})
        done = self.concluded_as(self.open("growing").head_sha, "failure")
        self.assertRegex(done["output"]["summary"], r"(?m)^\| ❌ not met \| `sizes-within-bounds` \|")

    def test_that_adds_a_job_is_granted_nothing(self):
        built = 'derivation { name = "b"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo 7 > $out" ]; }'
        jobs = {"boats": self.JOB, "spy": {"file": "spy.nix", "systems": ["x86_64-linux"], "allow_import_from_derivation": True}}
        jobs["reader"] = {"file": "key", "systems": ["x86_64-linux"]}
        files = {".ekaci/config.json": json.dumps({"jobs": jobs}), "spy.nix": f'{{ spy = throw "built ${{toString (import ({built}))}}"; }}'}
        self.branch("adding", files, links={"key": self.secret})
        pull = self.open("adding", author="eve", author_association="NONE")
        self.assertNotEqual(self.concluded(pull.head_sha)["conclusion"], "success")
        for job in ("spy", "reader"):
            self.assertEqual(self.evaluation_of(pull.head_sha, job)["conclusion"], "failure")
        told = json.dumps(self.hub.check_runs(REPOSITORY, pull.head_sha))
        self.assertNotIn("built 7", told)
        self.assertNotIn("PRIVATE KEY", told)

    def test_that_adds_many_jobs_has_few_examined_and_none_forgotten(self):
        many = {f"many{number:03}": {"file": "many.nix", "systems": ["x86_64-linux", "aarch64-linux"]} for number in range(200)}
        files = {".ekaci/config.json": json.dumps({"jobs": {"boats": self.JOB, **many}}), "many.nix": "{ }"}
        self.branch("many", files)
        pull = self.open("many")
        summary = self.concluded(pull.head_sha)
        self.assertNotIn(summary["conclusion"], ("success", "neutral"))
        examined = {f"EkaCI / evaluate many00{number} ({system})" for number in range(4) for system in ("x86_64-linux", "aarch64-linux")}
        shown = {serving.SUMMARY, "EkaCI / evaluate boats (x86_64-linux)", *examined}
        self.hub.wait_for(lambda: len(self.names(pull.head_sha)) >= len(shown), 30)
        self.assertEqual(set(self.names(pull.head_sha)), shown)
        self.assertIn("adds more jobs than are examined", summary["output"]["title"])
        self.assertRegex(summary["output"]["summary"], r"not examined: `many004` \(`aarch64-linux`\).* and 387 more")

    def test_zz_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


# What acts on a terminal or hides; what GitHub's markdown, HTML, mentions, references and links are made of; and what goes on for long.
_ACTING = b"\x1b[35;5;7mred\x1b]8;;https://evil.example\x07x\x1b]8;;\x07\x9b31m\r\x08\x7f" + (
    b"\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xe2\x80\xa8\xc2\xad\xe3\x85\xa4\xef\xbb\xbf\xff\xfe\xed\xa0\x80"
)
_MARKUP = (
    b"<script>alert(1)</script><img src=x onerror=alert(1)></code></summary></details><!-- | a | b | [c](https://evil.example) ![i](http://evil.example/i.png)"
    b" https://evil.example www.evil.example eve@evil.example @acme/owners @rae #1 closes #1 GH-1 acme/pkgs#1 **b** _u_ `c` ``` :tada: $x$ &lt; \\"
)
_BLOCKS = b"a\n\n# head\n\n```\n~~~\n| x | y |\n|---|---|\n| 1 | 2 |\n\n> [!WARNING]\n> @acme/owners\n\n- [ ] #1\n\n<details open>\n\n"
_MARKS = b"@acme/owners <img src=x onerror=alert(1)> " + "\u0301".encode() * 40_000
_LONG = b"@acme/owners#1" * 1000
_HOSTILE = {
    "acting": _ACTING, "markup": _MARKUP, "blocks": _BLOCKS, "marks": _MARKS, "long": _LONG, "ticks": b"`" * 100 + b"<img src=x>",
    "fence": b"`" * 300 + b"\n<img src=x> @acme/owners #1\n", "tick": b"`@rae",
    "backslash": b"\\|@rae\\`<b>\\", "everything": _ACTING + _MARKUP + _BLOCKS,
}  # fmt: skip
# GitHub's renderer counts no more of a fence's characters.
_LONGEST_FENCE = 255
_OWN_TAGS = {"<details>", "<details open>", "</details>", "<summary>", "</summary>", "<br>"}


def in_nix(text):
    """Bytes as a string of Nix."""
    for plain, escaped in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"$", b"\\$"), (b"\r", b"\\r")):
        text = text.replace(plain, escaped)
    return b'"' + text + b'"'


def outside_of_code(markdown):
    """A text of GitHub's markdown without what is code in it, which nothing is made out of."""
    rest, fence = [], None
    for line in markdown.splitlines():
        mark = re.match(r"(`{3,}|~{3,})", line)
        if fence is not None:
            if mark and line.rstrip() == mark[0] and mark[0][0] == fence[0] and len(mark[0]) >= min(len(fence), _LONGEST_FENCE):
                fence = None
        elif mark:
            fence = mark[0]
        elif line.startswith("<"):
            rest.append(re.sub(r"<code>[^<>]*</code>", "", line))
        else:
            rest.append(re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", line))
    return "\n".join(rest)


def outside_of_fences(markdown):
    """The lines of a text that are in no fenced block."""
    return re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "", markdown).splitlines()


class Texts(Case):
    """Of a member's pull request, wherever they choose one."""

    more = '[reviews]\npush_to_target = "ignore"\n\n[checks]\nmode = "changed"\nattributes = 100\n'

    @classmethod
    def packages(cls, version):
        """A default.nix in which each name, text and log is hostile; version 2 fails to build, to evaluate, or is other than version 1."""
        lines = [b"{ }: rec {"]
        derivation = b'derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/usr/bin:/bin"; version = "%d"; %s }'
        for key, text in _HOSTILE.items():
            log = b'text = %s; args = [ "-c" "printf \'%%s\\\\n\\\\0\\\\n\' \\"$text\\"; %s" ];' % (in_nix(text), b"exit 1" if version == 2 else b"echo > $out")
            meta = b"version = %s; pname = %s; meta = { license = { spdxId = %s; }; maintainers = [ { github = %s; } ]; description = %s; };"
            more = meta % ((in_nix(text + b"%d" % version),) * 5)
            lines.append(b"%s = %s // { %s };" % (in_nix(b"built " + text), derivation % (version, log), more))
            fails = b"throw %s" % in_nix(text + b" threw")
            lines.append(b"%s = %s;" % (in_nix(b"thrown " + text), fails if version == 2 else derivation % (1, b"")))
            lines.append(b"%s = %s;" % (in_nix(b"only in %d " % version + text), derivation % (version, b"")))
            broken = b"true" if version == 2 else b"false"
            lines.append(b"%s = %s // { meta.broken = %s; };" % (in_nix(b"refused " + text), derivation % (1, b""), broken))
            imports = b"import (./. + %s)" % in_nix(b"/" + cls.file_name(text))
            lines.append(b"file-%s = %s;" % (key.encode(), imports if version == 2 else derivation % (1, b"")))
        return b"\n".join([*lines, b"}\n"])

    @staticmethod
    def file_name(text):
        return text.replace(b"/", b"_").replace(b"\xed\xa0\x80", b"")[:150] + b".nix"

    @classmethod
    def commit_named(cls, content):
        """Adds a file of each hostile name, by plumbing."""
        listed = b"".join(b"100644 " + hostile_tools.blob(cls.folder, content).encode() + b"\t" + cls.file_name(text) + b"\0" for text in _HOSTILE.values())
        hostile_tools.git_bytes(cls.folder, "update-index", "-z", "--add", "--index-info", data=listed)
        plain_nix.git(cls.folder, "commit", "--quiet", "--message", "named")
        plain_nix.git(cls.folder, "reset", "--quiet", "--hard")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        text = (_MARKUP + b" | \xc2\xadx").decode()
        cls.commit_to_main({"default.nix": cls.packages(1)})
        plain_nix.git(cls.folder, "checkout", "--quiet", "-b", "pr/hostile")
        jobs = {name: {"file": "default.nix", "systems": ["x86_64-linux"]} for name in ("boats", _MARKUP.decode()[:90])}
        files = {"default.nix": cls.packages(2), ".ekaci/config.json": json.dumps({"jobs": jobs}), "flake.lock": cls.lock_file(text)}
        for path, content in files.items():
            hostile_tools.commit_bytes(cls.folder, path, content)
        cls.commit_named("({ }).gone")
        plain_nix.git(cls.folder, "commit", "--quiet", "--allow-empty", "--message", text + _BLOCKS.decode())
        plain_nix.git(cls.folder, "checkout", "--quiet", "main")
        # The other pull request conflicts in all those files.
        plain_nix.git(cls.folder, "checkout", "--quiet", "-b", "pr/conflicting")
        cls.commit_named("1")
        plain_nix.git(cls.folder, "checkout", "--quiet", "main")
        title = (_ACTING.decode(errors="replace") + "\u0301" * 100 + text)[:256]  # GitHub takes no more
        cls.hostile = cls.open("hostile", title=title, body=title, head_branch="`@acme/owners|<img>#1\u202e\u00ad")
        cls.concluded(cls.hostile.head_sha)
        cls.commit_named("2")
        cls.hub.push(REPOSITORY, cls.folder, "main", branch="main")
        cls.conflicting = cls.open("conflicting", title=title, author="yan")
        cls.concluded(cls.conflicting.head_sha)
        cls.hub.wait_for(lambda: cls.server_owes() == 0, 60)
        runs = [run for pull in (cls.hostile, cls.conflicting) for run in cls.hub.check_runs(REPOSITORY, pull.head_sha)]
        cls.published = [update["body"] for run in runs for update in run["updates"]]

    @classmethod
    def server_owes(cls):
        done = cls.scratch.run("status", "--json", "--config", cls.server.configuration)
        return json.loads(done.stdout)["owed"]["checks"]

    @classmethod
    def lock_file(cls, text):
        locked = {"type": "path", "path": text, "narHash": text}
        return json.dumps({"version": 7, "root": "root", "nodes": {"root": {"inputs": {text: text}}, text: {"locked": locked, "original": locked}}})

    def each_text(self):
        """(what it is, plain text or markdown) of everything that was published."""
        for body in self.published:
            name = body["name"][:60]
            yield f"name of {name}", body["name"], False
            output = body["output"]
            yield f"title of {name}", output["title"], False
            for key in ("summary", "text"):
                if output.get(key):
                    yield f"{key} of {name}", output[key], True
            for annotation in output.get("annotations", []):
                for key in ("path", "title", "message"):
                    yield f"{key} of an annotation of {name}", annotation[key], False

    def test_are_all_told(self):
        names = self.names(self.hostile.head_sha)
        self.assertEqual(names["EkaCI"], "failure")
        self.assertEqual(sum(name.startswith("EkaCI / evaluate") for name in names), 2)
        self.assertGreaterEqual(sum(name.startswith("EkaCI / build") for name in names), 2 * len(_HOSTILE))
        self.assertEqual(self.names(self.conflicting.head_sha)["EkaCI"], "failure")
        self.assertIn("conflict", self.summary(self.conflicting.head_sha)["output"]["title"])

    def test_act_on_no_reader(self):
        for what, text, _ in self.each_text():
            with self.subTest(what):
                self.assertEqual(hostile_tools.unprintable(text.replace("\t", "")), [])
                self.assertNotIn("\u3164", text)
                text.encode()  # no half of a surrogate

    def test_keep_githubs_limits(self):
        for what, text, is_markdown in self.each_text():
            with self.subTest(what):
                self.assertLessEqual(len(text.encode()), 65_535 if is_markdown or "message" in what else 2000)

    def test_are_code_in_markdown(self):
        for what, text, is_markdown in self.each_text():
            if not is_markdown:
                continue
            with self.subTest(what):
                rest = outside_of_code(text)
                self.assertEqual(set(re.findall(r"<[^>\n]*>?", rest)) - _OWN_TAGS, set())
                for live in ("`", "@", "](", "![", "://", "www.", "evil.example", "GH-", ":tada:", "$", "<!--", "**b**", "[!", "[ ]"):
                    self.assertNotIn(live, rest)
                self.assertNotRegex(rest, r"#[0-9]")

    def test_break_no_table(self):
        for what, text, is_markdown in self.each_text():
            if not is_markdown:
                continue
            columns = None
            for line in outside_of_fences(text):
                found = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
                if columns is not None and found is not None:
                    with self.subTest(what, line=line[:200]):
                        self.assertEqual(found, columns)
                        self.assertTrue(line.endswith("|"))
                columns = found

    def test_act_on_no_terminal(self):
        subject = f"{REPOSITORY}#{self.hostile.number}"
        shown = [self.on_a_terminal("status", "--all"), self.on_a_terminal("queue")]
        derivations = {path for path in re.findall(r"/nix/store/[a-z0-9]{32}-x\.drv", json.dumps(self.published))}
        logs = [self.on_a_terminal("log", subject, path) for path in sorted(derivations)]
        self.assertGreaterEqual(sum(b"owners" in log for log in logs), 4)
        for text in (*shown, *logs):
            self.assertNotIn(b"35;5;7", text)
            plain = re.sub(rb"\x1b\[[0-9;]*m", b"", text).replace(b"\r\n", b"\n").replace(b"\t", b"")
            self.assertEqual(hostile_tools.unprintable(plain), [])
        self.assertEqual(hostile_tools.unprintable(self.server.log_file.read_bytes()), [])

    def on_a_terminal(self, command, *arguments):
        """The bytes that a command writes to a terminal."""
        ours, theirs = pty.openpty()
        words = [harness.BINARY, command, "--config", self.server.configuration, *arguments]
        child = subprocess.Popen(words, env=self.scratch.environment(TERM="xterm"), stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL)
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # which is how a terminal ends
            while part := os.read(ours, 1 << 16):
                written += part
        os.close(ours)
        child.wait(timeout=60)
        return written

    def test_zz_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


if __name__ == "__main__":
    unittest.main()
