#!/usr/bin/env python3
"""Garbage is collected in the store that is built in: all the time while reviews run, and between any two of their phases. Neither may
change what is found, nor have anything built twice whose outputs are valid."""

import contextlib
import threading
import unittest

import building
import harness
import hostile_tools
from harness import commit_file, new_repository

# Two chains of four over one that is as it was, and a package that fails below two others. What each is built from besides others is a
# file of the tree and a text that names another file. Each build writes into the diary that it began.
_SET = """{{ ... }}:
let
  make = name: text: inputs: derivation {{
    inherit name inputs text;
    system = "x86_64-linux";
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    version = "{version}";
    src = ./files + "/${{name}}";
    rule = builtins.toFile "rule-of-${{name}}" "see ${{./files/rules}}\\n";
    args = [ "-euc" ''
      echo $name-$version >> /harbour/diary
      read -r see rules < $rule
      cat $src $rules
      eval "$text"
      echo $name $inputs > $out
    '' ];
  }};
  short = name: make name "sleep 0.1";
in rec {{
  a1 = short "a1" [ ]; a2 = short "a2" [ a1 ]; a3 = short "a3" [ a2 ]; a4 = short "a4" [ a3 ];
  b1 = short "b1" [ ]; b2 = short "b2" [ b1 ]; b3 = short "b3" [ b2 ]; b4 = short "b4" [ b3 a1 ];
  c1 = make "c1" "{bad}" [ a1 ]; c2 = short "c2" [ c1 b2 ]; c3 = short "c3" [ c2 b4 ];
}}
"""
_ATTRIBUTES = [chain + number for chain, numbers in (("a", "1234"), ("b", "1234"), ("c", "123")) for number in numbers]
_JOBS = 2
# In a review, even on a machine that is busy.
_FEW_COLLECTIONS = 5


class Collector:
    """Collects garbage again and again until it is left."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.collections = 0
        self.failures = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.collect)

    def collect(self):
        while not self.over.is_set() and not self.failures:
            done = self.scratch.run_nix("nix-collect-garbage")
            if done.returncode != 0:
                self.failures.append(done.stderr)
            self.collections += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Case(building.Case):
    def setUp(self):
        (self.scratch.harbour / "diary").unlink(missing_ok=True)

    def repository(self, name, scratch=None):
        repository = new_repository((scratch or self.scratch).folder / name)
        commit_file(repository, ".ekaci/config.json", hostile_tools.JOB)
        for version, bad in (("1", "sleep 0.1"), ("2", "echo it breaks; exit 1")):
            for file in (*_ATTRIBUTES, "rules"):
                (repository / "files").mkdir(exist_ok=True)
                (repository / "files" / file).write_text(f"{file} {version}\n")
            commit_file(repository, "default.nix", _SET.format(version=version, bad=bad))
        return repository

    def review(self, repository, *arguments, scratch=None):
        outcome = (scratch or self.scratch).review_building(repository, "--build-jobs", _JOBS, *arguments, "main~1..main")
        self.assertIsNotNone(outcome.report, outcome)
        self.assertEqual(outcome.status, harness.DO_NOT_MERGE, outcome)
        return outcome

    def begun(self, scratch=None):
        """What was begun to be built, in order, as often as it was."""
        diary = (scratch or self.scratch).harbour / "diary"
        return diary.read_text().split() if diary.exists() else []

    def calm(self, *arguments):
        """The review of the same change where nothing is ever collected, and what that built."""
        with contextlib.closing(building.Scratch()) as scratch:
            outcome = self.review(self.repository("calm", scratch), *arguments, scratch=scratch)
            return outcome, self.begun(scratch)

    def run_ekaci(self, command, repository, *arguments, status=0):
        done = self.scratch.run(command, "--repo", repository, *arguments)
        self.assertEqual(done.returncode, status, done)
        return done.stdout

    def assert_same(self, outcome, calm):
        self.assertEqual(building.findings(outcome), building.findings(calm))
        self.assertEqual(sizes(outcome), sizes(calm))


class AllTheTime(Case):
    def test_what_is_collected_at_any_moment_changes_nothing(self):
        arguments = ("--base", "all")
        calm, once = self.calm(*arguments)
        self.assertEqual(len(once), len(set(once)), once)
        repository = self.repository("garbage")
        with Collector(self.scratch) as collector:
            first = self.review(repository, *arguments)
            during_first, begun = collector.collections, self.begun()
            second = self.review(repository, *arguments)
        self.assertEqual(collector.failures, [])
        self.assertGreaterEqual(during_first, _FEW_COLLECTIONS)
        self.assert_same(first, calm)
        self.assertEqual(sorted(begun), sorted(once))
        self.assert_same(second, calm)
        self.assert_built(second, 0)


class BetweenPhases(Case):
    def collect(self):
        done = self.scratch.run_nix("nix-collect-garbage")
        self.assertEqual(done.returncode, 0, done.stderr)
        left = [path.name for path in (self.scratch.folder / "store/nix/store").iterdir() if not path.name.startswith(".")]
        self.assertEqual(left, [])

    def test_what_is_collected_between_phases_is_made_again_only_where_it_is_needed(self):
        calm, once = self.calm()
        repository = self.repository("garbage")
        evaluated = self.scratch.review(repository, "main~1..main")
        self.assertEqual(evaluated.status, harness.UNDECIDED, evaluated)

        first = self.review(repository)
        self.assertTrue(all(side["reused"] for side in sides(first)), "the evaluation is remembered, and what it wrote is gone")
        self.assert_same(first, calm)
        self.assertEqual(sorted(self.begun()), sorted(once))
        self.collect()

        second = self.review(repository)
        self.assert_same(second, calm)
        self.assert_built(second, 0)
        self.collect()
        self.assert_is_told(repository, second)

        base = self.review(repository, "--base", "all")
        new = self.begun()[len(once) :]
        self.assertEqual([name for name in new if name.endswith("-2")], [], "only base is built")
        self.assertEqual(len(new), len(set(new)), new)
        self.collect()
        self.assert_built(self.review(repository, "--base", "all"), 0)
        self.assertEqual(building.transitions(base)["newly_failing"], ["c1", "c2", "c3"])
        self.assertEqual(len(building.transitions(base)["still_succeeding"]), len(_ATTRIBUTES) - 3)

    def assert_is_told(self, repository, outcome):
        """What asks no store, or not only a store, still knows all."""
        self.assertIn(outcome.report["verdict"]["sentence"].split(":")[0], " ".join(self.run_ekaci("show", repository, status=1).split()))
        self.assertIn("it breaks", self.run_ekaci("log", repository, "c1"))
        told = self.run_ekaci("why-depends", repository, "--store", self.scratch.store(), "a4", "a1")
        self.assertRegex(told, r"head keeps a1\n( +/nix/store/\S+-a[1-4]\n){4}")


def sizes(outcome):
    return {change["attribute"]: change.get("size") for change in outcome.report["changes"]}


def sides(outcome):
    return [job[side] for job in outcome.report["jobs"] for side in ("base", "head")]


if __name__ == "__main__":
    unittest.main()
