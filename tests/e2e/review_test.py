#!/usr/bin/env python3
"""Reviews every pull request of the example with the real Nix and git, and holds the reports against plain Nix."""

import json
import pathlib
import unittest

import harness
import plain_nix

EXPECTED = harness.EXAMPLES / "expected"
PULL_REQUESTS = sorted(path.stem for path in (harness.EXAMPLES / "pull-requests").glob("*.patch"))

# What is listed of each side, by its kind.
DERIVATION, ERROR, REFUSAL = "drvPath", "error", "refusal"


def listed(changes):
    """{kind: [attribute, …]} of a report's changes, as the expectations write it."""
    found = {}
    for change in changes:
        found.setdefault(change["change"], []).append(change["attribute"])
    return {kind: sorted(attributes) for kind, attributes in found.items()}


def side_paths(changes, side, what):
    """The paths of the attributes that have `what` on a side."""
    return {tuple(change["path"]): change[side][what] for change in changes if change[side] and what in change[side]}


def for_each_pull_request(check):
    """A test that holds every report, one sub-test each: check(self, name, outcome, expectation)."""

    def test(self):
        for name, outcome in self.outcomes.items():
            with self.subTest(pull_request=name):
                self.assertIsNotNone(outcome.report, outcome)
                check(self, name, outcome, json.loads((EXPECTED / f"{name}.json").read_text()))

    return test


