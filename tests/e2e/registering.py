"""What the tests of a server without an App share: such a server, and the way by which an operator registers one at the fake GitHub, as a
browser goes it."""

import contextlib
import html.parser
import http.client
import re
import signal
import subprocess
import urllib.parse

import building
import github
import harness
import serving

_CONFIGURATION = """
[server]
listen = "127.0.0.1:{port}"
{url}
state = "{state}"

[github]
web = "{web}"
api = "{api}"
{app}

[build]
store = "{store}"
offline = true

{more}
"""


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read().decode()

    @property
    def text(self):
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", self.body))


def ask(method, url, fields=None):
    """One request, as a browser sends it; a redirection is an answer."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    with contextlib.closing(connection):
        body = None if fields is None else urllib.parse.urlencode(fields)
        headers = {} if fields is None else {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        return Answer(connection.getresponse())


class Form(html.parser.HTMLParser):
    """The form of a page: where it goes, and what is in it."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self.links = None, {}, []
        self.feed(page.body)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes.get("action", "")
        elif tag == "input":
            self.fields[attributes["name"]] = attributes["value"]
        elif tag == "a":
            self.links.append(attributes["href"])


class Server:
    """A server whose configuration names no App."""

    def __init__(self, scratch, hub, name, url=True, app="", more=""):
        self.scratch, self.hub = scratch, hub
        # Short: a socket's path has at most 107 bytes.
        self.folder = scratch.folder / name[:30]
        self.folder.mkdir()
        self.state = self.folder / "state"
        self.port = serving.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.configuration = self.folder / "server.toml"
        self.more = more
        self.configure(url, app)
        self.process = None

    def configure(self, url=True, app=""):
        self.configuration.write_text(
            _CONFIGURATION.format(
                port=self.port,
                url=f'url = "{self.url}"' if url else "",
                state=self.state,
                web=self.hub.web,
                api=self.hub.api,
                app=app,
                store=self.scratch.store(),
                more=self.more,
            )
        )

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def start(self):
        """Starts it; the first line that it prints."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [harness.BINARY, "serve", "--config", self.configuration],
                env=self.scratch.environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        return self.line()

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def start_setup(self):
        """Starts it; the address at which the App is registered."""
        line = self.start()
        if not line.startswith("Register the App: http"):
            raise AssertionError(f"it printed {line!r}: {self.log()}")
        return line.removeprefix("Register the App: ")

    def end(self, number=signal.SIGKILL):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process = None
        return status

    def admins(self):
        done = self.admin("list")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.split()

    def admin(self, command, *words):
        return self.scratch.run("admin", command, "--config", self.configuration, *words)


class Case(harness.Case):
    """A class with a fake GitHub, whose servers have no App yet."""

    make_scratch = building.Scratch

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub = github.GitHub()
        cls.addClassCleanup(cls.hub.close)

    def server(self, **more):
        server = Server(self.scratch, self.hub, self.id().rsplit(".", 1)[1], **more)
        self.addCleanup(server.end)
        self.addCleanup(self.hub.faults)
        return server

    def go_to_github(self, address, organization="", name="EkaCI of the tests"):
        """Fills in the form and agrees on GitHub; the address that GitHub sends the browser back to."""
        form = Form(ask("GET", address))
        self.assertEqual(form.action, "", "it is posted to where it came from")
        handover = ask("POST", address, {**form.fields, "organization": organization, "name": name})
        self.assertEqual(handover.status, 200, handover.text)
        form = Form(handover)
        agreed = ask("POST", form.action, form.fields)
        self.assertEqual(agreed.status, 302, agreed.body)
        return agreed.headers["Location"]

    def register(self, server, address, **more):
        """All the way; the last page."""
        done = ask("GET", self.go_to_github(address, **more))
        self.assertEqual(done.status, 200, done.text)
        self.assertEqual(server.line(), f"listening on 127.0.0.1:{server.port}", server.log())
        return done

    def conversions(self):
        return [request for request in self.hub.requests() if request["path"].startswith("/app-manifests/")]
