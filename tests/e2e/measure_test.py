#!/usr/bin/env python3
"""Builds a small package set on both sides of a change, and holds what is said of sizes, of what closures keep and of what keeps it against
what Nix says of the same store."""

import functools
import json
import re
import unittest
import unittest.mock

import building
import harness
from harness import commit_file, new_repository

# What a package keeps is written into its output; its tools are only there when it is built.
_SET = """{{ ... }}:
let
  make = name: bytes: tools: keeps: derivation {{
    inherit name keeps tools;
    system = "x86_64-linux";
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    args = [ "-euc" "mkdir $out; head -c ${{toString bytes}} /dev/zero > $out/content; echo $keeps > $out/keeps" ];
  }};
in rec {{
  press = make "press-3.0" 70000 [ ] [ ];
  glue = make "glue-{glue}" {glue_bytes} [ ] [ ];
  ink = make "ink-1.0" 4000 [ ] [ ];
  stamp = make "stamp-2.0" 50000 [ ] [ ];
  envelope = make "envelope-1.0" 1000 [ press ] [ glue {in_envelope} ];
  letter = make "letter-1.0" 2000 [ press ] [ envelope {in_letter} ];
  postcard = make "postcard-1.0" 500 [ press ] [ ink stamp ];
  parcel = derivation {{
    name = "parcel-1.0";
    outputs = [ "out" "dev" ];
    system = "x86_64-linux";
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    keeps = [ glue ];
    tools = [ ];
    args = [ "-euc" "mkdir $out $dev; echo $keeps > $out/keeps; head -c {parcel_bytes} /dev/zero > $dev/content; echo $out > $dev/out" ];
  }};
}}
"""
_BASE = _SET.format(glue="1.0", glue_bytes=100000, in_envelope="", in_letter="ink", parcel_bytes=1000)
_HEAD = _SET.format(glue="1.1", glue_bytes=120000, in_envelope="stamp", in_letter="", parcel_bytes=3000)
_CHANGED = ["envelope", "glue", "letter", "parcel"]

# Of each package its outputs by name, and what it is built from.
_PATHS = """builtins.mapAttrs (name: package: {
  outputs = builtins.listToAttrs (map (output: { name = output.outputName; value = output.outPath; }) package.all);
  inputs = map toString (package.keeps ++ package.tools);
}) (import FILE { })"""


def job(percent=None):
    check = "" if percent is None else f', "size_check": {{ "max_increase_percent": {percent} }}'
    return f'{{ "jobs": {{ "all": {{ "file": "default.nix", "systems": ["x86_64-linux"]{check} }} }} }}'


class Case(building.Case):
    def repository(self, name, configuration, head_configuration=None):
        repository = new_repository(self.scratch.folder / name)
        commit_file(repository, ".ekaci/config.json", configuration)
        commit_file(repository, "default.nix", _BASE)
        if head_configuration is not None:
            (repository / ".ekaci/config.json").write_text(head_configuration)
        commit_file(repository, "default.nix", _HEAD)
        return repository

    def review(self, repository, *arguments):
        outcome = self.scratch.review_building(repository, *arguments, "main~1..main")
        self.assertIsNotNone(outcome.report, outcome)
        return outcome

    def change(self, outcome, attribute):
        return next(change for change in outcome.report["changes"] if change["attribute"] == attribute)

    def sizes(self, outcome):
        return {change["attribute"]: change["size"] for change in outcome.report["changes"] if change.get("size")}

    def requirement(self, outcome):
        return next(one for one in outcome.report["verdict"]["requirements"] if one["name"] == "sizes-within-bounds")

    def why_depends(self, repository, *arguments, store=None):
        return self.scratch.run("why-depends", "--repo", repository, "--store", store or self.scratch.store(), *arguments)

    def collect(self):
        done = self.scratch.run_nix("nix-collect-garbage")
        self.assertEqual(done.returncode, 0, done.stderr)


