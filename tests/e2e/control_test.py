#!/usr/bin/env python3
"""What an operator sees of a running server and has it do: status, queue, retry, cancel, log, against a real server and a fake GitHub."""

import json
import os
import pathlib
import subprocess
import time
import unittest

import harness
import plain_nix
import serving
from serving import REPOSITORY

# Packages that build as long as the test lets them, and say so.
_TIDE = """{ package }:

package {
  name = "@name@";
  build = ''
    echo 'the tide is low'
    printf '\\033[31mred\\033[0m weed\\n'
    while ! [ -e /harbour/@name@ ]; do sleep 0.1; done
    echo 'the tide is high'
    echo water > $out
  '';
}
"""


_TIDES = ("tide", "ebb", "slack", "spring")


class Control(serving.Case):
    more = "\n[reviews]\nat_once = 1\n"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in _TIDES:
            plain_nix.git(cls.folder, "checkout", "--quiet", "-b", f"pr/{name}", "main")
            harness.commit_file(cls.folder, f"pkgs/{name}.nix", _TIDE.replace("@name@", name))
            plain_nix.git(cls.folder, "checkout", "--quiet", "main")

    def setUp(self):
        for name in _TIDES:
            (self.scratch.harbour / name).unlink(missing_ok=True)

    def ask(self, command, *arguments, status=0):
        """What a command prints; its error where that is what is expected."""
        done = self.scratch.run(command, "--config", self.server.configuration, *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def shown(self, *parts, command="status"):
        """What a command prints for people, once all of this is in it."""
        text = ""

        def has_all():
            nonlocal text
            text = self.ask(command)
            return all(part in text for part in parts)

        try:
            self.hub.wait_for(has_all, 60)
        except TimeoutError:
            self.fail(f"not {parts} in:\n{text}\n{self.server.log()}")
        keep(f"{command}-{self._testMethodName}", text)
        return text

    def let(self, name):
        (self.scratch.harbour / name).touch()

    def close(self, pull):
        self.hub.close_pull_request(pull)
        self.hub.wait_for(lambda: not self.standing(f"#{pull.number}"), 60)

    def follow(self, *arguments):
        command = [harness.BINARY, "log", "--config", self.server.configuration, *arguments]
        child = subprocess.Popen(command, env=self.scratch.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    # Looking.

    def test_what_runs_what_waits_and_why(self):
        tide = self.open("tide")
        name = f"{REPOSITORY}#{tide.number}"
        text = self.shown("building", "0 of 1 derivation built", "tide-1.0")
        self.assertIn(name, text)
        self.assertIn("answers; the last time", text)
        self.assertIn("calls left for installation", text)
        ebb = self.open("ebb", author="yan")
        self.shown(f"{REPOSITORY}#{ebb.number}", "1 of 1 reviews are under way")
        queue = self.shown(name, f"{REPOSITORY}#{ebb.number}", "pull request", command="queue")
        self.assertLess(queue.index("under review"), queue.index("waiting"))
        group = self.hub.make_merge_group(REPOSITORY, [ebb.number])
        self.shown("merge group", command="queue")
        waiting = json.loads(self.ask("queue", "--json"))["queue"]
        self.assertEqual([entry["rank"] for entry in waiting], sorted(entry["rank"] for entry in waiting))
        self.assertIn("merge group", waiting[0]["subject"], "a queue waits for it")
        review = json.loads(self.ask("status", "--json"))["reviews"][0]
        self.assertEqual((review["phase"], review["derivations"]), ("building", {"toBuild": 1, "built": 0, "failed": 0, "queued": 0}))

        # And a merge group is named as status names it.
        named = f"{REPOSITORY} {waiting[0]['subject']}"
        self.assertIn("cancelled", self.ask("cancel", *named.split()))
        self.concluded_as(group.head_sha, "cancelled", 30)
        self.let("tide")
        self.let("ebb")
        self.concluded_as(tide.head_sha, "success")
        self.concluded_as(ebb.head_sha, "success")
        self.shown("decided", "✓")
        self.close(tide)
        self.close(ebb)

    def test_drafts_and_what_waits_for_an_approval(self):
        draft = self.open("rebuild", draft=True, author="yan")
        stranger = self.open("new-failure", author="eve", author_association="NONE")
        self.concluded_as(stranger.head_sha, "action_required")
        self.shown("waiting for an approval", "someone has to approve building")
        self.concluded(draft.head_sha)  # drafts are reviewed where nothing else is configured
        self.close(draft)
        self.close(stranger)

    def test_github_that_does_not_answer_and_what_is_owed(self):
        self.hub.faults({"match": "check-runs", "status": 502, "times": 1000})
        pull = self.open("fixed")
        text = self.shown("stuck", "GitHub", "status 502", "to be sent", "again at")
        self.assertLess(text.index("stuck"), text.index("inbox"))
        status = json.loads(self.ask("status", "--json"))
        self.assertIn("github", [stuck["kind"] for stuck in status["stuck"]])
        self.assertGreater(status["owed"]["checks"], 0)
        self.hub.faults()
        self.concluded_as(pull.head_sha, "success", 60)
        self.hub.wait_for(lambda: json.loads(self.ask("status", "--json"))["owed"]["checks"] == 0, 30)
        self.close(pull)

    def test_a_check_that_github_refuses(self):
        self.hub.faults({"match": "POST /repos/.*/check-runs", "status": 422, "times": 1000})
        pull = self.open("old-failure")
        self.shown("stuck", "GitHub refuses this check", "refused")
        self.hub.faults()
        self.assertIn("to be reviewed again", self.ask("retry", f"#{pull.number}"))
        self.concluded_as(pull.head_sha, "success", 60)
        self.close(pull)

    def test_a_review_that_rests(self):
        self.hub.faults({"match": r"/pkgs\.git/", "status": 500, "times": 1000})
        pull = self.open("tests-succeeding")
        self.shown("stuck", "could not be reviewed, 1 of 5 tries", f"ekaci retry {REPOSITORY}#{pull.number}", "tried again at")
        self.hub.faults()
        self.ask("retry", f"#{pull.number}")
        self.concluded_as(pull.head_sha, "success", 60)
        self.close(pull)

    # Ordering.

    def test_retry_builds_again_what_failed(self):
        pull = self.open("flaky")
        self.concluded_as(pull.head_sha, "failure")
        name = f"{REPOSITORY}#{pull.number}"
        (self.scratch.harbour / "fair-weather").touch()
        updates = len(self.summary(pull.head_sha)["updates"])
        self.assertIn("to be reviewed again", self.ask("retry", name))
        self.hub.wait_for(lambda: len(self.summary(pull.head_sha)["updates"]) > updates and self.summary(pull.head_sha)["conclusion"], 60)
        self.assertEqual(self.summary(pull.head_sha)["conclusion"], "failure", "what is known is believed")
        self.ask("retry", name, "--failed-too")
        self.concluded_as(pull.head_sha, "success", 60)
        self.assertRegex(self.server.log(), rf"\(user {os.getuid()}\) orders: retry of what failed, too, of acme/pkgs #{pull.number}: to be")
        self.assertIn("rain in the mould", self.ask("log", name, "bell", "--attempt", "1"))
        self.assertNotIn("rain in the mould", self.ask("log", name, "bell"))
        self.close(pull)
        self.assertIn("rain in the mould", self.ask("log", name, "bell", "--attempt", "1"), "its review is kept")

    def test_cancel_concludes_the_check_and_outlives_a_crash(self):
        pull = self.open("slack")
        self.shown("slack-1.0")
        self.assertIn("cancelled", self.ask("cancel", f"#{pull.number}"))
        cancelled = self.concluded_as(pull.head_sha, "cancelled", 30)
        self.assertIn("operator", cancelled["output"]["summary"])
        self.assertIn("nothing to cancel", self.ask("cancel", f"#{pull.number}"))
        self.server.start_again()
        self.hub.wait_for(lambda: self.standing(f"#{pull.number}").get("state") == "cannot tell", 30)
        self.let("slack")
        self.ask("retry", f"#{pull.number}")
        self.concluded_as(pull.head_sha, "success", 60)
        self.close(pull)

    def test_errors_say_what_to_write(self):
        pull = self.open("added-succeeding")
        self.hub.wait_for(lambda: self.standing(f"#{pull.number}"), 60)
        self.assertIn(f"do you mean {REPOSITORY}#{pull.number}", self.ask("retry", f"acme/pkg#{pull.number}", status=harness.COULD_NOT_RUN))
        self.assertIn("no open subject", self.ask("cancel", "#99999", status=harness.COULD_NOT_RUN))
        self.concluded(pull.head_sha)
        self.assertIn("lanterm", self.ask("log", f"#{pull.number}", "lanterm", status=harness.COULD_NOT_RUN))
        self.assertIn("no attempt 7", self.ask("log", f"#{pull.number}", "lantern", "--attempt", "7", status=harness.COULD_NOT_RUN))
        self.ask("log", f"#{pull.number}", status=harness.USAGE)
        self.ask("retry", status=harness.USAGE)
        nobody = self.server.folder / "nobody.toml"
        nobody.write_text(self.server.configuration.read_text().replace(str(self.server.state), str(self.server.folder / "nothing")))
        done = self.scratch.run("status", "--config", nobody)
        self.assertEqual(done.returncode, harness.COULD_NOT_RUN)
        self.assertIn("no server answers", done.stderr)
        self.close(pull)

    # Reading logs.

    def test_follow_shows_a_running_builds_lines(self):
        child = self.follow(f"{REPOSITORY}#1", "nothing")
        self.assertEqual(child.wait(timeout=30), harness.COULD_NOT_RUN)
        pull = self.open("spring")
        self.shown("spring-1.0")
        child = self.follow(f"{REPOSITORY}#{pull.number}", "spring", "--follow")
        self.assertEqual(child.stdout.readline(), "the tide is low\n")
        self.assertEqual(child.stdout.readline(), "red weed\n", "made safe")
        self.assertIsNone(child.poll())
        self.let("spring")
        self.assertEqual(child.stdout.readline(), "the tide is high\n")
        self.assertEqual(child.wait(timeout=30), 0)
        self.assertIn("-spring-1.0.drv", child.stderr.read())
        self.concluded_as(pull.head_sha, "success")
        self.assertIn("\x1b[31mred", self.ask("log", f"#{pull.number}", "spring", "--raw"))
        self.close(pull)

    def test_zz_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


def keep(name, text):
    """Where EKACI_SHOWN names a folder, what was printed is left there to be looked at."""
    if folder := os.environ.get("EKACI_SHOWN"):
        (pathlib.Path(folder) / f"{name}-{time.monotonic_ns()}.txt").write_text(text)


if __name__ == "__main__":
    unittest.main()
