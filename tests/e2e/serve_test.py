#!/usr/bin/env python3
"""A real server, Nix and git, and a fake GitHub behind a proxy that knows GitHub's contract: pull requests of examples/builds are opened,
pushed to, approved, closed, and the server is killed."""

import hashlib
import hmac
import json
import os
import re
import socket
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

import building
import harness
import hostile_tools
import plain_nix
import serving
import tides
from serving import REPOSITORY

EXPECTED = json.loads((building.EXAMPLE / "expected.json").read_text())
# What a review of one's own does with other options than a server has, or what takes long.
_NOT_ALIKE = {"out-of-disk", "silent", "printing", "huge-log"}
KILLS = int(os.environ.get("EKACI_KILLS", "5"))


def conclusion_of(expected):
    return "success" if expected["decision"] == "merge" else "failure"


class EveryPullRequest(serving.Case):
    """Opened all at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [name for name, expected in EXPECTED.items() if name not in _NOT_ALIKE and not expected.get("arguments")]
        cls.pulls = {name: cls.open(name) for name in sorted(names)}
        for pull in cls.pulls.values():
            cls.concluded(pull.head_sha, 300)

    def test_is_concluded_with_the_verdict_that_a_review_gives(self):
        self.assertGreater(len(self.pulls), 8)
        for name, pull in self.pulls.items():
            with self.subTest(pull_request=name):
                self.assertEqual(self.summary(pull.head_sha)["conclusion"], conclusion_of(EXPECTED[name]))

    def test_newly_failing_attributes_have_checks_of_their_own(self):
        for name, pull in self.pulls.items():
            failing = EXPECTED[name]["transitions"].get("newly_failing", [])
            with self.subTest(pull_request=name):
                wanted = {f"EkaCI / build {attribute} (x86_64-linux)" for attribute in failing}
                self.hub.wait_for(lambda: wanted <= set(self.names(pull.head_sha)), 30)
                found = {check for check in self.names(pull.head_sha) if check.startswith("EkaCI / build ")}
                self.assertEqual(found, wanted)

    def test_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


class OnePullRequest(serving.Case):
    """And what becomes of it."""

    def test_of_a_stranger_is_built_once_someone_with_write_access_approves_its_commit(self):
        pull = self.open("new-failure", author="eve", author_association="NONE")
        asked = self.concluded_as(pull.head_sha, "action_required")
        self.assertIn("approve", [action["identifier"] for action in asked["actions"]])
        self.assertFalse(any(name.startswith("EkaCI / build") for name in self.names(pull.head_sha)))
        self.hub.click(REPOSITORY, asked["id"], "approve", "joe")
        self.hub.wait_for_hooks()
        self.hub.wait_for(lambda: any("permission" in request["path"] for request in self.hub.requests()), 30)
        self.assertEqual(self.summary(pull.head_sha)["conclusion"], "action_required", "reading is not enough")
        self.hub.click(REPOSITORY, asked["id"], "approve", "rae")
        self.concluded_as(pull.head_sha, "failure")
        pushed = self.hub.push(REPOSITORY, self.folder, "pr/rebuild", number=pull.number)
        self.concluded_as(pushed, "action_required")

    def test_pushed_to_is_reviewed_anew_and_the_old_commit_is_not_left_open(self):
        pull = self.open("rebuild")
        pushed = self.hub.push(REPOSITORY, self.folder, "pr/fixed", number=pull.number)
        self.concluded_as(pushed, "success")
        old = self.summary(pull.head_sha)
        self.assertTrue(not old or old["status"] == "completed", old)

    def test_closed_is_left_alone(self):
        pull = self.open("deep-failure")
        self.hub.close_pull_request(pull)
        self.hub.wait_for_hooks()
        self.hub.wait_for(lambda: not self.summary(pull.head_sha) or self.summary(pull.head_sha)["status"] == "completed", 60)

    def test_can_be_asked_for_again(self):
        pull = self.open("flaky")
        first = self.concluded(pull.head_sha)
        updates = len(first["updates"])
        self.hub.rerequest(REPOSITORY, first["id"], "rae")
        self.hub.wait_for(lambda: len(self.summary(pull.head_sha)["updates"]) > updates and self.summary(pull.head_sha)["conclusion"], 60)

    def page_of(self, check):
        """What the page says that a check links to, from the server itself."""
        address = urllib.parse.urlsplit(check["details_url"])
        self.assertEqual(f"{address.scheme}://{address.netloc}", "http://ekaci.example")
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}{address.path}", timeout=10) as answer:
            self.assertEqual(answer.status, 200)
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
            return answer.read().decode()

    def assert_linked(self, sha, back):
        """Every check of the commit links to a page that links back."""
        self.hub.wait_for(lambda: any(name.startswith("EkaCI / evaluate") for name in self.names(sha)), 30)
        for name in self.names(sha):
            self.assertIn(f'href="{self.hub.web}/{REPOSITORY}/{back}"', self.page_of(self.hub.check_run(REPOSITORY, sha, name)), name)

    def test_in_a_merge_group_is_answered_on_the_groups_commit(self):
        pull = self.open("added-succeeding")
        self.concluded_as(pull.head_sha, "success")
        self.assert_linked(pull.head_sha, f"pull/{pull.number}")
        group = self.hub.make_merge_group(REPOSITORY, [pull.number])
        self.concluded_as(group.head_sha, "success")
        self.assert_linked(group.head_sha, f"commit/{group.head_sha}")

    def test_that_removes_something_asks_whether_that_is_wanted(self):
        plain_nix.git(self.folder, "checkout", "--quiet", "-B", "pr/removing", "main")
        plain_nix.git(self.folder, "rm", "--quiet", "pkgs/bilge.nix")
        plain_nix.git(self.folder, "commit", "--quiet", "--message", "bilge: remove")
        plain_nix.git(self.folder, "checkout", "--quiet", "main")
        asked = self.concluded_as(self.open("removing").head_sha, "action_required")
        self.assertEqual(asked["output"]["title"], "approval needed to accept the removal of 1 attribute")
        (approve,) = [action for action in asked["actions"] if action["identifier"] == "approve"]
        self.assertEqual(approve["description"], "Accept what this commit changes")

    def test_status_tells_of_it(self):
        pull = self.open("rebuild", author="yan")
        self.hub.wait_for(lambda: self.standing(f"#{pull.number}"), 60)

    def test_secrets_are_in_no_log_and_in_no_file_of_the_mirror(self):
        self.concluded(self.open("mixed").head_sha)
        self.assertNotIn(self.server.app.webhook_secret, self.server.log())
        secrets = ("x-access-token", "Authorization", self.server.app.webhook_secret)
        for path in (self.server.state / "mirrors").rglob("*"):
            if path.is_file() and path.stat().st_size < 1 << 20:
                content = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret.encode(), content, path)


class Target(serving.Case):
    """What pull requests are merged into."""

    def test_merged_makes_verdicts_stale_and_the_target_is_evaluated(self):
        pull = self.open("old-failure")
        self.concluded(pull.head_sha)
        self.hub.push(REPOSITORY, self.folder, "pr/rebuild", branch="main")
        self.hub.wait_for(lambda: self.standing(f"#{pull.number}").get("baseIsStale"), 60)
        self.hub.wait_for(lambda: self.standing("branch main").get("state") == "merge", 120)


class Installation(serving.Case):
    """Comes and goes."""

    def test_taken_away_in_the_middle_of_a_review_and_given_back(self):
        pull = self.open("huge-log")
        self.hub.wait_for(lambda: self.summary(pull.head_sha), 60)
        self.hub.uninstall(self.installation)
        self.hub.wait_for_hooks()
        self.hub.wait_for(lambda: self.status()["repositories"] == 0, 30)
        self.hub.install(self.server.app, "acme", [REPOSITORY])
        self.concluded(pull.head_sha, 180)
        self.assertNotIn("is given up", self.server.log())


class Webhooks(serving.Case):
    """As anybody can send them."""

    def send(self, body, secret=None, event="ping", guid=None, content_type="application/json"):
        """The status that a body is answered with."""
        mac = hmac.new((secret or self.server.app.webhook_secret).encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid or str(uuid.uuid4()),
            "X-Hub-Signature-256": f"sha256={mac}",
        }
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/github/webhook", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def post(self, body, headers):
        """The status that a body with just these headers is answered with."""
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/github/webhook", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def approve(self, name, author):
        """A stranger's pull request that was approved; it, and what GitHub said of the approval."""
        pull = self.open(name, author=author, author_association="NONE")
        asked = self.concluded_as(pull.head_sha, "action_required")
        self.hub.click(REPOSITORY, asked["id"], "approve", "rae")
        self.concluded_as(pull.head_sha, "failure")
        orders = [each["request"]["payload"] for each in self.hub.deliveries() if each["event"] == "check_run" and each["action"] == "requested_action"]
        return pull, next(order for order in reversed(orders) if order["check_run"]["head_sha"] == pull.head_sha)

    def test_forged_are_refused(self):
        status, said = self.send(b"{}", secret="another")
        self.assertEqual(status, 401, said)
        mac = hmac.new(self.server.app.webhook_secret.encode(), b"{}", hashlib.sha256).hexdigest()
        old = hmac.new(self.server.app.webhook_secret.encode(), b"{}", hashlib.sha1).hexdigest()
        named = {"X-GitHub-Event": "push", "X-GitHub-Delivery": str(uuid.uuid4())}
        for body, signature in (
            (b"{}", {}),
            (b"{ }", {"X-Hub-Signature-256": f"sha256={mac}"}),
            (b"{}", {"X-Hub-Signature": f"sha1={old}"}),
            (b"{}", {"X-Hub-Signature-256": mac}),
            (b"{}", {"X-Hub-Signature-256": f"sha256={mac[:-1]}"}),
            (b"{}", {"X-Hub-Signature-256": "sha256="}),
        ):
            with self.subTest(body=body, signature=signature):
                self.assertEqual(self.post(body, {**named, **signature}), 401)

    def test_forged_approvals_build_nothing(self):
        _, order = self.approve("new-failure", "mallory")
        pull = self.open("deep-failure", author="mallory", author_association="NONE")
        asked = self.concluded_as(pull.head_sha, "action_required")
        order["check_run"].update(id=asked["id"], head_sha=pull.head_sha)
        self.assertEqual(self.send(json.dumps(order).encode(), secret="another", event="check_run")[0], 401)
        # Signed, and by someone who has no say.
        order["sender"]["login"] = "joe"
        self.assertEqual(self.send(json.dumps(order).encode(), event="check_run")[0], 202)
        self.assert_is_not_built(pull.head_sha)

    def test_replayed_approvals_count_for_their_own_commit_alone(self):
        pull, order = self.approve("mixed", "trudy")
        pushed = self.hub.push(REPOSITORY, self.folder, "pr/deep-failure", number=pull.number)
        self.concluded_as(pushed, "action_required")
        # A signature says nothing of the id that it came under.
        self.assertEqual(self.send(json.dumps(order).encode(), event="check_run")[0], 202)
        self.assert_is_not_built(pushed)

    def assert_is_not_built(self, sha):
        """All that came is handled, and the commit still waits."""
        self.handled()
        self.assertEqual(self.summary(sha)["conclusion"], "action_required")
        self.assertFalse([name for name in self.names(sha) if name.startswith("EkaCI / build")])

    def test_replayed_are_answered_and_not_redone(self):
        guid = str(uuid.uuid4())
        self.assertEqual(self.send(b'{"zen": "x"}', guid=guid), (202, {"accepted": True}))
        self.assertEqual(self.send(b'{"zen": "x"}', guid=guid), (202, {"accepted": True, "known": True}))

    def test_signed_nonsense_harms_nothing(self):
        for body in (b"", b"{", b"[" * 100_000, b'{"action": 3}', b"\xff\xfe", b'{"pull_request": {"head": {"sha": "../../etc"}}}'):
            for event in ("pull_request", "push", "check_run", "merge_group", "installation", "nothing"):
                with self.subTest(body=body[:20], event=event):
                    self.assertEqual(self.send(body, event=event)[0], 202)
        self.concluded_as(self.open("fixed").head_sha, "success")

    def test_larger_than_the_bound_are_refused(self):
        status, _ = self.send(b" " * (26 << 20))
        self.assertEqual(status, 413)

    def test_other_content_types_are_refused(self):
        self.assertEqual(self.send(b"payload=x", content_type="application/x-www-form-urlencoded")[0], 415)