class EveryPullRequest(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = cls.scratch.example()
        cls.before = harness.listing(cls.repository)
        trees = cls.scratch.folder / "trees"
        cls.merged = {name: plain_nix.merged_tree(cls.repository, "main", f"pr/{name}", trees) for name in PULL_REQUESTS}
        cls.outcomes = {name: cls.scratch.review(cls.repository, f"main..pr/{name}") for name in PULL_REQUESTS}

    def test_has_an_expectation(self):
        self.assertEqual(PULL_REQUESTS, sorted(path.stem for path in EXPECTED.glob("*.json")))

    @for_each_pull_request
    def test_verdict_and_exit_status_are_as_expected(self, _name, outcome, expected):
        self.assertEqual(outcome.report["verdict"]["decision"], expected["decision"], outcome)
        self.assertEqual(outcome.status, expected["exit"], outcome)

    @for_each_pull_request
    def test_every_job_and_system_is_reported(self, _name, outcome, expected):
        self.assertEqual(sorted(outcome.jobs()), [(job["job"], job["system"]) for job in expected["jobs"]])

    @for_each_pull_request
    def test_changes_are_as_expected(self, _name, outcome, expected):
        for job in expected["jobs"]:
            self.assertEqual(listed(outcome.changes(job["job"], job["system"])), {k: sorted(v) for k, v in job["changes"].items()})

    @for_each_pull_request
    def test_totals_are_as_expected(self, _name, outcome, expected):
        for job in expected["jobs"]:
            found = outcome.jobs()[job["job"], job["system"]]
            self.assertEqual(found["presence"], job["presence"])
            self.assertEqual(found["rebuildCount"], job["rebuildCount"])
            self.assertEqual(found["counts"].get("unchanged", 0), job["unchanged"])
            for side in ("base", "head"):
                if found[side] is not None:
                    self.assertEqual({key: found[side][key] for key in job[side]}, job[side])

    @for_each_pull_request
    def test_counts_sum_to_totals(self, _name, outcome, _expected):
        for job in outcome.report["jobs"]:
            self.assertEqual(sum(job["counts"].values()), job["attributes"])
            for side in filter(None, (job["base"], job["head"])):
                parts = side["derivations"] + side["refusals"] + side["errors"] + side["others"]
                self.assertEqual(parts, side["attributes"])

    @for_each_pull_request
    def test_changed_files_are_counted(self, name, outcome, _expected):
        if self.merged[name]:
            # Of what merging changes, all is borrowed or in the scratch folder.
            changed = plain_nix.git(self.repository, "diff-tree", "-r", "--name-only", "--no-renames", "main^{tree}", self.merged[name],
                                    environment=plain_nix.objects_of(self.repository, self.scratch.folder / "trees"))  # fmt: skip
            self.assertEqual(outcome.report["changedFiles"], len(changed.splitlines()))

    @for_each_pull_request
    def test_conflict_names_the_files(self, name, outcome, expected):
        self.assertEqual(sorted(file["path"] for file in outcome.report["conflicts"]), expected.get("conflicts", []), name)

    @for_each_pull_request
    def test_merged_tree_is_what_git_merges(self, name, outcome, _expected):
        self.assertEqual(outcome.report["head"]["mergedTree"], self.merged[name])
        self.assertEqual(outcome.report["base"]["commit"], plain_nix.git(self.repository, "rev-parse", "main"))
        self.assertEqual(outcome.report["head"]["commit"], plain_nix.git(self.repository, "rev-parse", f"pr/{name}"))

    @for_each_pull_request
    def test_derivations_are_those_of_nix_instantiate(self, _name, outcome, expected):
        trees = {"base": outcome.report["base"]["tree"], "head": outcome.report["head"]["mergedTree"]}
        for job in expected["jobs"]:
            self.hold_derivations(outcome.changes(job["job"], job["system"]), job, trees)

    def hold_derivations(self, changes, job, trees):
        for side, tree in trees.items():
            folder = plain_nix.checkout(self.repository, tree, self.scratch.folder / "trees")
            definition = harness.configuration(folder).get(job["job"])
            reported = side_paths(changes, side, DERIVATION)
            if definition is None:
                self.assertEqual(reported, {}, "a side without the job has no derivations")
                continue
            plain = self.scratch.nix.instantiate(definition, folder, job["system"], sorted(reported))
            self.assertEqual(reported, plain)

    def test_work_tree_and_git_directory_are_as_they_were(self):
        self.assertEqual(harness.listing(self.repository), self.before)

    def test_errors_carry_their_message_and_place(self):
        changes = self.outcomes["documentation"].changes("packages", "x86_64-linux")
        errors = side_paths(changes, "head", ERROR)
        # A place is asked for only where both Nix 2.8 and 2.26 name one.
        for attribute, words, file in (
            ("abandon-ship", "abandon ship", None),
            ("shipwreck", "shipwreck was removed in 2024", None),
            ("barnacle", "coerce", None),
            ("low-water", "1066", None),
            ("lost-cargo", "cargo", None),
            ("whirlpool", "infinite recursion", "pkgs/by-name/wh/whirlpool/package.nix"),
        ):
            with self.subTest(attribute=attribute):
                error = errors[(attribute,)]
                self.assertEqual(error["failure"], "evaluation")
                self.assertIn(words, error["message"])
                self.assertNotIn("\x1b", error["message"])
                if file:
                    self.assertEqual(error["position"]["file"], file)
                    self.assertGreater(error["position"]["line"], 0)

    def test_refusals_carry_their_reasons(self):
        changes = self.outcomes["documentation"].changes("packages", "aarch64-linux")
        self.assertEqual(
            side_paths(changes, "head", REFUSAL),
            {("ghost-ship",): ["broken"], ("powder-keg",): ["insecure"], ("submarine",): ["unsupported_system"],
             ("treasure-map",): ["unfree"]},
        )  # fmt: skip

    @for_each_pull_request
    def test_terminal_report_says_the_verdict_and_keeps_control_characters_out(self, name, outcome, _expected):
        self.assertIn(outcome.report["verdict"]["sentence"][:40], " ".join(outcome.output.split()), name)
        self.assertNotIn("\x1b", outcome.output, "no colours where there is no terminal")

class EveryAttribute(harness.Case):
    """A review against a tree that evaluates to nothing lists every attribute there is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = cls.scratch.example()
        cls.tree = plain_nix.git(cls.repository, "rev-parse", "main^{tree}")
        base, head = harness.instead_of_nothing(cls.repository, cls.tree, ["default.nix", "release.nix"])
        cls.outcome = cls.scratch.review(cls.repository, f"{base}..{head}")
        cls.folder = plain_nix.checkout(cls.repository, cls.tree, cls.scratch.folder / "trees")

    def test_has_the_derivation_of_nix_instantiate(self):
        for (name, system), _ in self.outcome.jobs().items():
            job = harness.configuration(self.folder)[name]
            changes = self.outcome.changes(name, system)
            failing = {**side_paths(changes, "head", ERROR), **side_paths(changes, "head", REFUSAL)}
            plain = self.scratch.nix.walk(job, self.folder, system, skip=failing)
            self.assertIsNotNone(plain, "an attribute that EkaCI did not report as failing fails")
            derivations = {path: derivation for path, derivation in plain.items() if derivation}
            self.assertEqual(side_paths(changes, "head", DERIVATION), derivations)
            self.assertEqual(self.scratch.nix.instantiate(job, self.folder, system, sorted(derivations)), derivations)


class Remembering(harness.Case):
    def setUp(self):
        self.scratch = harness.Scratch()
        self.addCleanup(self.scratch.close)

    def test_second_review_evaluates_one_side_only(self):
        repository = self.scratch.example()
        first = self.scratch.review(repository, "main..pr/version-bump")
        second = self.scratch.review(repository, "main..pr/new-package")
        third = self.scratch.review(repository, "main..pr/new-package")
        self.assertEqual({(j["base"]["reused"], j["head"]["reused"]) for j in first.report["jobs"]}, {(False, False)}, first)
        self.assertEqual({(j["base"]["reused"], j["head"]["reused"]) for j in second.report["jobs"]}, {(True, False)}, second)
        self.assertEqual({(j["base"]["reused"], j["head"]["reused"]) for j in third.report["jobs"]}, {(True, True)}, third)
        self.assertEqual(second.report["changes"], third.report["changes"])
        self.assertEqual(second.report["totals"], third.report["totals"])

    def test_what_is_remembered_does_not_depend_on_where_the_repository_stands(self):
        first = self.scratch.review(self.scratch.example("here"), "main..pr/deep-change")
        second = self.scratch.review(self.scratch.example("elsewhere"), "main..pr/deep-change")
        self.assertTrue(all(job["head"]["reused"] for job in second.report["jobs"]), second)
        self.assertEqual(first.report["changes"], second.report["changes"])


class CommandLine(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = cls.scratch.example()

    def test_defaults_are_this_repository_its_upstream_and_its_current_commit(self):
        clone = self.scratch.folder / "clone"
        plain_nix.git(self.scratch.folder, "clone", "--quiet", str(self.repository), str(clone))
        plain_nix.git(clone, "checkout", "--quiet", "pr/new-package")
        report = self.scratch.folder / "default.json"
        below = clone / "pkgs" / "by-name"
        done = self.scratch.run("review", "--json", report, *harness.MORE_ARGUMENTS, directory=below)
        self.assertEqual(done.returncode, harness.UNDECIDED, done.stderr)
        found = json.loads(report.read_text())
        self.assertEqual(found["base"]["commit"], plain_nix.git(self.repository, "rev-parse", "main"))
        self.assertEqual(found["head"]["commit"], plain_nix.git(self.repository, "rev-parse", "pr/new-package"))

    def test_one_job_and_one_system_can_be_asked_for(self):
        outcome = self.scratch.review(self.repository, "--job", "packages", "--system", "aarch64-linux", "main..pr/version-bump")
        self.assertEqual(list(outcome.jobs()), [("packages", "aarch64-linux")], outcome)

    def test_a_file_replaces_the_configuration(self):
        outcome = self.scratch.review(
            self.repository, "--file", "release.nix", "--argstr", "channel", "daily", "--arg", "programs", '[ "pilot" ]',
            "--system", "x86_64-linux", "main..pr/version-bump",
        )  # fmt: skip
        self.assertEqual(len(outcome.jobs()), 1, outcome)
        ((name, system),) = outcome.jobs()
        changes = outcome.changes(name, system)
        self.assertEqual(listed(changes), {"rebuilt": ["bundle"]})
        self.assertEqual(changes[0]["head"]["name"], "source-bundle-daily")

    def test_an_attribute_of_a_file_can_be_the_root(self):
        outcome = self.scratch.review(
            self.repository, "--file", "default.nix", "--attr", "shanties", "--system", "x86_64-linux", "main..pr/everything"
        )
        ((name, system),) = outcome.jobs()
        kinds = listed(outcome.changes(name, system))
        self.assertEqual(kinds.get("rebuilt"), ["halyard.haul-away-joe"], outcome)
        self.assertEqual(kinds.get("newly_erroring"), ['"wellerman-2.0"'])

    def test_json_goes_to_standard_output_alone_where_asked(self):
        done = self.scratch.run("review", "--repo", self.repository, "--json", "-", *harness.MORE_ARGUMENTS, "main..pr/licence")
        self.assertEqual(json.loads(done.stdout)["verdict"]["decision"], "merge", done.stderr)

    def test_without_a_sandbox_the_derivations_are_the_same(self):
        inside = self.scratch.review(self.repository, "main..pr/deep-change")
        outside = self.scratch.review(self.repository, "--no-sandbox", "main..pr/deep-change")
        self.assertFalse(outside.report["evaluator"]["sandboxed"])
        self.assertEqual(listed(inside.report["changes"]), listed(outside.report["changes"]))
        self.assertEqual(side_paths(inside.report["changes"], "head", DERIVATION), side_paths(outside.report["changes"], "head", DERIVATION))


if __name__ == "__main__":
    unittest.main()
