#!/usr/bin/env python3
"""Builds what every pull request of examples/builds changes, in a Nix store of the test's own, and holds the outcomes against what is
expected; then what bounds, kills, interrupts and collected garbage do to that.

EKACI_KILLS  how often a review is killed at a random moment (10)
EKACI_SEED   which moments those are (1)
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import unittest

import building
import harness
import hostile_tools
import plain_nix
from harness import commit_file, new_repository

EXPECTED = json.loads((building.EXAMPLE / "expected.json").read_text())
PULL_REQUESTS = sorted(path.stem for path in (building.EXAMPLE / "pull-requests").glob("*.patch"))
# Needs a disk of its own.
_WITHOUT_ROOM = "out-of-disk"
_SMALL_DISK = 2 << 20

KILLS = int(os.environ.get("EKACI_KILLS", "10"))
SEED = int(os.environ.get("EKACI_SEED", "1"))


def arguments_of(name):
    return EXPECTED[name].get("arguments", [])


def for_each_review(check):
    """A test that holds all reviews, one sub-test each: check(self, name, outcome, expectation)."""

    def test(self):
        for number, outcomes in enumerate(self.reviews):
            for name, outcome in outcomes.items():
                with self.subTest(pull_request=name, review=number):
                    self.assertIsNotNone(outcome.report, outcome)
                    check(self, name, outcome, EXPECTED[name])

    return test


class EveryPullRequest(building.Case):
    """Twice: the second review knows what the first found out."""

    times = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = cls.scratch.example(of=building.EXAMPLE)
        cls.before = harness.listing(cls.repository)
        names = [name for name in PULL_REQUESTS if name != _WITHOUT_ROOM]
        cls.reviews = [{name: cls.review(name) for name in names} for _ in range(cls.times)]

    @classmethod
    def review(cls, name):
        return cls.scratch.review_building(cls.repository, *arguments_of(name), f"main..pr/{name}")

    def test_has_an_expectation(self):
        self.assertEqual(PULL_REQUESTS, sorted(EXPECTED))

    @for_each_review
    def test_verdict_and_exit_status_are_as_expected(self, _name, outcome, expected):
        self.assertEqual(outcome.report["verdict"]["decision"], expected["decision"], outcome)
        self.assertEqual(outcome.status, expected["exit"], outcome)

    @for_each_review
    def test_transitions_are_as_expected(self, name, outcome, expected):
        found = building.transitions(outcome)
        wanted = {kind: sorted(names) for kind, names in expected["transitions"].items()}
        if "--base" not in arguments_of(name):
            found, wanted = building.without_knowledge_of_base(found), building.without_knowledge_of_base(wanted)
        self.assertEqual(found, wanted)

    @for_each_review
    def test_root_failures_are_as_expected(self, _name, outcome, expected):
        kept = ("name", "outcome", "newlyFailing", "affected")
        found = building.roots(outcome)
        self.assertEqual([{key: root[key] for key in kept} for root in found], [{key: root[key] for key in kept} for root in expected["roots"]])
        for root, wanted in zip(found, expected["roots"], strict=True):
            self.assertEqual(root["attributes"][0], wanted["name"].rpartition("-")[0], "what fails itself comes first")
            if "result" in wanted:
                self.assertEqual(root["result"], wanted["result"])

    @for_each_review
    def test_tests_are_those_of_nix_instantiate(self, _name, outcome, _expected):
        trees = {"base": outcome.report["base"]["tree"], "head": outcome.report["head"]["mergedTree"]}
        for side, tree in trees.items():
            sides = {tuple(change["path"]): change[side] for change in outcome.report["changes"] if "tests" in change["path"]}
            reported = {path: found["drvPath"] for path, found in sides.items() if found}
            folder = plain_nix.checkout(self.repository, tree, self.scratch.folder / "trees")
            job = harness.configuration(folder)["boats"]
            self.assertEqual(reported, self.scratch.nix.instantiate(job, folder, "x86_64-linux", sorted(reported)))

    @for_each_review
    def test_counts_are_those_of_the_changes(self, _name, outcome, _expected):
        (job,) = outcome.report["jobs"]
        counts = {kind: number for kind, number in job["transitions"].items() if number > 0}
        self.assertEqual(counts, {kind: len(names) for kind, names in building.transitions(outcome).items()})
        changed = {change["head"]["drvPath"] for change in outcome.report["changes"] if change.get("build")}
        self.assertEqual(sum(outcome.report["builds"]["outcomes"].values()), len(changed))

    def test_nothing_is_built_again(self):
        first, *later = self.reviews
        for name, outcome in ((name, outcome) for outcomes in later for name, outcome in outcomes.items()):
            with self.subTest(pull_request=name):
                self.assert_built(outcome, 0)
                self.assertEqual(building.findings(outcome), building.findings(first[name]))

    @for_each_review
    def test_failures_show_the_last_lines_of_their_logs(self, name, outcome, expected):
        if "lastLines" in expected:
            self.assertEqual(outcome.report["rootFailures"][0]["lastLines"], expected["lastLines"], name)

    @for_each_review
    def test_a_wrong_hash_is_told_with_both(self, name, outcome, _expected):
        if name == "wrong-hash":
            message = outcome.report["rootFailures"][0]["message"]
            self.assertRegex(message, r"specified: +sha256-")
            self.assertRegex(message, r"got: +sha256-")

    def test_what_prints_for_ever_is_kept_from_filling_the_disk(self):
        logs = sum(path.stat().st_size for path in self.scratch.cache.rglob("*.log.zst"))
        self.assertLess(logs, 32 << 20)

    def test_a_huge_log_is_cut_in_the_middle_and_says_so(self):
        bell = next(change for change in self.reviews[0]["huge-log"].report["changes"] if change["attribute"] == "bell")
        done = self.scratch.run("log", "--repo", self.repository, bell["head"]["drvPath"])
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual((lines[0], lines[-1]), ("first ding", "last dong"))
        cut = [line for line in lines if not line.startswith("d")][1:-1]
        self.assertEqual(len(cut), 1, cut)
        self.assertRegex(cut[0], "[0-9]+ lines, [0-9]+ bytes, are left out")
        self.assertLess(len(done.stdout), 24_000_000)

    def test_without_building_nothing_is_said_of_builds(self):
        outcome = self.scratch.review(self.repository, "main..pr/new-failure")
        self.assertEqual(outcome.status, harness.UNDECIDED, outcome)
        self.assertFalse(outcome.report.get("builds"))
        self.assertEqual(building.transitions(outcome), {})

    def test_the_repository_is_as_it_was(self):
        self.assertEqual(harness.listing(self.repository), self.before)


class EveryPullRequestUnsandboxed(EveryPullRequest):
    """Once, where Nix builds without a sandbox."""

    make_scratch = building.UnsandboxedScratch
    times = 1


class Bounds(building.Case):
    def test_what_is_left_out_is_not_built_and_never_merged(self):
        repository = self.scratch.example(of=building.EXAMPLE)
        bounded = self.scratch.review_building(repository, "--max-builds", "1", "main..pr/rebuild")
        self.assert_built(bounded, 1)
        self.assertEqual(bounded.status, harness.UNDECIDED, bounded)
        self.assertEqual(building.outcomes(bounded), {"succeeded": 1, "not_built": 6})
        self.assertEqual(building.transitions(bounded)["succeeding_base_not_built"], ["keel"])
        self.assertEqual(len(building.transitions(bounded)["unknown"]), 6)
        whole = self.scratch.review_building(repository, "main..pr/rebuild")
        self.assert_built(whole, 6)
        self.assertEqual(whole.status, harness.MERGE, whole)

    def test_a_failure_is_told_although_base_may_not_be_built(self):
        repository = self.scratch.example("without-base", of=building.EXAMPLE)
        outcome = self.scratch.review_building(repository, "--base", "none", "main..pr/added-failing")
        self.assertEqual(outcome.status, harness.DO_NOT_MERGE, outcome)
        outcome = self.scratch.review_building(repository, "--base", "none", "main..pr/deep-failure")
        self.assertEqual(building.transitions(outcome), {"failing_base_unknown": EXPECTED["deep-failure"]["transitions"]["newly_failing"]})
        self.assertEqual(outcome.status, harness.UNDECIDED, outcome)


class Assurance(building.Case):
    def test_a_weaker_outcome_does_not_answer_for_a_stronger(self):
        repository = self.scratch.example(of=building.EXAMPLE)
        weak = self.scratch.review_building(repository, "--no-build-sandbox", "main..pr/mixed")
        weak_again = self.scratch.review_building(repository, "--no-build-sandbox", "main..pr/mixed")
        self.assert_built(weak_again, 0)
        strong = self.scratch.review_building(repository, "main..pr/mixed")
        self.assert_built(strong, weak.report["builds"]["built"])
        self.assertEqual(building.findings(strong), building.findings(weak))
        answered = self.scratch.review_building(repository, "--no-build-sandbox", "main..pr/mixed")
        self.assert_built(answered, 0)


class Flaky(building.Case):
    def test_a_failure_stands_until_someone_asks_again(self):
        repository = self.scratch.example(of=building.EXAMPLE)
        failed = self.scratch.review_building(repository, "main..pr/flaky")
        self.assertEqual(failed.status, harness.DO_NOT_MERGE, failed)
        self.assertEqual(failed.report["rootFailures"][0]["attempts"], 1)
        (self.scratch.harbour / "fair-weather").touch()
        remembered = self.scratch.review_building(repository, "main..pr/flaky")
        self.assertEqual(building.findings(remembered), building.findings(failed))
        self.assert_built(remembered, 0)
        again = self.scratch.review_building(repository, "--rebuild", "main..pr/flaky")
        self.assertEqual(again.status, harness.MERGE, again)
        self.assert_built(again, 2)
        self.assertEqual(again.report["rootFailures"], [])
        self.assertEqual(self.scratch.review_building(repository, "main..pr/flaky").status, harness.MERGE)

    def test_what_fails_again_is_an_attempt_more(self):
        repository = self.scratch.example("again", of=building.EXAMPLE)
        for attempt, more in ((1, []), (1, []), (2, ["--rebuild"])):
            outcome = self.scratch.review_building(repository, *more, "main..pr/new-failure")
            self.assertEqual(building.transitions(outcome), EXPECTED["new-failure"]["transitions"])
            self.assertEqual(outcome.report["rootFailures"][0]["attempts"], attempt)


class GarbageCollection(building.Case):
    def collect(self):
        done = self.scratch.run_nix("nix-collect-garbage")
        self.assertEqual(done.returncode, 0, done.stderr)
        left = [path.name for path in (self.scratch.folder / "store/nix/store").iterdir() if not path.name.startswith(".")]
        self.assertEqual(left, [])

    def test_what_was_collected_is_still_known_and_built_again_where_it_is_needed(self):
        repository = self.scratch.example(of=building.EXAMPLE)
        for name in ("rebuild", "mixed"):
            first = self.scratch.review_building(repository, f"main..pr/{name}")
            self.collect()
            second = self.scratch.review_building(repository, f"main..pr/{name}")
            self.assertEqual(building.findings(second), building.findings(first))
            if name == "rebuild":
                self.assert_built(second, 0)
        # Its base needs the old keel, whose output is gone.
        self.collect()
        other = self.scratch.review_building(repository, "main..pr/deep-failure")
        self.assertEqual(building.transitions(other), EXPECTED["deep-failure"]["transitions"])
        self.assertEqual(other.status, harness.DO_NOT_MERGE, other)


# Two chains of four, and a package that may fail below two others. Each build writes into the diary that it began; `mark` is in
# the environment of all that it starts.
_CHAINS = """{{ ... }}:
let
  make = name: text: inputs: derivation {{
    inherit name inputs;
    system = "x86_64-linux";
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    mark = "{mark}";
    version = "{version}";
    args = [ "-euc" "echo $name-$version >> /harbour/diary; ${{text}}; echo $name > $out" ];
  }};
  short = name: make name "sleep 0.1";
