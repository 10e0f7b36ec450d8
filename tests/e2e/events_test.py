#!/usr/bin/env python3
"""What becomes of a review when something happens to what it is of: pull requests that are reopened, made drafts, given another base; buttons
and requests, by who may and by who may not; merge groups; installations and repositories that come, go, and have other names."""

import contextlib
import sqlite3
import unittest

import harness
import plain_nix
import serving
import tides
from serving import REPOSITORY

# What changes is told soon: tests look at it.
_CHECKS = '[checks]\nupdate_every = "1s"\n'


class _Case(tides.Case):
    more = _CHECKS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.hub.assert_contract_held)

    def reviews(self):
        """The subjects that are under review, but for those that are being stopped."""
        return {review["subject"] for review in self.status()["reviews"] if not review["isStopped"]}

    def open_building(self, name, **more):
        """A pull request whose one new package, tide-NAME, is being built."""
        self.branch(name, f"tide-{name}")
        self.addCleanup(self.let, f"tide-{name}")
        pull = self.open(name, **more)
        self.wait_for_build(f"tide-{name}")
        return pull

    def ends_well(self, pull, name):
        """Lets the package be built, which the pull request's verdict waits for."""
        self.let(f"tide-{name}")
        self.concluded_as(pull.head_sha, "success")

    def updates(self, sha):
        """How often the summary was sent so far."""
        return len(self.summary(sha)["updates"])

    def concluded_again(self, sha, updates, conclusion):
        """The summary, once more was sent of it than `updates`, and it is completed in this way."""
        self.hub.wait_for(lambda: self.updates(sha) > updates and self.summary(sha)["conclusion"] == conclusion, 120)
        return self.summary(sha)

    def outcomes(self):
        """What became of each webhook that was handled, in the order of their arrival."""
        with contextlib.closing(sqlite3.connect(f"file:{self.server.state / 'ekaci.db'}?mode=ro", uri=True)) as database:
            return [outcome.decode() for (outcome,) in database.execute("SELECT outcome FROM delivery WHERE outcome IS NOT NULL ORDER BY id")]

    def refused(self, login, act):
        """What someone without rights does comes to nothing, and that is remembered."""
        refusal = f"{login} may not: write is needed, and there is read"
        before = self.outcomes().count(refusal)
        act()
        self.handled()
        self.assertEqual(self.outcomes().count(refusal), before + 1)


