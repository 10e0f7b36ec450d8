#!/usr/bin/env python3
"""The first start of a server without an App: an operator registers one by GitHub's manifest flow, here the fake's, as a browser would; it
goes wrong in every way; the server is killed between any two steps; and the App that comes of it reviews."""

import contextlib
import http.client
import os
import pathlib
import random
import re
import signal
import stat
import threading
import time
import unittest
import urllib.parse

import building
import github
import harness
import registering
import serving
from registering import Form, ask

KILLS = int(os.environ.get("EKACI_KILLS", "4"))
SEED = int(os.environ.get("EKACI_SEED", "1"))


class FirstStart(registering.Case):
    """From nothing to a review."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.scratch.example(of=building.EXAMPLE)

    def test_registers_an_app_that_reviews(self):
        server = self.server()
        address = server.start_setup()
        for path, status in (("/health", 200), ("/ready", 503)):
            self.assertEqual(ask("GET", server.url + path).status, status)
        self.assertIn("no App is registered yet", ask("GET", server.url + "/ready").body)
        self.assertEqual(ask("POST", server.url + "/github/webhook", {}).status, 503)
        done = self.register(server, address)
        self.assertIn("operator is the server's first administrator", done.text)
        self.assert_files(server, address)

        # In the same process, as the App.
        self.assertEqual(ask("GET", server.url + "/health").status, 200)
        self.assertEqual(ask("GET", address).status, 410)
        app = github.App(int((server.state / "app/id").read_text()), "", "", "", "", "")
        self.assertEqual(Form(done).links, [(server.state / "app/page").read_text() + "/installations/new"])
        self.hub.make_repository(serving.REPOSITORY, self.folder, private=True)
        self.hub.install(app, "acme", [serving.REPOSITORY])
        self.assert_reviews("rebuild", "success")
        self.assertEqual(server.admins(), ["operator"])

        # It is the App for ever.
        self.assertEqual(server.end(signal.SIGTERM), 0)
        self.assertEqual(server.start(), f"listening on 127.0.0.1:{server.port}")
        self.assert_reviews("new-failure", "failure")
        self.hub.assert_contract_held()
        self.assert_nothing_is_told(server)

    def assert_reviews(self, name, conclusion):
        pull = self.hub.open_pull_request(
            serving.REPOSITORY, self.folder, f"pr/{name}", author="zoe", fork=True, author_association="MEMBER")  # fmt: skip
        summary = lambda: self.hub.check_run(serving.REPOSITORY, pull.head_sha, serving.SUMMARY)  # noqa: E731
        self.hub.wait_for(lambda: summary().get("conclusion"), 120)
        self.assertEqual(summary()["conclusion"], conclusion)

    def assert_files(self, server, address):
        folder = server.state / "app"
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(server.state.stat().st_mode), 0o700)
        for file in folder.iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)
        self.assertIn("PRIVATE KEY", (folder / "private-key.pem").read_text())
        self.assertFalse((folder / "first-admin").exists(), "it was heeded")
        self.assertFalse((server.state / "app.new").exists())

    def assert_nothing_is_told(self, server):
        """Neither in the log nor in any file but the App's own."""
        folder = server.state / "app"
        key = (folder / "private-key.pem").read_text().splitlines()[1]
        secrets = [key, *((folder / name).read_text() for name in ("webhook-secret", "client-secret"))]
        for secret in secrets:
            self.assertNotIn(secret, server.log())
        self.assertNotIn("/setup/", server.log())
        for path in server.state.rglob("*"):
            if path.is_file() and folder not in path.parents and path.stat().st_size < 16 << 20:
                content = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret.encode(), content, path)


