#!/usr/bin/env python3
"""Configurations and trees that mean harm: a clear message or a true report, and nothing outside the tree is touched."""

import json
import pathlib
import unittest

import harness
import hostile_tools
import plain_nix
from hostile_tools import FILE, FOLDER, JOB, LINK, SUBMODULE, blob, commit_bytes, commit_tree, derivation, repository_with, tree

_ONE = "{ a = " + derivation("a") + "; }"
# Each is refused; some word of the reason. Escapes are spelled in JSON, so that they are escapes only once they were read.
_BOMBS = {
    "a hundred megabytes": (b'{ "jobs": { } }' + b" " * 100_000_000, "at most 1048576"),
    "deep lists": (b"[" * 900_000, "32 levels deep"),
    "deep objects": (b'{"jobs":' * 100_000, "32 levels deep"),
    "many jobs": (json.dumps({"jobs": {f"j{n}": {"file": "default.nix"} for n in range(20_000)}}).encode(), "more than 2000 entries"),
    "a job twice": (b'{ "jobs": { "a": { "file": "x.nix" }, "a": { "file": "y.nix" } } }', "second time"),
    "a long number": (b'{ "jobs": ' + b"9" * 900_000 + b" }", ".ekaci/config.json:1:"),
    "no utf-8": (b'{ "jobs": { "a\xff": { "file": "default.nix" } } }', ".ekaci/config.json:1:"),
    "half a surrogate": (b'{ "jobs": { "a\\ud800": { "file": "default.nix" } } }', ".ekaci/config.json:1:"),
    "escapes in a name": (b'{ "jobs": { "a\\u001b[31m\\u202e": { "file": "default.nix" } } }', ".ekaci/config.json:1:"),
    "escapes in a key": (b'{ "jobs": { "a": { "file": "default.nix", "\\u001b[31m\\u202e\\n": 1 } } }', "has no key"),
    "a file elsewhere": (b'{ "jobs": { "a": { "file": "../../etc/passwd" } } }', ".ekaci/config.json:1:"),
    "nul in a file's name": (b'{ "jobs": { "a": { "file": "default.nix\\u0000" } } }', ".ekaci/config.json:1:"),
    "nothing": (b"", ".ekaci/config.json:1:"),
}


class Configurations(hostile_tools.Case):
    def test_of_base_it_is_a_clear_error(self):
        repository = repository_with(self.scratch.folder / "base", _ONE, configuration=None)
        for name, (text, words) in _BOMBS.items():
            with self.subTest(configuration=name):
                commit_bytes(repository, ".ekaci/config.json", text)
                commit_bytes(repository, "README", name)
                outcome = self.review_left_nothing(repository, "main~1..main")
                self.assertIn(outcome.status, (harness.USAGE, harness.COULD_NOT_RUN))
                self.assert_fails_with(outcome, outcome.status, words, ".ekaci/config.json")
                self.assertLess(len(outcome.error), 1000)

    def test_of_head_it_is_a_requirement_that_is_not_met_and_base_decides_what_is_looked_at(self):
        repository = repository_with(self.scratch.folder / "head", _ONE)
        base = plain_nix.git(repository, "rev-parse", "main")
        for name, (text, words) in _BOMBS.items():
            with self.subTest(configuration=name):
                plain_nix.git(repository, "reset", "--quiet", "--hard", base)
                commit_bytes(repository, ".ekaci/config.json", text)
                outcome = self.review_left_nothing(repository, f"{base}..main")
                self.assertEqual(outcome.status, harness.DO_NOT_MERGE, outcome)
                (requirement,) = [each for each in outcome.report["verdict"]["requirements"] if each["name"] == "configuration-unchanged"]
                self.assertEqual(requirement["state"], "not_met")
                self.assertIn(words, requirement["text"])
                self.assertEqual(outcome.report["totals"]["counts"].get("unchanged"), 1)

    def test_a_configuration_that_is_a_link_is_not_followed(self):
        repository = repository_with(self.scratch.folder / "link", _ONE, configuration=None)
        secret = self.scratch.folder / "secret.json"
        secret.write_text(JOB)
        (repository / ".ekaci").mkdir()
        (repository / ".ekaci/config.json").symlink_to(secret)
        commit_bytes(repository, "README", "words")
        commit_bytes(repository, "README", "more words")
        self.assert_fails_with(self.review_left_nothing(repository, "main~1..main"), harness.USAGE, "symlink", "config.json")