class PullRequests(_Case):
    """With the settings that a server has where nothing is said."""

    def test_reopened_is_reviewed_again(self):
        pull = self.open_building("reopened")
        self.hub.close_pull_request(pull)
        self.assertIn("closed", self.concluded_as(pull.head_sha, "cancelled")["output"]["summary"])
        self.hub.reopen(pull)
        self.wait_for_build("tide-reopened", times=2)
        self.hub.wait_for(lambda: self.summary(pull.head_sha)["status"] == "in_progress", 30)
        self.ends_well(pull, "reopened")
        # Also where its verdict was there before it was closed.
        updates = self.updates(pull.head_sha)
        self.hub.close_pull_request(pull)
        self.handled()
        self.assertEqual(self.summary(pull.head_sha)["conclusion"], "success")
        self.hub.reopen(pull)
        self.concluded_again(pull.head_sha, updates, "success")
        self.assertEqual(self.begun("tide-reopened"), 2, "what was built stays known")

    def test_drafts_are_reviewed_as_others_are(self):
        pull = self.open_building("draft", draft=True)
        self.hub.set_draft(pull, False)
        self.handled()
        self.hub.set_draft(pull, True)
        self.handled()
        self.assertIn(f"#{pull.number}", self.reviews())
        self.ends_well(pull, "draft")
        self.assertEqual(self.begun("tide-draft"), 1)

    def test_with_another_base_it_is_judged_against_that(self):
        rules = "doc/rules.md"
        plain_nix.git(self.folder, "checkout", "--quiet", "-b", "pr/moved", "pr/new-failure")
        harness.commit_file(self.folder, rules, "the bell is to be cast better\n")
        plain_nix.git(self.folder, "checkout", "--quiet", "main")
        self.hub.push(REPOSITORY, self.folder, "pr/new-failure", branch="stable")
        pull = self.open("moved")
        self.assertIn("main", self.concluded_as(pull.head_sha, "failure")["output"]["summary"])
        updates = self.updates(pull.head_sha)
        self.hub.edit(pull, title="the same by another name")
        self.handled()
        self.assertEqual(self.standing(f"#{pull.number}")["state"], "do not merge", "a title is no reason to review again")
        self.hub.edit(pull, base="stable")
        self.assertIn("stable", self.concluded_again(pull.head_sha, updates, "success")["output"]["summary"])
        # What is pushed to the base that it had is nothing to it any more.
        self.hub.push(REPOSITORY, self.folder, "pr/rebuild", branch="main")
        self.addCleanup(self.hub.push, REPOSITORY, self.folder, "main", branch="main")
        self.handled()
        self.assertFalse(self.standing(f"#{pull.number}")["baseIsStale"])
        updates = self.updates(pull.head_sha)
        self.hub.edit(pull, base="main")
        self.concluded_again(pull.head_sha, updates, "failure")

    def test_with_another_base_while_it_is_reviewed(self):
        self.hub.push(REPOSITORY, self.folder, "main", branch="next")
        pull = self.open_building("rebased")
        self.hub.edit(pull, base="next")
        self.handled()
        self.hub.wait_for(lambda: f"#{pull.number}" in self.reviews(), 60)
        self.ends_well(pull, "rebased")
        self.assertIn("next", self.summary(pull.head_sha)["output"]["summary"])
        self.assertEqual(self.begun("tide-rebased"), 1, "what was being built is wanted as before")

    def test_a_suite_is_reviewed_again_for_who_may_ask(self):
        pull = self.open("added-succeeding")
        updates = len(self.concluded_as(pull.head_sha, "success")["updates"])
        suite = self.summary(pull.head_sha)["check_suite"]["id"]
        self.refused("joe", lambda: self.hub.rerequest_suite(REPOSITORY, suite, "joe"))
        self.assertEqual(self.updates(pull.head_sha), updates)
        self.hub.rerequest_suite(REPOSITORY, suite, "rae")
        self.concluded_again(pull.head_sha, updates, "success")

    def test_cancel_is_pressed(self):
        pull = self.open_building("cancelled")
        check = self.summary(pull.head_sha)
        self.assertEqual([action["identifier"] for action in check["actions"]], ["cancel"])
        self.refused("joe", lambda: self.hub.click(REPOSITORY, check["id"], "cancel", "joe"))
        self.assertIn(f"#{pull.number}", self.reviews())
        self.hub.click(REPOSITORY, check["id"], "cancel", "rae")
        self.assertIn("rae", self.concluded_as(pull.head_sha, "cancelled")["output"]["summary"])
        self.hub.wait_for(lambda: f"#{pull.number}" not in self.reviews(), 60)
        self.assertEqual(self.standing(f"#{pull.number}")["state"], "cannot tell")
        self.assertEqual(self.begun("tide-cancelled"), 1)

    def test_retry_is_pressed(self):
        pull = self.open("flaky")
        check = self.concluded_as(pull.head_sha, "failure")
        self.assertEqual([action["identifier"] for action in check["actions"]], ["retry"])
        (self.scratch.harbour / "fair-weather").touch()
        self.refused("joe", lambda: self.hub.click(REPOSITORY, check["id"], "retry", "joe"))
        self.assertEqual(self.updates(pull.head_sha), len(check["updates"]))
        # Asked for again, what is known to fail is believed; the button has it built again.
        self.hub.rerequest(REPOSITORY, check["id"], "rae")
        self.concluded_again(pull.head_sha, len(check["updates"]), "failure")
        self.hub.click(REPOSITORY, check["id"], "retry", "rae")
        self.concluded_as(pull.head_sha, "success")


class Drafts(_Case):
    """Where they are not to be reviewed."""

    more = _CHECKS + '[reviews]\ndrafts = "ignore"\n'

    def test_are_reviewed_when_they_are_ready(self):
        pull = self.open("added-succeeding", draft=True)
        self.handled()
        self.assertEqual(self.standing(f"#{pull.number}")["state"], "draft")
        self.assertFalse(self.names(pull.head_sha))
        self.hub.set_draft(pull, False)
        self.concluded_as(pull.head_sha, "success")

    def test_are_left_alone_from_when_they_become_drafts(self):
        pull = self.open_building("drafted")
        self.hub.set_draft(pull, True)
        self.assertIn("draft", self.concluded_as(pull.head_sha, "cancelled")["output"]["summary"])
        self.hub.wait_for(lambda: not self.reviews(), 60)
        self.branch("drafted-further", "pebble", start="pr/drafted")
        newer = self.hub.push(REPOSITORY, self.folder, "pr/drafted-further", number=pull.number)
        self.handled()
        self.assertFalse(self.names(newer))
        self.hub.set_draft(pull, False)
        self.wait_for_build("tide-drafted", times=2)
        self.let("tide-drafted")
        self.concluded_as(newer, "success")