class Pages(registering.Case):
    """What whoever comes there is told."""

    def test_are_safe_to_open(self):
        address = self.server_address()
        page = ask("GET", address)
        policy = page.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            self.assertIn(part, policy)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertNotIn("<script", page.body)
        handover = ask("POST", address, {"organization": "acme", "name": 'E"<b>&'})
        self.assertIn(f"form-action {self.hub.web};", handover.headers["Content-Security-Policy"])
        self.assertIn("E&quot;&lt;b&gt;&amp;", handover.body)

    def server_address(self):
        self.running = self.server()
        return self.running.start_setup()

    def test_are_for_who_has_the_token(self):
        address = self.server_address()
        root = address.rsplit("/", 1)[0]
        for wrong in (f"{root}/x", f"{root}/{'A' * 43}", address + "x", address[:-1]):
            self.assertEqual(ask("GET", wrong).status, 404, wrong)
            self.assertEqual(ask("POST", wrong, {"name": "x"}).status, 404, wrong)
        self.assertNotIn("github", ask("GET", f"{root}/x").body.lower())

    def test_ask_again_where_a_form_is_wrong(self):
        address = self.server_address()
        for fields in ({"organization": "a/b", "name": "x"}, {"organization": "", "name": ""}, {"organization": "", "name": "x" * 35}):
            self.assertEqual(ask("POST", address, fields).status, 422, fields)
        self.assertEqual(ask("POST", address, {"name": "x" * 10_000}).status, 400)

    def test_come_back_only_with_a_state_that_was_given_out_last(self):
        address = self.server_address()
        before = len(self.conversions())
        earlier = self.go_to_github(address)
        location = self.go_to_github(address)
        forged = re.sub(r"state=[^&]*", "state=" + "A" * 43, location)
        for wrong in (forged, re.sub(r"&?state=[^&]*", "", location), f"{self.running.url}/setup/done", earlier):
            self.assertIn(ask("GET", wrong).status, (400, 403), wrong)
        self.assertEqual(len(self.conversions()), before, "GitHub was not asked")
        self.assertEqual(ask("GET", location).status, 200)
        self.assertTrue(self.running.line().startswith("listening on "))
        self.assertEqual(ask("GET", location).status, 410, "it has served")
        self.assertEqual(len(self.conversions()), before + 1)

    def test_say_so_where_the_code_is_too_old_and_begin_again(self):
        address = self.server_address()
        location = self.go_to_github(address)
        self.hub.set_clock(3601)
        self.addCleanup(self.hub.set_clock, 0)
        self.assertEqual(ask("GET", location).status, 400)
        self.assertEqual(ask("GET", location).status, 410)
        self.hub.set_clock(0)
        self.register(self.running, address)

    def test_can_be_loaded_again_where_github_gives_no_answer(self):
        address = self.server_address()
        location = self.go_to_github(address)
        self.hub.faults({"match": "POST /app-manifests/", "status": 502, "times": 1})
        self.assertEqual(ask("GET", location).status, 502)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]
        self.assertNotIn(code, self.running.log())
        self.assertEqual(ask("GET", location).status, 200)
        self.assertTrue(self.running.line().startswith("listening on "))

    def test_of_an_organisation_say_that_nobody_is_administrator_yet(self):
        address = self.server_address()
        done = self.register(self.running, address, organization="lab")
        self.assertIn("ekaci admin add LOGIN", done.text)
        self.assertEqual(self.running.admins(), [])


class Dying(registering.Case):
    """Killed between any two steps, it is either registered as a whole or registers anew."""

    def test_before_github_was_asked(self):
        server = self.server()
        old = server.start_setup()
        location = self.go_to_github(old)
        server.end()
        new = server.start_setup()
        self.assertNotEqual(old, new)
        self.assertEqual(ask("GET", old).status, 404)
        self.assertEqual(ask("GET", location).status, 403)
        self.register(server, new)

    def test_while_github_answers(self):
        server = self.server()
        location = self.go_to_github(server.start_setup())
        before = len(self.conversions())
        self.hub.faults({"match": "POST /app-manifests/", "delay_ms": 2000})
        asking = threading.Thread(target=self.try_to_ask, args=(location,))
        asking.start()
        self.hub.wait_for(lambda: len(self.conversions()) > before, 10)
        server.end()
        asking.join()
        self.hub.faults()
        self.assertFalse((server.state / "app").exists())
        self.register(server, server.start_setup())
        self.assertEqual(server.admins(), ["operator"])

    def try_to_ask(self, location):
        with contextlib.suppress(OSError, http.client.HTTPException):
            ask("GET", location)

    def test_at_any_moment_of_the_last_step(self):
        moments = random.Random(SEED)
        for number in range(KILLS):
            server = registering.Server(self.scratch, self.hub, f"killed-{number}")
            self.addCleanup(server.end)
            location = self.go_to_github(server.start_setup())
            asking = threading.Thread(target=self.try_to_ask, args=(location,))
            asking.start()
            time.sleep(moments.uniform(0, 1))
            server.end()
            asking.join()
            line = server.start()
            with self.subTest(number=number, line=line[:12]):
                if line.startswith("Register the App: "):
                    self.register(server, line.removeprefix("Register the App: "))
                self.assertFalse((server.state / "app.new").exists())
                self.assertFalse((server.state / "app/first-admin").exists())
                self.assertEqual(server.admins(), ["operator"])
            server.end()

    def test_before_the_first_administrator_was_heeded(self):
        server = self.server()
        self.register(server, server.start_setup())
        server.end()
        self.assertEqual(server.admin("remove", "operator").returncode, 0)
        (server.state / "app/first-admin").write_text("operator")
        self.assertTrue(server.start().startswith("listening on "))
        self.assertEqual(server.admins(), ["operator"])
        server.end()
        self.assertEqual(server.admin("remove", "operator").returncode, 0)
        self.assertTrue(server.start().startswith("listening on "))
        self.assertEqual(server.admins(), [], "who was removed stays removed")


