#!/usr/bin/env python3
"""Repositories and trees that mean harm: nothing of theirs runs, is read, or reaches the reader as it is."""

import json
import unittest

import harness
import plain_nix
from harness import commit_file, new_repository
from hostile_tools import JOB as _JOB
from hostile_tools import unprintable

# A terminal escape, a carriage return, a right-to-left override, quotes, a dot and an interpolation.
_NASTY = "a\x1b[2J\r\u202eb\"c.d${e}"
_NASTY_IN_NIX = '"a\x1b[2J\\r\u202eb\\"c.d\\${e}"'
_DERIVATION = 'derivation { name = "a"; system = "x86_64-linux"; builder = "/bin/sh"; }'


class HostileText(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        repository = new_repository(cls.scratch.folder / "names")
        commit_file(repository, ".ekaci/config.json", _JOB)
        commit_file(repository, "default.nix", "{ }")
        commit_file(repository, "default.nix", "{ " + f'{_NASTY_IN_NIX} = {_DERIVATION}; fails = throw {_NASTY_IN_NIX}; ' + "}")
        cls.outcome = cls.scratch.review(repository, "main~1..main")

    def test_nothing_of_it_reaches_the_terminal(self):
        self.assertEqual(unprintable(self.outcome.output + self.outcome.error), [])

    def test_the_report_names_the_attribute_exactly(self):
        paths = {change["change"]: change["path"] for change in self.outcome.report["changes"]}
        self.assertEqual(paths, {"added": [_NASTY], "newly_erroring": ["fails"]})

    def test_the_message_has_lost_its_escapes(self):
        (message,) = [change["head"]["error"]["message"] for change in self.outcome.report["changes"] if "error" in change["head"]]
        self.assertEqual(unprintable(message.replace("\u202e", "")), [])

    def test_names_of_conflicting_files_are_shown_safely(self):
        repository = new_repository(self.scratch.folder / "conflict")
        commit_file(repository, ".ekaci/config.json", _JOB)
        name = "n\x1b[31m\u202en.nix"
        commit_file(repository, name, "1\n")
        plain_nix.git(repository, "checkout", "--quiet", "-b", "other")
        commit_file(repository, name, "2\n")
        plain_nix.git(repository, "checkout", "--quiet", "main")
        commit_file(repository, name, "3\n")
        outcome = self.scratch.review(repository, "main..other")
        self.assertEqual(outcome.status, harness.DO_NOT_MERGE, outcome)
        self.assertEqual(unprintable(outcome.output + outcome.error), [])
        self.assertEqual([file["path"] for file in outcome.report["conflicts"]], [name])


class HostileSettings(harness.Case):
    """A repository whose git settings, hooks and attributes run programs, where anyone lets them."""

    def test_none_of_them_runs(self):
        repository = self.scratch.example()
        witness = self.scratch.folder / "witness"
        program = self.scratch.folder / "program"
        program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> {witness}\nexit 1\n")
        program.chmod(0o755)
        for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
            (repository / ".git/hooks").mkdir(exist_ok=True)
            (repository / ".git/hooks" / hook).symlink_to(program)
        with open(repository / ".git/config", "a", encoding="utf-8") as settings:
            settings.write(
                f'[core]\n\tfsmonitor = {program}\n\tsshCommand = {program}\n\tpager = {program}\n\talternateRefsCommand = {program}\n'
                f'[filter "run"]\n\tsmudge = {program}\n\tclean = {program}\n\tprocess = {program}\n\trequired = true\n'
                f'[merge "run"]\n\tdriver = {program}\n[diff "run"]\n\ttextconv = {program}\n\tcommand = {program}\n'
                f"[diff]\n\texternal = {program}\n[gpg]\n\tprogram = {program}\n"
            )
        (repository / ".git/info").mkdir(exist_ok=True)
        (repository / ".git/info/attributes").write_text("* filter=run merge=run diff=run\n")
        outcome = self.scratch.review(repository, "main..pr/conflict")
        self.assertEqual(outcome.status, harness.DO_NOT_MERGE, outcome)
        outcome = self.scratch.review(repository, "main..pr/licence")
        self.assertEqual(outcome.status, harness.MERGE, outcome)
        self.assertFalse(witness.exists(), witness.exists() and witness.read_text())

    def test_attributes_of_the_tree_do_not_change_its_files(self):
        repository = new_repository(self.scratch.folder / "attributes")
        commit_file(repository, ".ekaci/config.json", _JOB)
        hidden = "hidden.txt export-ignore\nrewritten.txt export-subst ident\n*.txt text eol=crlf working-tree-encoding=UTF-16\n"
        # The file attributes are committed by plumbing, so that git does not apply them while committing.
        commit_file(repository, "hidden.txt", "one\n")
        commit_file(repository, "rewritten.txt", "$Id$ $Format:%H$\n")
        read = "builtins.readFile ./hidden.txt + builtins.readFile ./rewritten.txt"
        commit_file(repository, "default.nix", f'{{ a = throw (builtins.toJSON ({read})); }}')
        blob = plain_nix.git(repository, "hash-object", "-w", "--stdin", input=hidden)
        plain_nix.git(repository, "update-index", "--add", "--cacheinfo", f"100644,{blob},.gitattributes")
        plain_nix.git(repository, "commit", "--quiet", "-m", "attributes")
        outcome = self.scratch.review(repository, "main~1..main")
        (change,) = outcome.report["changes"]
        self.assertIn("one\\n$Id$ $Format:%H$\\n", change["head"]["error"]["message"])


@unittest.skipIf("--no-sandbox" in harness.MORE_ARGUMENTS, "there is no sandbox")
class HostileEvaluation(harness.Case):
    """What evaluated code can see."""

    def messages(self, name, attributes):
        """Reviews a tree whose attributes throw what they could see; {attribute: message}."""
        repository = new_repository(self.scratch.folder / name)
        commit_file(repository, ".ekaci/config.json", _JOB)
        commit_file(repository, "default.nix", "{ }")
        text = "".join(f"  {attribute} = {expression};\n" for attribute, expression in attributes.items())
        commit_file(repository, "default.nix", "{\n" + text + "}\n")
        environment = self.scratch.environment(EKACI_TEST_SECRET="in the environment")
        outcome = self.scratch.review(repository, "main~1..main", environment=environment)
        self.assertIsNotNone(outcome.report, outcome)
        return outcome, {change["attribute"]: change["head"].get("error", {}).get("message") for change in outcome.report["changes"]}

    def test_files_environment_and_network_are_not_there(self):
        secret = self.scratch.folder / "secret"
        secret.write_text("in a file")
        outcome, messages = self.messages("looking", {
            "file": f"throw (builtins.readFile {secret})",
            "exists": f'throw (if builtins.pathExists {secret} then "it exists" else "nothing there")',
            "machine": "throw (builtins.readFile /etc/shadow)",
            "process": "throw (builtins.readFile /proc/self/environ)",
            "environment": 'throw ("<" + builtins.getEnv "EKACI_TEST_SECRET" + builtins.getEnv "PATH" + ">")',
            "network": 'throw (builtins.readFile (builtins.fetchurl "http://127.0.0.1:9/x"))',
        })  # fmt: skip
        self.assertEqual(sorted(messages), ["environment", "exists", "file", "machine", "network", "process"], outcome)
        said = json.dumps(messages)
        self.assertNotIn("in a file", said)
        self.assertNotIn("it exists", said)
        self.assertNotIn("root:", said)
        self.assertNotIn("in the environment", said)

    def test_a_result_cannot_be_forged(self):
        fake = "/nix/store/00000000000000000000000000000000-fake.drv"
        outcome, messages = self.messages("forging", {
            "fake": f'{{ type = "derivation"; name = "fake"; outPath = "/nix/store/x"; drvPath = "{fake}"; }}',
            "traced": f'builtins.trace "\\"{fake}\\"\\n{{\\"drvPath\\":\\"{fake}\\"}}" (throw "traced")',
        })  # fmt: skip
        self.assertEqual(sorted(messages), ["fake", "traced"], outcome)
        self.assertTrue(all(message is not None for message in messages.values()), messages)
        self.assertNotIn("fake.drv", [((change["head"] or {}).get("drvPath") or "") for change in outcome.report["changes"]])
        self.assertEqual(outcome.report["totals"]["rebuildCount"], 0)


if __name__ == "__main__":
    unittest.main()