class Abandoned(_Case):
    """Where reviews go on though nobody waits for them."""

    more = _CHECKS + "[reviews]\ncancel_closed = false\ncancel_superseded = false\n"

    def test_of_a_closed_pull_request_is_ended(self):
        pull = self.open_building("closed")
        self.hub.close_pull_request(pull)
        self.handled()
        self.assertEqual(self.summary(pull.head_sha)["status"], "in_progress")
        self.ends_well(pull, "closed")
        self.assertEqual(self.begun("tide-closed"), 1)

    def test_of_an_older_head_is_ended_before_the_newer_one_is_reviewed(self):
        pull = self.open_building("older")
        self.branch("newer", "pebble", start="main")
        newer = self.hub.push(REPOSITORY, self.folder, "pr/newer", number=pull.number)
        self.hub.wait_for(lambda: self.summary(newer), 60)
        self.assertEqual(self.summary(newer)["status"], "queued")
        self.assertEqual(self.summary(pull.head_sha)["status"], "in_progress")
        self.ends_well(pull, "older")
        self.concluded_as(newer, "success")
        self.assertEqual(self.begun("tide-older"), 1)


class MergeGroups(_Case):
    def test_is_reviewed_against_the_base_that_it_was_made_on(self):
        pull = self.open("added-succeeding")
        self.concluded_as(pull.head_sha, "success")
        lantern = next(name for name in plain_nix.git(self.folder, "diff", "--name-only", "main", "pr/added-succeeding").splitlines() if "lantern" in name)
        plain_nix.git(self.folder, "checkout", "--quiet", "-b", "onward", "main")
        harness.commit_file(self.folder, lantern, "{ package }: throw \"another lantern, with which this one conflicts\"\n")
        plain_nix.git(self.folder, "checkout", "--quiet", "main")
        # The base moves before anybody hears of the group.
        self.hub.hooks(hold=True)
        group = self.hub.make_merge_group(REPOSITORY, [pull.number])
        moved = self.hub.push(REPOSITORY, self.folder, "onward", branch="main")
        self.addCleanup(self.hub.push, REPOSITORY, self.folder, "main", branch="main")
        self.hub.release_hooks(order="reversed")
        self.assertNotEqual(group.base_sha, moved)
        summary = self.concluded_as(group.head_sha, "success")
        self.assertEqual(summary["head_sha"], group.head_sha)
        self.assertIn(group.base_sha[:10], summary["output"]["summary"])
        self.assertNotIn(moved[:10], summary["output"]["summary"])
        self.assertFalse(self.names(moved))
        # The pull request itself is for the branch as it is now.
        self.hub.wait_for(lambda: self.standing(f"#{pull.number}")["baseIsStale"], 60)
        self.hub.rerequest(REPOSITORY, self.summary(pull.head_sha)["id"], "rae")
        self.assertIn("conflict", self.concluded_as(pull.head_sha, "failure")["output"]["title"])

    def test_that_the_queue_gives_up_is_reviewed_no_further(self):
        # A stranger's, so that it is the group alone that builds.
        self.branch("queued", "tide-queued")
        pull = self.open("queued", author="eve", author_association="NONE")
        self.concluded_as(pull.head_sha, "action_required")
        group = self.hub.make_merge_group(REPOSITORY, [pull.number])
        self.wait_for_build("tide-queued")
        self.assertEqual(self.summary(group.head_sha)["status"], "in_progress")
        self.hub.destroy_merge_group(group, "invalidated")
        self.concluded_as(group.head_sha, "cancelled")
        self.hub.wait_for(lambda: not self.status()["reviews"], 60)
        self.assertFalse(self.standing(f"merge group {group.ref.removeprefix('refs/heads/')}"))
        self.assertEqual(self.summary(pull.head_sha)["conclusion"], "action_required")
        # And one that comes after it is reviewed as if there had been none.
        again = self.hub.make_merge_group(REPOSITORY, [pull.number])
        self.wait_for_build("tide-queued", times=2)
        self.let("tide-queued")
        self.concluded_as(again.head_sha, "success")

    def test_that_is_merged_keeps_its_verdict(self):
        pull = self.open("rebuild")
        self.concluded_as(pull.head_sha, "success")
        group = self.hub.make_merge_group(REPOSITORY, [pull.number])
        self.concluded_as(group.head_sha, "success")
        self.hub.destroy_merge_group(group, "merged")
        self.addCleanup(self.hub.push, REPOSITORY, self.folder, "main", branch="main")
        self.handled()
        self.hub.wait_for(lambda: not self.standing(f"#{pull.number}"), 60)
        self.assertEqual(self.summary(group.head_sha)["conclusion"], "success")