class Configuration(registering.Case):
    """What decides whether there is anything to register."""

    def test_has_to_say_where_the_server_is_reached(self):
        server = self.server(url=False)
        done = self.scratch.run("serve", "--config", server.configuration)
        self.assert_fails_with(done, harness.USAGE, "set url in [server]", str(server.configuration))

    def test_of_an_app_counts_for_more_than_the_registered_one(self):
        server = self.server()
        self.register(server, server.start_setup())
        server.end()
        app = self.hub.make_app("Another", owner="acme")
        for file, secret in (("key.pem", app.private_key), ("hook", app.webhook_secret)):
            (server.folder / file).write_text(secret)
            (server.folder / file).chmod(0o600)
        server.configure(
            app=f'app_id = {app.id}\nprivate_key = {{ file = "{server.folder}/key.pem" }}\nwebhook_secret = {{ file = "{server.folder}/hook" }}'
        )
        self.assertTrue(server.start().startswith("listening on "))
        self.assertRegex(server.log(), f"names the App {app.id}: the App .* is not used")

    def test_of_one_state_directory_registers_once_at_a_time(self):
        server = self.server()
        server.start_setup()
        done = self.scratch.run("serve", "--config", server.configuration)
        self.assert_fails_with(done, harness.COULD_NOT_RUN, "another server runs on", str(server.state))

    def test_is_left_when_the_server_is_told_to_stop(self):
        server = self.server()
        server.start_setup()
        self.assertEqual(server.end(signal.SIGTERM), 0)

    def test_whose_apps_keys_others_can_read_is_refused(self):
        server = self.server()
        self.register(server, server.start_setup())
        server.end()
        (server.state / "app").chmod(0o755)
        done = self.scratch.run("serve", "--config", server.configuration)
        self.assert_fails_with(done, harness.COULD_NOT_RUN, "chmod 700")


class Administrators(registering.Case):
    """Are named on the command line, whether a server runs or not."""

    def test_come_and_go(self):
        server = self.server()
        self.assert_fails_with(server.admin("list"), harness.COULD_NOT_RUN, "no state directory")
        server.start_setup()
        self.assertEqual(server.admins(), [])
        self.assertEqual(server.admin("add", "Rae").stdout, "Rae is an administrator now\n")
        self.assertEqual(server.admin("add", "rae").stdout, "rae is an administrator already\n")
        server.end()
        self.assertEqual(server.admin("add", "ann").returncode, 0)
        self.assertEqual(server.admins(), ["ann", "Rae"])
        self.assertEqual(server.admin("remove", "RAE").returncode, 0)
        self.assert_fails_with(server.admin("remove", "rae"), harness.COULD_NOT_RUN, "no administrator")
        self.assertEqual(server.admins(), ["ann"])
        for wrong in ("a b", "dependabot[bot]", "-x/y"):
            self.assertEqual(server.admin("add", "--", wrong).returncode, harness.USAGE, wrong)

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_are_named_by_the_servers_user(self):
        server = self.server()
        server.state.mkdir()
        os.chown(server.state, 65534, 65534)
        self.assert_fails_with(server.admin("add", "rae"), harness.COULD_NOT_RUN, "another user's")
        self.assertEqual(list(pathlib.Path(server.state).iterdir()), [])


if __name__ == "__main__":
    unittest.main()
