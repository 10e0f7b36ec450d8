#!/usr/bin/env python3
"""The fake GitHub can be had from Python: it starts, is commanded, tells what it was told, and ends."""

import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

import github


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver.Handler)
        self.received = []
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/webhook"

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 (the name is the base class's)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.received.append((self.headers, body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_):
            pass


def git(folder, *words):
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.invalid"]
    return subprocess.run(["git", *identity, "-C", str(folder), *words], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class FakeGitHub(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        git(cls.folder, "init", "--quiet", "--initial-branch=main")
        git(cls.folder, "commit", "--quiet", "--allow-empty", "--message", "first")
        git(cls.folder, "checkout", "--quiet", "-b", "fix")
        git(cls.folder, "commit", "--quiet", "--allow-empty", "--message", "fix: it")
        cls.receiver = Receiver()
        cls.hub = github.GitHub(hooks=cls.receiver.url)
        cls.app = cls.hub.make_app("EkaCI", owner="acme", webhook_secret="between us")
        cls.hub.make_repository("acme/pkgs", cls.folder)
        cls.installation = cls.hub.install(cls.app, "acme", ["acme/pkgs"])

    @classmethod
    def tearDownClass(cls):
        cls.hub.close()
        cls.receiver.close()
        cls.scratch.cleanup()

    def test_a_pull_request_is_told_of_and_can_be_fetched(self):
        pull = self.hub.open_pull_request("acme/pkgs", self.folder, "fix", author="zoe", fork=True)
        self.assertEqual(pull.head_sha, git(self.folder, "rev-parse", "fix"))
        self.hub.wait_for_hooks()
        opened = [(headers, body) for headers, body in self.receiver.received if headers["X-GitHub-Event"] == "pull_request"][0]
        self.assertEqual(json.loads(opened[1])["pull_request"]["head"]["sha"], pull.head_sha)
        signature = hmac.new(b"between us", opened[1], hashlib.sha256).hexdigest()
        self.assertEqual(opened[0]["X-Hub-Signature-256"], f"sha256={signature}")
        listed = git(self.folder, "ls-remote", f"{self.hub.web}/acme/pkgs.git", f"refs/pull/{pull.number}/head")
        self.assertEqual(listed.split()[0], pull.head_sha)

    def test_a_pull_request_is_followed_through_its_life(self):
        pull = self.hub.open_pull_request("acme/pkgs", self.folder, "fix", author="maya", fork=True, head_branch="life", draft=True)
        self.hub.set_draft(pull, False)
        self.hub.label(pull, "urgent")
        self.hub.comment(pull, "zoe", "when?")
        self.hub.review(pull, "acme")
        self.assertEqual(self.hub.push("acme/pkgs", self.folder, "main", number=pull.number), git(self.folder, "rev-parse", "main"))
        self.hub.close_pull_request(pull)
        self.hub.reopen(pull)
        now = self.hub.refresh(pull)
        self.assertEqual((now.data["state"], now.data["draft"], now.head_sha), ("open", False, git(self.folder, "rev-parse", "main")))
        seen = self.hub.repository("acme/pkgs")
        self.assertEqual(seen["labels"][str(pull.number)], ["urgent"])
        self.assertEqual(seen["comments"][str(pull.number)][0]["body"], "when?")
        self.assertEqual(seen["reviews"][str(pull.number)][0]["state"], "APPROVED")

    def test_a_request_that_breaks_the_contract_is_refused_and_named(self):
        basic = base64.b64encode(b"a:b").decode()
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{self.hub.api}/repos/acme/pkgs", headers={"Authorization": f"Basic {basic}"}))
        self.assertEqual(refused.exception.code, 599)
        refused.exception.close()
        with self.assertRaisesRegex(github.ContractBroken, "GET /repos/acme/pkgs: .*authorization"):
            self.hub.assert_contract_held()
        self.assertIn("GET /repos/{owner}/{repo}", self.hub.never_exercised())
        with self.assertRaisesRegex(AssertionError, "not called: .*POST /repos/{owner}/{repo}/check-runs"):
            self.hub.assert_covered()

    def test_what_cannot_be_done_is_said(self):
        with self.assertRaisesRegex(github.ControlError, "there is no repository acme/other"):
            self.hub.open_pull_request("acme/other", self.folder, "fix", author="zoe")
        with self.assertRaisesRegex(github.ControlError, "unknown: .drafts."):
            self.hub.open_pull_request("acme/pkgs", self.folder, "fix", author="zoe", drafts=True)
        with self.assertRaises(TimeoutError):
            self.hub.wait_for(lambda: self.hub.check_runs("acme/pkgs", "0" * 40), 0)

    def test_a_repository_moves_and_an_installation_changes(self):
        self.hub.make_repository("acme/other-one", self.folder)
        self.hub.change_installation(self.installation, add=["acme/other-one"])
        self.assertEqual(self.hub.move("acme/other-one", name="another"), "acme/another")
        self.hub.set_rules("acme/another", private=True)
        self.assertTrue(self.hub.repository("acme/another")["private"])
        self.hub.change_installation(self.installation, remove=["acme/another"])
        self.hub.suspend(self.installation)
        self.hub.suspend(self.installation, suspended=False)
        self.hub.wait_for_hooks()
        told = [json.loads(body).get("action") for headers, body in self.receiver.received if headers["X-GitHub-Event"].startswith("installation")]
        self.assertEqual(told, ["created", "added", "removed", "suspend", "unsuspend"])

    def test_it_ends_when_it_is_told_to(self):
        other = github.GitHub()
        other.close()
        with self.assertRaises(urllib.error.URLError):
            urllib.request.urlopen(other.api, timeout=5)


if __name__ == "__main__":
    unittest.main()
