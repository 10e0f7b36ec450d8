#!/usr/bin/env python3
"""What several reviews of a server want, or a newer head wants as well, is evaluated and built once."""

import unittest

import harness
import metrics
import serving
import tides

# A package that takes its time to be evaluated.
_EBB = """{ package }:

package {
  name = "ebb";
  depth = builtins.foldl' (sum: number: sum + number) 0 (builtins.genList (number: number) 12000000);
  build = "echo ebb > $out";
}
"""


class Evaluations(tides.Case):
    more = "[reviews]\nat_once = 3\n"

    def evaluations(self):
        """How many have ended so far, and were not stopped."""
        _, _, text = metrics.ask(metrics.OverSocket(self.server.state / "control.sock"), "GET", "/metrics")
        return metrics.sum_of(metrics.samples(text), "ekaci_evaluations_total", outcome="completed")

    def test_a_base_that_several_want_is_evaluated_once(self):
        self.hub.wait_for(lambda: self.standing("branch main").get("state") not in ("under review", "waiting"), 60)
        before = self.evaluations()
        harness.commit_file(self.folder, "pkgs/ebb.nix", _EBB)
        self.branch("one", "pebble")
        self.branch("other", "stone")
        self.hub.push(serving.REPOSITORY, self.folder, "main", branch="main")
        one, other = self.open("one"), self.open("other", author="yan")
        self.hub.wait_for(lambda: [review["phase"] for review in self.status()["reviews"]] == ["evaluating"] * 3, 60)
        for pull in (one, other):
            self.concluded_as(pull.head_sha, "success")
        self.hub.wait_for(lambda: not self.status()["reviews"], 60)
        self.assertEqual(self.evaluations() - before, 5, "base once; of each head its packages, then the tests of the new one")


class Builds(tides.Case):
    build = "jobs = 2"
    more = "[reviews]\nat_once = 2\n"

    def reviews(self):
        """{subject: derivations' figures} of what is under way and builds."""
        return {review["subject"]: review["derivations"] for review in self.status()["reviews"] if review["phase"] == "building"}

    def test_two_pull_requests_have_it_built_once(self):
        self.branch("one", "tide-shared")
        self.branch("other", "tide-shared", "pebble")
        one, other = self.open("one"), self.open("other", author="yan")
        self.wait_for_build("tide-shared")
        self.hub.wait_for(lambda: len(self.reviews()) == 2 and self.reviews()[f"#{other.number}"]["built"] == 1, 60)
        self.let("tide-shared")
        for pull in (one, other):
            self.assertIn("of 2 attributes" if pull is other else "of 1 attribute,", self.concluded_as(pull.head_sha, "success")["output"]["summary"])
        self.assertEqual(self.begun("tide-shared"), 1)

    def test_closing_one_of_two_leaves_it_to_the_other(self):
        self.branch("leaving", "tide-left")
        self.branch("staying", "tide-left", "stone")
        leaving, staying = self.open("leaving"), self.open("staying", author="yan")
        self.wait_for_build("tide-left")
        self.hub.wait_for(lambda: len(self.reviews()) == 2, 60)
        self.hub.close_pull_request(leaving)
        self.hub.wait_for(lambda: not self.standing(f"#{leaving.number}"), 60)
        self.let("tide-left")
        self.concluded_as(staying.head_sha, "success")
        self.assertEqual(self.begun("tide-left"), 1)

    def test_a_newer_head_takes_over_what_is_being_built(self):
        self.branch("first", "tide-taken")
        self.branch("second", "shell", start="pr/first")
        pull = self.open("first")
        self.wait_for_build("tide-taken")
        newer = self.hub.push(serving.REPOSITORY, self.folder, "pr/second", number=pull.number)
        self.concluded_as(pull.head_sha, "cancelled", 60)
        self.hub.wait_for(lambda: self.reviews().get(f"#{pull.number}", {}).get("built") == 1, 60)
        self.let("tide-taken")
        self.concluded_as(newer, "success")
        self.assertEqual(self.begun("tide-taken"), 1)

    def test_what_is_cancelled_is_stopped_at_once(self):
        self.branch("again", "tide-stopped")
        pull = self.open("again")
        self.wait_for_build("tide-stopped")
        subject = f"{serving.REPOSITORY}#{pull.number}"
        self.assertEqual(self.scratch.run("cancel", "--config", self.server.configuration, subject).returncode, 0)
        self.concluded_as(pull.head_sha, "cancelled", 60)
        self.assertEqual(self.scratch.run("retry", "--config", self.server.configuration, subject).returncode, 0)
        self.hub.wait_for(lambda: self.begun("tide-stopped") == 2, 60)
        self.let("tide-stopped")
        self.concluded_as(pull.head_sha, "success")

    def test_what_has_no_place_waits_and_status_says_so(self):
        self.branch("crowd", "tide-1", "tide-2")
        self.branch("late", "tide-3")
        crowd = self.open("crowd")
        self.wait_for_build("tide-1")
        self.wait_for_build("tide-2")
        late = self.open("late", author="yan")
        self.hub.wait_for(lambda: self.reviews().get(f"#{late.number}", {}).get("queued") == 1, 60)
        shown = self.scratch.run("status", "--config", self.server.configuration).stdout
        self.assertIn(", 1 queued", shown)
        self.assertEqual(self.begun("tide-3"), 0)
        self.let("tide-1")
        self.wait_for_build("tide-3")
        for name in ("tide-2", "tide-3"):
            self.let(name)
        for pull in (crowd, late):
            self.concluded_as(pull.head_sha, "success")

    def test_zz_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


if __name__ == "__main__":
    unittest.main()
