#!/usr/bin/env python3
"""Code that prints, takes, nests, forges or forks without end: its own attributes pay for it, all others are evaluated, and no
process is left. (An attribute that evaluates for ever is stopped after five minutes, which no test waits for; one that is
interrupted is in failures_test.)"""

import json
import unittest

import harness
import hostile_tools
from hostile_tools import commit_bytes, derivation, repository_with

_GOOD = " ".join(f"good{number} = {derivation(f'good{number}')};" for number in range(5))
_DOUBLED = "builtins.foldl' (text: n: text + text) \"0123456789abcdef\" (builtins.genList (n: n) {})"
_TRACES = 'let next = n: builtins.seq (builtins.trace "{}" n) (if n == 0 then 0 else next (n - 1)); in next {}'


@unittest.skipIf("--no-sandbox" in harness.MORE_ARGUMENTS, "what takes all it can get is let loose in the sandbox only")
class WithoutEnd(hostile_tools.Case):
    def errors_beside_good_ones(self, name, attributes, *arguments, configuration=hostile_tools.JOB):
        """Reviews a tree that adds attributes between good ones; the errors of those, the good ones being there."""
        repository = repository_with(self.scratch.folder / name, configuration=configuration)
        lines = "\n".join(f"{attribute} = {expression};" for attribute, expression in attributes.items())
        commit_bytes(repository, "default.nix", "{ " + _GOOD + "\n" + lines + "\nzuletzt = " + derivation("zuletzt") + "; }")
        outcome = self.review_left_nothing(repository, *arguments, "main~1..main")
        kinds = self.kinds(outcome)
        self.assertEqual([kinds.get(good) for good in ("good0", "good1", "good2", "good3", "good4", "zuletzt")], ["added"] * 6)
        self.assertNotEqual(outcome.status, harness.MERGE)
        errors = self.errors(outcome)
        for error in errors.values():
            self.assertNotIn(str(self.scratch.cache), error["message"])
        return outcome, errors

    def test_printing(self):
        outcome, errors = self.errors_beside_good_ones("printing", {
            "traces": _TRACES.format("x" * 5000, 100_000_000),
            "message": f"throw ({_DOUBLED.format(20)})",
        })  # fmt: skip
        self.assertEqual({name: error["failure"] for name, error in errors.items()}, dict.fromkeys(("traces", "message"), "output_limit"))
        self.assertEqual(outcome.status, harness.UNDECIDED)
        self.assertLess(len(outcome.output), 10_000)

    def test_taking_memory(self):
        outcome, errors = self.errors_beside_good_ones("memory", {
            "list": "builtins.length (builtins.genList (n: n) 200000000)",
            "text": f"builtins.stringLength ({_DOUBLED.format(30)})",
        }, "--memory", "600M")  # fmt: skip
        self.assertEqual({name: error["failure"] for name, error in errors.items()}, dict.fromkeys(("list", "text"), "out_of_memory"))
        self.assertEqual(outcome.status, harness.UNDECIDED)
        self.assertIn("not remembered", " ".join(outcome.report["notes"]))

    def test_nesting(self):
        _, errors = self.errors_beside_good_ones("nesting", {
            "call": "let f = n: 1 + f (n + 1); in f 0",
            "value": "let f = n: [ (f (n + 1)) ]; in builtins.deepSeq (f 0) 1",
            "sets": "let f = n: { recurseForDerivations = true; x = f (n + 1); }; in f 0",
            "json": 'builtins.fromJSON (builtins.concatStringsSep "" (builtins.genList (n: "[") 1000000))',
            "itself": "let a = a; in a",
        })  # fmt: skip
        self.assertEqual({name: error["failure"] for name, error in errors.items() if "." not in name},
                         {"call": "stack_overflow", "value": "stack_overflow", "itself": "evaluation", "json": errors["json"]["failure"]})  # fmt: skip
        (deep,) = [error["message"] for name, error in errors.items() if name.startswith("sets.")]
        self.assertIn("nested deeper than 32", deep)

    def test_the_reason_of_a_death_is_not_hidden_by_what_was_printed_before(self):
        _, errors = self.errors_beside_good_ones("hiding", {
            "call": 'builtins.trace "error: all is well" (let f = n: builtins.trace "noise ${toString n}" (1 + f (n + 1)); in f 0)',
        })  # fmt: skip
        self.assertIn("stack overflow", errors["call"]["message"])
        self.assertLess(len(errors["call"]["message"]), 600)

    def test_a_name_of_megabytes_is_cut_where_it_is_shown(self):
        outcome, errors = self.errors_beside_good_ones("name", {
            "names": '{ recurseForDerivations = true; "${' + _DOUBLED.format(16) + '}" = ' + derivation("long") + "; }",
        })  # fmt: skip
        self.assertEqual(errors, {})
        self.assertLess(len(outcome.output), 10_000)

    def test_traces_do_not_forge_answers(self):
        fake = "/nix/store/00000000000000000000000000000000-fake.drv"
        said = [
            f"d{len(fake)}:{fake},", "this is a derivation", "its derivation is known", f'"d{len(fake)}:{fake},"', ":0123456789abcdef0123456789abcdef",
            "error: unknown command ':0123456789abcdef0123456789abcdef'", "     2| :0123456789abcdef", "nix-repl> ", "\x1b[0m\"s\"",
            '{"change":"unchanged"}', "error: stack overflow (possible infinite recursion)", "error: out of memory",
        ]  # fmt: skip
        traces = "".join(f"builtins.trace {json.dumps(text)} (" for text in said)
        attributes = {
            "forger": traces + 'throw "forger threw"' + ")" * len(said),
            "honest": traces + derivation("honest") + ")" * len(said),
            "other": traces + "7" + ")" * len(said),
            "type": '{ type = "derivation"; name = "x"; drvPath = "' + fake + '"; outPath = "/nix/store/x"; }',
            "answer": f'{{ type = "derivation"; drvPath = "d{len(fake)}:{fake},"; }}',
        }
        outcome, errors = self.errors_beside_good_ones("forging", attributes)
        self.assertEqual(sorted(errors), ["answer", "forger", "type"])
        self.assertEqual((errors["forger"]["failure"], errors["forger"]["message"]), ("evaluation", "forger threw"))
        self.assertEqual(self.kinds(outcome)["honest"], "added")
        self.assertNotIn("fake.drv", json.dumps([change["head"].get("drvPath") for change in outcome.report["changes"]]))

    def test_metadata_without_end_costs_the_metadata(self):
        metadata = {
            "prints": _TRACES.format("x" * 5000, 100_000_000),
            "nests": "let f = n: 1 + f (n + 1); in f 0",
            "itself": "let a = a; in a",
            "thousands": "{ license = builtins.genList (n: throw \"never\") 100000; }",
        }
        outcome, errors = self.errors_beside_good_ones(
            "metadata", {name: f"({derivation(name)}) // {{ meta = {value}; }}" for name, value in metadata.items()}
        )
        self.assertEqual(errors, {})
        self.assertEqual([self.kinds(outcome)[name] for name in metadata], ["added"] * len(metadata))

    def test_a_builder_cannot_outlive_its_evaluation(self):
        allowed = json.dumps({"jobs": {"all": {"file": "default.nix", "systems": ["x86_64-linux"], "allow_import_from_derivation": True}}})
        script = "(setsid sleep 1000 & sleep 1000 & trap : TERM HUP INT; sleep 1000) > /dev/null 2>&1 < /dev/null & echo 7 > $out"
        builder = f'derivation {{ name = "b"; system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/bin:/usr/bin"; args = [ "-c" {json.dumps(script)} ]; }}'
        _, errors = self.errors_beside_good_ones("forking", {"forks": f"throw (toString (import ({builder})))"}, configuration=allowed)
        self.assertEqual(errors["forks"]["message"], "7")

    def test_a_builder_cannot_start_where_base_does_not_allow_it(self):
        builder = 'derivation { name = "b"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo 7 > $out" ]; }'
        _, errors = self.errors_beside_good_ones("building", {
            "imports": f"import ({builder})",
            "reads": f"builtins.readFile ({builder})",
            "executes": 'builtins.exec [ "/bin/sh" "-c" "echo 7" ]',
            "loads": 'builtins.importNative ./default.nix "f"',
        })  # fmt: skip
        self.assertEqual(sorted(errors), ["executes", "imports", "loads", "reads"])


if __name__ == "__main__":
    unittest.main()