class Repositories(_Case):
    """Come, go, and are called otherwise."""

    def mirrors(self):
        return sorted(path.name for path in (self.server.state / "mirrors").iterdir())

    def wait_for_repositories(self, number):
        self.hub.wait_for(lambda: self.status()["repositories"] == number, 60)

    def away(self, name, leave, come_back):
        """What is under way and what is opened while the server may not see the repository is reviewed when it may again."""
        begun = self.open_building(name)
        leave()
        self.hub.wait_for_hooks()
        self.wait_for_repositories(0)
        self.hub.wait_for(lambda: not self.status()["reviews"], 60)
        self.branch(f"missed-{name}", f"pebble-{name}")
        missed = self.open(f"missed-{name}", author="yan")
        self.assertFalse(self.names(missed.head_sha))
        come_back()
        self.wait_for_repositories(1)
        self.concluded_as(missed.head_sha, "success")
        self.wait_for_build(f"tide-{name}", times=2)
        self.ends_well(begun, name)
        for sha in (begun.head_sha, missed.head_sha):
            names = [run["name"] for run in self.hub.check_runs(REPOSITORY, sha)]
            self.assertEqual(len(names), len(set(names)))
        self.assertEqual(self.status()["stuck"], [])

    def test_taken_from_the_installation_and_added_again(self):
        self.away(
            "removed",
            lambda: self.hub.change_installation(self.installation, remove=[REPOSITORY]),
            lambda: self.hub.change_installation(self.installation, add=[REPOSITORY]),
        )

    def test_of_an_installation_that_is_suspended_for_a_while(self):
        self.away("suspended", lambda: self.hub.suspend(self.installation), lambda: self.hub.suspend(self.installation, False))

    def test_renamed_and_transferred(self):
        begun = self.open_building("renamed")
        mirrors = self.mirrors()
        self.assertEqual(self.hub.move(REPOSITORY, name="parcels"), "acme/parcels")
        self.addCleanup(lambda: self.hub.move("umbrella/parcels", name="pkgs", owner="acme"))
        self.handled()
        self.ends_well(begun, "renamed")
        self.assertEqual(self.standing(f"#{begun.number}")["repository"], "acme/parcels")
        self.assertEqual(self.hub.move("acme/parcels", owner="umbrella"), "umbrella/parcels")
        self.handled()
        self.branch("renamed-further", "pebble", start="pr/renamed")
        newer = self.hub.push("umbrella/parcels", self.folder, "pr/renamed-further", number=begun.number)
        summary = self.concluded_as(newer, "success")
        self.assertTrue(summary["details_url"].endswith(f"/umbrella/parcels/pr/{begun.number}"), summary["details_url"])
        self.assertEqual(self.mirrors(), mirrors)
        self.assertEqual(self.begun("tide-renamed"), 1)
        # Nothing is left that asks for the old names.
        seen = len(self.hub.requests())
        self.concluded_as(self.open("old-failure").head_sha, "success")
        asked = {request["path"] for request in self.hub.requests()[seen:]}
        self.assertTrue([path for path in asked if "umbrella/parcels" in path])
        self.assertFalse([path for path in asked if "acme/" in path])

    def test_whose_tokens_expire_early(self):
        pull = self.open_building("expired")
        self.hub.expire_tokens()
        self.ends_well(pull, "expired")
        self.hub.expire_tokens()
        # The first thing that is asked is git, then the API.
        self.concluded_as(self.open("fixed").head_sha, "success")
        self.assertEqual(self.status()["stuck"], [])


if __name__ == "__main__":
    unittest.main()