class PlainNix:
    """What Nix says of the paths of both sides, in the store that was built in."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.paths = {side: self.paths_of(side, text) for side, text in (("base", _BASE), ("head", _HEAD))}

    def nix(self, *arguments):
        done = self.scratch.run_nix(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stderr}")
        return done.stdout

    def paths_of(self, side, text):
        file = self.scratch.folder / f"{side}.nix"
        file.write_text(text)
        return json.loads(self.nix("nix-instantiate", "--eval", "--strict", "--json", "--expr", _PATHS.replace("FILE", str(file))))

    @functools.cache
    def size(self, path):
        return int(self.nix("nix-store", "--query", "--size", path))

    def references(self, path):
        return self.nix("nix-store", "--query", "--references", path).split()

    def closure(self, paths):
        return sorted(set(self.nix("nix-store", "--query", "--requisites", *paths).split())) if paths else []

    def closure_size(self, paths):
        return sum(self.size(path) for path in self.closure(paths))

    def outputs(self, side, attribute):
        return self.paths[side][attribute]["outputs"]


def packages(paths):
    """{name: [version]} of paths that are called `<name>-<version>` or `<name>-<version>-dev`."""
    found = {}
    for path in paths:
        name, version = re.fullmatch(r"/nix/store/[a-z0-9]{32}-([a-z]+)-([0-9.]+)(?:-dev)?", path).groups()
        found.setdefault(name, set()).add(version)
    return {name: sorted(versions) for name, versions in found.items()}


class Sizes(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repo = cls.repository(cls, "sizes", job())
        cls.outcome = cls.scratch.review_building(cls.repo, "--base", "all", "main~1..main")
        if cls.outcome.report is None:
            raise AssertionError(str(cls.outcome))
        cls.plain = PlainNix(cls.scratch)

    def both(self, measure):
        return {side: measure(side) for side in ("base", "head")}

    def test_every_changed_attribute_is_measured(self):
        self.assertEqual(self.outcome.status, harness.MERGE, self.outcome)
        self.assertEqual(sorted(self.sizes(self.outcome)), _CHANGED)

    def test_outputs_and_closures_are_as_large_as_nix_says(self):
        for attribute, size in self.sizes(self.outcome).items():
            with self.subTest(attribute=attribute):
                outputs = {
                    name: self.both(lambda side, name=name, attribute=attribute: self.plain.size(self.plain.outputs(side, attribute)[name]))
                    for name in self.plain.outputs("head", attribute)
                }
                self.assertEqual({one["name"]: {"base": one["base"], "head": one["head"]} for one in size["outputs"]}, outputs)
                closure = self.both(lambda side, attribute=attribute: self.plain.closure_size(self.plain.outputs(side, attribute).values()))
                self.assertEqual(size["closure"], closure)

    def test_build_closures_are_as_large_as_nix_says(self):
        for attribute, size in self.sizes(self.outcome).items():
            with self.subTest(attribute=attribute):
                inputs = self.both(lambda side, attribute=attribute: self.plain.closure_size(self.plain.paths[side][attribute]["inputs"]))
                self.assertEqual(size["buildClosure"], inputs)

    def test_differences_are_traced_to_packages(self):
        for attribute, size in self.sizes(self.outcome).items():
            with self.subTest(attribute=attribute):
                sums = {}
                for side in ("base", "head"):
                    for path in self.plain.closure(self.plain.outputs(side, attribute).values()):
                        (name,) = packages([path])
                        sums.setdefault(name, {"base": 0, "head": 0})[side] += self.plain.size(path)
                differing = {name: sizes for name, sizes in sums.items() if sizes["base"] != sizes["head"]}
                self.assertLessEqual(len(differing), 5)
                found = {one["name"]: {"base": one["base"], "head": one["head"]} for one in size["responsible"]}
                self.assertEqual({name: found[name] for name in differing}, differing)
                differences = [abs(one["head"] - one["base"]) for one in size["responsible"]]
                self.assertEqual(differences, sorted(differences, reverse=True))

    def test_gained_lost_and_other_versions_are_told(self):
        (reviewed,) = self.outcome.report["jobs"]
        for attribute in _CHANGED:
            with self.subTest(attribute=attribute):
                own = self.change(self.outcome, attribute)["retained"]
                told = {(reviewed["retained"][i]["kind"], reviewed["retained"][i]["name"]) for i in own}
                base, head = (packages(self.plain.closure(self.plain.outputs(side, attribute).values())) for side in ("base", "head"))
                expected = {("gained", name) for name in head.keys() - base.keys()}
                expected |= {("lost", name) for name in base.keys() - head.keys()}
                expected |= {("version_changed", name) for name in base.keys() & head.keys() if base[name] != head[name]}
                self.assertEqual(told, {one for one in expected if one[1] != attribute})

    def test_ways_are_references(self):
        (reviewed,) = self.outcome.report["jobs"]
        self.assertEqual({(one["kind"], one["name"]) for one in reviewed["retained"]},
                         {("gained", "stamp"), ("lost", "ink"), ("version_changed", "glue")})  # fmt: skip
        for retained in reviewed["retained"]:
            with self.subTest(name=retained["name"]):
                self.assert_is_way(retained["way"], retained["example"], retained["name"], "base" if retained["kind"] == "lost" else "head")
        (glue,) = (one for one in reviewed["retained"] if one["name"] == "glue")
        self.assertEqual((glue["baseVersions"], glue["headVersions"], glue["attributes"]), (["1.0"], ["1.1"], 3))

    def assert_is_way(self, way, attribute, name, side):
        self.assertIn(way[0], self.plain.outputs(side, attribute).values())
        self.assertEqual(list(packages([way[-1]])), [name])
        for user, used in zip(way, way[1:]):
            self.assertIn(used, self.plain.references(user))

    def test_why_depends_lists_what_differs(self):
        done = self.why_depends(self.repo, "letter")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("letter in all on x86_64-linux", done.stdout)
        self.assertRegex(done.stdout, r"gained stamp 2\.0, \+.*letter-1\.0 → envelope-1\.0 → stamp-2\.0")
        self.assertRegex(done.stdout, r"lost ink 1\.0, -.*letter-1\.0 → ink-1\.0")
        self.assertRegex(done.stdout, r"changed glue 1\.0 → 1\.1, \+.*letter-1\.0 → envelope-1\.0 → glue-1\.1")

    def test_why_depends_shows_the_way(self):
        for dependency, sides in (("stamp", ["head"]), ("ink", ["base"]), ("glue", ["head", "base"]), ("glue-1.0", ["base"])):
            with self.subTest(dependency=dependency):
                done = self.why_depends(self.repo, "letter", dependency)
                self.assertEqual(done.returncode, 0, done)
                ways = re.findall(r": (head|base) keeps .*\n((?: +/nix/store/.*\n)+)", done.stdout)
                self.assertEqual([side for side, _ in ways], sides)
                for side, way in ways:
                    self.assert_is_way(way.split(), "letter", dependency.partition("-")[0], side)
                for side in {"head", "base"} - set(sides):
                    self.assertIn(f"{side} does not keep {dependency}", done.stdout)

    def test_why_depends_knows_dependencies_that_do_not_differ(self):
        done = self.why_depends(self.repo, "letter", "envelope")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("head keeps envelope-1.0", done.stdout)

    def test_why_depends_suggests_what_was_meant(self):
        self.assert_fails_with(self.why_depends(self.repo, "leter"), harness.COULD_NOT_RUN, "no attribute leter", "do you mean letter")
        self.assert_fails_with(self.why_depends(self.repo, "letter", "stmap"), harness.COULD_NOT_RUN, "stmap", "do you mean stamp")
        self.assert_fails_with(self.why_depends(self.repo, "letter", "press"), harness.COULD_NOT_RUN, "no known closure of letter has press")
        self.assert_fails_with(self.why_depends(self.repo, "letter", store="nonsense"), harness.USAGE, "--store nonsense")
        self.assert_fails_with(self.why_depends(self.repo, "letter", "--review", "4711"), harness.COULD_NOT_RUN, "4711")


class Remembered(Case):
    def test_sizes_outlive_what_was_measured(self):
        repository = self.repository("collected", job())
        first = self.review(repository, "--base", "all")
        self.collect()
        second = self.review(repository, "--base", "all")
        self.assert_built(second, 0)
        self.assertEqual(self.sizes(second), self.sizes(first))
        self.assertEqual(second.report["jobs"][0]["retained"], first.report["jobs"][0]["retained"])
        for store in (None, f"unix://{self.scratch.folder}/nowhere"):
            done = self.why_depends(repository, "letter", "stamp", store=store)
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("head keeps stamp-2.0", done.stdout)
        self.assertIn("the store cannot be asked", done.stderr)

    def test_a_side_that_was_not_built_is_unknown(self):
        with_none = self.repository("without-base", job())
        # A store and a memory of its own: nothing is known of base from elsewhere.
        with unittest.mock.patch.object(type(self), "scratch", self.make_scratch()) as scratch:
            self.addCleanup(scratch.close)
            outcome = self.review(with_none, "--base", "none")
            self.assertEqual(outcome.status, harness.MERGE, outcome)
            for attribute, size in self.sizes(outcome).items():
                with self.subTest(attribute=attribute):
                    self.assertIsNone(size["closure"]["base"])
                    self.assertGreater(size["closure"]["head"], 0)
                    self.assertTrue(all(one["base"] is None for one in size["outputs"]))
            self.assertEqual(outcome.report["jobs"][0].get("retained", []), [])
            done = self.why_depends(with_none, "letter")
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("what base keeps is not known", done.stdout)
            self.assertIn("stamp 2.0", done.stdout)


class SizeCheck(Case):
    def test_growth_beyond_the_bound_is_not_merged(self):
        outcome = self.review(self.repository("strict", job(5)))
        self.assertEqual(outcome.status, harness.DO_NOT_MERGE, outcome)
        self.assertEqual(self.requirement(outcome)["state"], "not_met")
        self.assertIn("envelope", self.requirement(outcome)["text"], "it grows by the largest part")
        for size in self.sizes(outcome).values():
            self.assertIsNotNone(size["closure"]["base"], "base is built for it")

    def test_growth_within_the_bound_is(self):
        outcome = self.review(self.repository("generous", job(1000)))
        self.assertEqual(self.requirement(outcome)["state"], "met")
        self.assertEqual(outcome.status, harness.MERGE, outcome)
        self.assertEqual(outcome.report["jobs"][0]["sizeCheck"], {"maxIncreasePercent": 1000})

    def test_head_cannot_loosen_it(self):
        outcome = self.review(self.repository("loosened", job(5), job(1000)))
        self.assertEqual(self.requirement(outcome)["state"], "not_met")
        self.assertEqual(outcome.report["jobs"][0]["sizeCheck"], {"maxIncreasePercent": 5})
        changed = next(one for one in outcome.report["verdict"]["requirements"] if one["name"] == "configuration-unchanged")
        self.assertNotEqual(changed["state"], "met")

    def test_what_is_not_known_is_not_merged(self):
        with unittest.mock.patch.object(type(self), "scratch", self.make_scratch()) as scratch:
            self.addCleanup(scratch.close)
            outcome = self.review(self.repository("unknown", job(1000)), "--base", "none")
            self.assertEqual(self.requirement(outcome)["state"], "unknown")
            self.assertEqual(outcome.status, harness.UNDECIDED, outcome)

    def test_without_a_check_nothing_is_required(self):
        outcome = self.review(self.repository("free", job()))
        self.assertNotIn("sizes-within-bounds", [one["name"] for one in outcome.report["verdict"]["requirements"]])


if __name__ == "__main__":
    unittest.main()