in rec {{
  a1 = short "a1" [ ]; a2 = short "a2" [ a1 ]; a3 = short "a3" [ a2 ]; a4 = short "a4" [ a3 ];
  b1 = short "b1" [ ]; b2 = short "b2" [ b1 ]; b3 = short "b3" [ b2 ]; b4 = short "b4" [ b3 a1 ];
  c1 = make "c1" "{bad}" [ a1 ]; c2 = short "c2" [ c1 ]; c3 = short "c3" [ c2 b4 ];
}}
"""
_ATTRIBUTES = 11
_JOBS = 2


class Interrupted(building.Case):
    def repository(self, name, bad):
        repository = new_repository(self.scratch.folder / name)
        commit_file(repository, ".ekaci/config.json", hostile_tools.JOB)
        mark = f"{self.scratch.folder}/{name}"
        commit_file(repository, "default.nix", _CHAINS.format(mark=mark, version="1", bad="sleep 0.1"))
        commit_file(repository, "default.nix", _CHAINS.format(mark=mark, version="2", bad=bad))
        return repository

    def setUp(self):
        (self.scratch.harbour / "diary").unlink(missing_ok=True)

    def begun(self, scratch=None):
        """What was begun to be built, in order, as often as it was."""
        diary = (scratch or self.scratch).harbour / "diary"
        return diary.read_text().split() if diary.exists() else []

    def start(self, repository):
        child = subprocess.Popen(
            [str(harness.BINARY), "review", "--repo", str(repository), *self.scratch.options(), "--build-jobs", str(_JOBS), "main~1..main"],
            env=self.scratch.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(child.kill)
        return child

    def finish(self, repository, scratch=None):
        return (scratch or self.scratch).review_building(repository, "--build-jobs", str(_JOBS), "main~1..main")

    def assert_nothing_runs(self):
        hostile_tools.wait_until(lambda: not hostile_tools.processes(self.scratch.folder), "a process or a build was left", seconds=15)

    def attempts_that_built(self):
        """How often each derivation was built, of all reviews of this cache."""
        with contextlib.closing(sqlite3.connect(self.scratch.cache / "ekaci/ekaci.db")) as database:
            return dict(database.execute("SELECT derivation, count(*) FROM attempt WHERE CAST(result AS TEXT) = 'built' GROUP BY derivation"))

    def test_control_c_ends_the_builds_and_the_same_command_goes_on(self):
        repository = self.repository("tide", "[ -e /harbour/tide ] || exec sleep 1000000")
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                self.setUp()
                child = self.start(repository)
                hostile_tools.wait_until(lambda: "c1-2" in self.begun(), "the endless build never began")
                child.send_signal(number)
                _, error = child.communicate(timeout=30)
                self.assertEqual(child.returncode, harness.COULD_NOT_RUN, error)
                self.assert_nothing_runs()
        (self.scratch.harbour / "tide").touch()
        outcome = self.finish(repository)
        self.assertEqual(outcome.status, harness.MERGE, outcome)
        self.assertEqual(building.outcomes(outcome), {"succeeded": _ATTRIBUTES})
        self.assertEqual(set(self.attempts_that_built().values()), {1})

    def test_kills_change_nothing_but_the_time_it_takes(self):
        moments = random.Random(SEED)
        kills = rounds = 0
        while kills < KILLS:
            rounds += 1
            kills += self.kill_until_it_ends(f"killed-{rounds}", moments, KILLS - kills)

    def kill_until_it_ends(self, name, moments, most):
        """Kills reviews of one change until one ends of itself, and holds the result; how often it killed."""
        self.setUp()
        repository = self.repository(name, "echo 'it breaks'; exit 1")
        kills = 0
        while kills < most and self.is_killed(repository, moments.uniform(0.05, 1.0)):
            kills += 1
            self.assert_nothing_runs()
        killed = self.finish(repository)
        begun = self.begun()
        self.assertEqual(set(self.attempts_that_built().values()), {1})
        again = self.finish(repository)
        self.assert_built(again, 0)
        self.assertEqual(self.begun(), begun, "what is known is not built again")
        self.assertEqual(building.findings(again), building.findings(killed))

        with contextlib.closing(building.Scratch()) as calm:
            self.assertEqual(building.findings(killed), building.findings(self.finish(repository, calm)))
            once = self.begun(calm)
        self.assertEqual(len(once), len(set(once)), once)
        self.assertEqual(set(begun), set(once))
        # A kill can cost what was running, and nothing else.
        self.assertLessEqual(len(begun), len(once) + kills * _JOBS)
        return kills

    def is_killed(self, repository, after):
        """Whether a review ran for so many seconds that it could be killed."""
        child = self.start(repository)
        try:
            child.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate(timeout=30)
        return child.returncode == -signal.SIGKILL


class OutOfDisk(unittest.TestCase):
    """A disk without room is tried a few times, some seconds apart: it is begun before all other tests."""

    def test_is_not_held_against_the_package(self):
        if _without_room.lack:
            self.skipTest(_without_room.lack)
        outcome = _without_room.outcome()
        expected = EXPECTED[_WITHOUT_ROOM]
        self.assertIsNotNone(outcome.report, outcome)
        self.assertEqual(outcome.report["verdict"]["decision"], expected["decision"], outcome)
        self.assertEqual(outcome.status, expected["exit"], outcome)
        self.assertEqual(building.transitions(outcome), expected["transitions"])
        (root,) = building.roots(outcome)
        self.assertEqual({key: root[key] for key in expected["roots"][0]}, expected["roots"][0])
        self.assertIn("disk full", outcome.report["verdict"]["sentence"])


class WithoutRoom:
    """A review that runs where temporary files have two megabytes."""

    def __init__(self):
        self.scratch = building.Scratch()
        small = building.in_file_system_of_its_own("--size", str(_SMALL_DISK), "--tmpfs", str(self.scratch.folder / "tmp"))
        self.lack = building.what_builds_lack(building.Scratch) or self.lacks(small)
        if self.lack:
            return
        repository = self.scratch.example(of=building.EXAMPLE)
        self.report = self.scratch.folder / "report.json"
        self.child = subprocess.Popen(
            [*small, str(harness.BINARY), "review", "--repo", str(repository), *self.scratch.options(), "--json", str(self.report),
             f"main..pr/{_WITHOUT_ROOM}"],
            env=self.scratch.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    @staticmethod
    def lacks(small):
        try:
            done = subprocess.run([*small, "true"], capture_output=True, text=True)
        except OSError as error:
            return str(error)
        return "" if done.returncode == 0 else f"no small file system can be made here: {done.stderr}"

    def outcome(self):
        output, error = self.child.communicate(timeout=300)
        done = subprocess.CompletedProcess(self.child.args, self.child.returncode, output, error)
        return harness.Outcome(done, json.loads(self.report.read_text()) if self.report.exists() else None)

    def close(self):
        if not self.lack:
            self.child.kill()
            self.child.communicate()
        self.scratch.close()


_without_room = None


def setUpModule():
    global _without_room
    _without_room = WithoutRoom()
    unittest.addModuleCleanup(_without_room.close)


if __name__ == "__main__":
    unittest.main()