class Trees(hostile_tools.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = repository_with(cls.scratch.folder / "trees")

    def review_tree(self, text, *entries):
        head = commit_tree(self.repository, text, entries)
        return self.review_left_nothing(self.repository, f"main..{head}")

    def folder_of(self, *entries):
        return tree(self.repository, entries)

    def file(self, name, content=b"x"):
        return (FILE, name, blob(self.repository, content))

    def link(self, name, target):
        return (LINK, name, blob(self.repository, target))

    def test_links_that_lead_in_circles_cost_who_follows_them(self):
        outcome = self.review_tree(
            "{ a = " + derivation("a") + "; itself = builtins.readFile ./loop; listed = builtins.readDir ./listed;"
            " inside = " + derivation("inside", "src = ./dir;") + "; whole = " + derivation("whole", "src = builtins.filterSource (p: t: true) ./.;") + ";"
            " round = import ./dir/up/dir/up/dir/up/other.nix; out = builtins.readFile ./out; }",
            self.link(b"loop", b"loop"), self.link(b"listed", b"./dir/up/listed"), self.link(b"out", b"/etc/hostname"),
            self.file(b"other.nix", derivation("round")), (FOLDER, b"dir", self.folder_of(self.link(b"up", b".."))),
        )  # fmt: skip
        self.assertEqual({name: kind for name, kind in self.kinds(outcome).items() if kind == "added"}, dict.fromkeys(("a", "inside", "whole", "round"), "added"))
        self.assertEqual(sorted(self.errors(outcome)), ["itself", "listed", "out"])

    def test_files_have_any_name_that_git_takes(self):
        names = [b"new\nline\t\"quote\\.nix", b"\x1b[31m\xe2\x80\xae.nix", "umläut-和.nix".encode(), b"\xff\xfe.nix", b" ", b"-rf", b"$(touch x)"]
        reads = "".join(f' "{number}" = import ./{number}.nix;' for number in (1, 2))
        outcome = self.review_tree(
            "{ a = " + derivation("a") + '; all = builtins.length (builtins.attrNames (builtins.readDir ./.)); umlaut = import (./. + "/umläut-和.nix");'
            f" src = {derivation('src', 'src = builtins.filterSource (p: t: true) ./.;')};{reads} }}",
            *(self.file(name, b'throw "was read"') for name in names), self.file(b"1.nix", derivation("one")), self.file(b"2.nix", derivation("two")),
        )  # fmt: skip
        self.assertEqual(outcome.report["changedFiles"], len(names) + 3)
        self.assertEqual({name: kind for name, kind in self.kinds(outcome).items() if kind == "added"}.keys(), {"a", "src", '"1"', '"2"'})
        self.assertEqual(self.errors(outcome)["umlaut"]["message"], "was read")

    def test_names_that_differ_only_in_case_are_two_files(self):
        outcome = self.review_tree("{ a = throw (builtins.readFile ./x + builtins.readFile ./X); }", self.file(b"x", b"small"), self.file(b"X", b"BIG"))
        self.assertEqual(self.errors(outcome)["a"]["message"], "smallBIG")

    def deep(self, name, levels):
        folder = self.folder_of(self.file(b"f"))
        for _ in range(levels):
            folder = self.folder_of((FOLDER, name, folder))
        return folder

    def test_folders_as_deep_as_a_path_can_be_are_written(self):
        outcome = self.review_tree(_ONE, (FOLDER, b"d", self.deep(b"d", 300)))
        self.assertEqual(self.kinds(outcome), {"a": "added"})

    def test_deeper_folders_are_a_clear_error(self):
        folder = self.deep(b"d", 10)
        # One stream of commands for ten thousand levels; a process for each would take minutes.
        head = commit_tree(self.repository, _ONE, [(FOLDER, b"d", folder)])
        script = f"commit refs/heads/deep\ncommitter T <t@t> 0 +0000\ndata 0\nfrom {head}\nM 100644 inline {'e/' * 10_000}f\ndata 1\nx\n\n"
        hostile_tools.git_bytes(self.repository, "fast-import", "--quiet", "--force", data=script.encode())
        outcome = self.review_left_nothing(self.repository, "main..deep")
        self.assert_fails_with(outcome, harness.COULD_NOT_RUN, "4096 bytes of path")

    def test_files_over_the_bound_are_refused_before_they_are_written(self):
        # A gigabyte of zeros is a few megabytes in the repository, and one object stands for twenty files.
        sparse = self.scratch.folder / "sparse"
        with open(sparse, "wb") as file:
            file.truncate(1 << 30)
        big = plain_nix.git(self.repository, "-c", "core.bigFileThreshold=1m", "-c", "core.compression=1", "hash-object", "-w", str(sparse))
        sparse.unlink()
        outcome = self.review_tree(_ONE, *((FILE, f"big{number}".encode(), big) for number in range(20)))
        self.assert_fails_with(outcome, harness.COULD_NOT_RUN, "the tree's files have more than")

    def test_paths_that_leave_the_tree_are_refused(self):
        inner = self.folder_of(self.file(b"config", b"[core]\nfsmonitor = touch pwned\n"))
        for entries in (
            [(FOLDER, b".git", inner)], [(FOLDER, b".GIT", inner)], [(FOLDER, b"..", inner)], [(FOLDER, b".", inner)], [self.file(b"..")],
            [self.file(b"../../escape")], [self.file(b"/tmp/ekaci-escape")], [self.file(b"a"), self.file(b"a")], [self.link(b"a", b"/tmp"), (FOLDER, b"a", inner)],
            [(b"104755", b"suid", blob(self.repository, "x"))], [(FILE, b"gone", "1" * 40)], [(FOLDER, b"gone", "1" * 40)],
        ):  # fmt: skip
            with self.subTest(entries=entries):
                outcome = self.review_tree(_ONE, *entries)
                self.assert_fails_with(outcome, harness.COULD_NOT_RUN)
        self.assertEqual(list(self.scratch.folder.rglob("*escape*")) + list(self.scratch.folder.rglob("pwned")), [])
        self.assertFalse(pathlib.Path("/tmp/ekaci-escape").exists())

    def test_submodules_filters_and_hooks_of_the_tree_do_nothing(self):
        witness = self.scratch.folder / "witness"
        run = f"touch {witness}"
        modules = f'[submodule "s"]\n\tpath = s\n\turl = ext::sh -c {run}\n\tupdate = !{run}\n'
        settings = f'[core]\n\thooksPath = hooks\n\tfsmonitor = {run}\n[filter "run"]\n\tsmudge = {run}\n\tclean = {run}\n\trequired = true\n'
        hook = (b"100755", b"post-checkout", blob(self.repository, f"#!/bin/sh\n{run}\n"))
        outcome = self.review_tree(
            '{ a = throw (builtins.readFile ./data); s = throw (builtins.toJSON (builtins.readDir ./s)); }',
            (SUBMODULE, b"s", "1" * 40), self.file(b".gitmodules", modules), self.file(b".gitattributes", b"* filter=run merge=run diff=run ident eol=crlf\n"),
            self.file(b".gitconfig", settings), (FOLDER, b"hooks", self.folder_of(hook)), self.file(b"data", b"$Id$\n"), self.file(b".lfsconfig", settings),
        )  # fmt: skip
        self.assertEqual({name: error["message"] for name, error in self.errors(outcome).items()}, {"a": "$Id$", "s": "{}"})
        self.assertFalse(witness.exists())


if __name__ == "__main__":
    unittest.main()