class Dying(serving.Case):
    """The server is killed again and again while pull requests come in, and nothing is lost."""

    def test_concludes_every_check_after_the_last_start(self):
        names = ["rebuild", "deep-failure", "fixed", "mixed", "added-failing", "new-failure", "added-succeeding"]
        pulls = {}
        for number in range(KILLS):
            name = names[number % len(names)]
            pulls.setdefault(name, self.open(name))
            self.hub.wait_for_hooks()
            self.server.start_again()
        for name, pull in pulls.items():
            self.assertEqual(self.concluded(pull.head_sha, 180)["conclusion"], conclusion_of(EXPECTED[name]), name)
        for pull in pulls.values():
            runs = [run["name"] for run in self.hub.check_runs(REPOSITORY, pull.head_sha)]
            self.assertEqual(len(runs), len(set(runs)), "a check run was created twice")
        self.hub.assert_contract_held()


class Stopping(tides.Case):
    """The server is asked to end while it builds."""

    def grace(self):
        """The seconds that systemd gives it."""
        unit = (harness.ROOT / "packaging/ekaci.service").read_text()
        return int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[1])

    def test_it_ends_in_time_leaves_nothing_behind_and_goes_on_later(self):
        self.branch("stopped", "tide-built", "tide-under-way")
        self.let("tide-built")
        pull = self.open("stopped")
        self.wait_for_build("tide-under-way")
        self.hub.wait_for(lambda: [review["derivations"]["built"] for review in self.status()["reviews"]] == [1], 60)
        self.assertTrue(hostile_tools.processes("-tide-under-way-"))
        with socket.create_connection(("127.0.0.1", self.server.port)) as client:
            client.sendall(b"POST /github/webhook HTTP/1.1\r\n")
            began = time.monotonic()
            self.assertEqual(self.server.stop(), 0, self.server.log())
            self.assertLess(time.monotonic() - began, self.grace())
        self.hub.wait_for(lambda: not hostile_tools.processes(self.scratch.folder), 30)
        self.assertNotEqual(self.summary(pull.head_sha)["status"], "completed")
        self.server.start()
        self.wait_for_build("tide-under-way", times=2)
        self.let("tide-under-way")
        self.assertIn("of 2 attributes, 2 succeed", self.concluded_as(pull.head_sha, "success")["output"]["title"])
        self.assertEqual((self.begun("tide-built"), self.begun("tide-under-way")), (1, 2))


class GitHubInTrouble(serving.Case):
    """Errors, limits and lost answers."""

    def test_checks_arrive_once_whatever_is_answered(self):
        self.hub.faults(
            {"match": "POST /repos/.*/check-runs", "status": 502, "times": 2},
            {"match": "POST /repos/.*/check-runs", "drop": True, "carried_out": True, "times": 1},
            {"match": "PATCH /repos/.*/check-runs", "status": 503, "times": 2},
        )
        pull = self.open("fixed")
        self.concluded_as(pull.head_sha, "success", 180)
        self.hub.faults()
        names = [run["name"] for run in self.hub.check_runs(REPOSITORY, pull.head_sha)]
        self.assertEqual(len(names), len(set(names)), "a lost answer must not make a second check run")
        self.hub.assert_contract_held()


if __name__ == "__main__":
    unittest.main()
