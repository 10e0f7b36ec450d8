#!/usr/bin/env python3
"""What ekaci says where it cannot say anything of the change: each a clear message, the right status, nothing left behind."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import harness
import plain_nix
from harness import commit_file, new_repository

# Runs for minutes in little memory, so that whoever interrupts it finds it running.
_ENDLESS = """{ ... }:
let numbers = builtins.genList (n: n) 20000; sum = start: builtins.foldl' (a: b: a + b) start numbers;
in { endless = builtins.foldl' (a: b: sum a) 0 numbers; }
"""


class Revisions(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = cls.scratch.example()

    def review(self, *arguments, **more):
        return self.scratch.review(self.repository, *arguments, **more)

    def test_a_folder_that_is_no_repository(self):
        empty = self.scratch.folder / "empty"
        empty.mkdir()
        self.assert_fails_with(self.scratch.review(empty), harness.COULD_NOT_RUN, "repository", str(empty))

    def test_a_folder_that_is_not_there(self):
        self.assert_fails_with(self.scratch.review(self.scratch.folder / "nowhere"), harness.COULD_NOT_RUN, "nowhere")

    def test_an_unknown_revision(self):
        self.assert_fails_with(self.review("main..no-such-branch"), harness.COULD_NOT_RUN, "no-such-branch")

    def test_a_revision_that_looks_like_an_option(self):
        outcome = self.review("--", "main..--upload-pack=touch")
        self.assertIn(outcome.status, (harness.USAGE, harness.COULD_NOT_RUN), outcome)
        self.assertIsNone(outcome.report)

    def test_a_tree_instead_of_a_commit(self):
        outcome = self.review("main..main^{tree}")
        self.assert_fails_with(outcome, outcome.status, "commit")
        self.assertIn(outcome.status, (harness.USAGE, harness.COULD_NOT_RUN))

    def test_an_empty_range(self):
        self.assert_fails_with(self.review("main..main"), harness.USAGE, "nothing to review")

    def test_a_head_that_the_base_already_has(self):
        self.assert_fails_with(self.review("main..main~1"), harness.USAGE, "nothing to review")

    def test_histories_that_have_nothing_in_common(self):
        tree = plain_nix.git(self.repository, "rev-parse", "main^{tree}")
        other = plain_nix.git(self.repository, "commit-tree", "-m", "another beginning", tree)
        self.assert_fails_with(self.review(f"main..{other}"), harness.USAGE, "unrelated")

    def test_a_shallow_clone_that_lacks_the_merge_base(self):
        clone = self.scratch.folder / "shallow"
        source = f"file://{self.repository}"
        plain_nix.git(self.scratch.folder, "clone", "--quiet", "--depth=1", "--no-single-branch", source, str(clone))
        outcome = self.scratch.review(clone, "origin/main..origin/pr/version-bump")
        self.assert_fails_with(outcome, harness.COULD_NOT_RUN, "shallow", "git fetch --unshallow")

    def test_a_shallow_clone_that_lacks_the_base(self):
        clone = self.scratch.folder / "shallow-without-base"
        source = f"file://{self.repository}"
        base = plain_nix.git(self.repository, "rev-parse", "main~1")
        plain_nix.git(self.scratch.folder, "clone", "--quiet", "--depth=1", source, str(clone))
        self.assert_fails_with(self.scratch.review(clone, f"{base}..HEAD"), harness.COULD_NOT_RUN, "shallow")

    def test_no_upstream_to_compare_with(self):
        lonely = new_repository(self.scratch.folder / "lonely")
        plain_nix.git(lonely, "checkout", "--quiet", "-b", "work")
        commit_file(lonely, "default.nix", "{ }")
        outcome = self.scratch.review(lonely)
        self.assert_fails_with(outcome, outcome.status, "BASE..HEAD")


class Configuration(harness.Case):
    def repository(self, name, text):
        repository = new_repository(self.scratch.folder / name)
        if text is not None:
            commit_file(repository, ".ekaci/config.json", text)
        commit_file(repository, "default.nix", '{ a = derivation { name = "a"; system = "x86_64-linux"; builder = "/bin/sh"; }; }')
        commit_file(repository, "README", "words")
        return repository

    def test_none_at_all(self):
        outcome = self.scratch.review(self.repository("none", None), "main~1..main")
        self.assert_fails_with(outcome, harness.COULD_NOT_RUN, ".ekaci/config.json", "--file")

    def test_an_unknown_key_is_named_with_its_place(self):
        text = '{\n  "jobs": {\n    "all": { "file": "default.nix", "sytems": [] }\n  }\n}\n'
        outcome = self.scratch.review(self.repository("unknown-key", text), "main~1..main")
        self.assert_fails_with(outcome, outcome.status, ".ekaci/config.json:3:", "sytems", "systems")
        self.assertIn(outcome.status, (harness.USAGE, harness.COULD_NOT_RUN))

    def test_the_old_place_is_read_and_noted(self):
        repository = new_repository(self.scratch.folder / "old")
        commit_file(repository, ".eka-ci/config.json", '{ "jobs": { "all": { "file": "/default.nix" } } }')
        commit_file(repository, "default.nix", '{ system ? "" }: { a = derivation { name = "a"; inherit system; builder = "/bin/sh"; }; }')
        commit_file(repository, "README", "words")
        outcome = self.scratch.review(repository, "main~1..main")
        self.assertEqual(outcome.status, harness.MERGE, outcome)
        self.assertIn(".ekaci/config.json", " ".join(outcome.report["notes"]))

    def test_a_job_that_does_not_exist(self):
        outcome = self.scratch.review(self.scratch.example(), "--job", "pakages", "main..pr/licence")
        self.assert_fails_with(outcome, harness.USAGE, "pakages", "packages")

    def test_a_file_that_leaves_the_repository_by_a_link_is_not_read(self):
        repository = new_repository(self.scratch.folder / "link")
        secret = self.scratch.folder / "secret.nix"
        secret.write_text('{ stolen = derivation { name = "stolen"; system = "x86_64-linux"; builder = "/bin/sh"; }; }')
        commit_file(repository, ".ekaci/config.json", '{ "jobs": { "all": { "file": "default.nix" } } }')
        (repository / "default.nix").symlink_to(secret)
        commit_file(repository, "README", "words")
        commit_file(repository, "README", "more words")
        for more in ([], ["--no-sandbox"]):
            with self.subTest(arguments=more):
                outcome = self.scratch.review(repository, *more, "main~1..main")
                self.assertNotEqual(outcome.status, harness.MERGE, outcome)
                self.assertNotIn("stolen", outcome.output)


class CommandLine(harness.Case):
    def test_usage_errors(self):
        for arguments in (
            [],
            ["reveiw"],
            ["review", "--no-such-option"],
            ["review", "--system", "not a system"],
            ["review", "--memory", "lots"],
            ["review", "--workers", "0"],
            ["review", "--attr", "x"],
            ["review", "--file", "../elsewhere.nix"],
            ["review", "a..b..c"],
        ):
            with self.subTest(arguments=arguments):
                done = self.scratch.run(*arguments)
                self.assertEqual(done.returncode, harness.USAGE, done)
                self.assertNotEqual(done.stderr, "")

    def test_help_and_version(self):
        for arguments, words in ((["--help"], "review"), (["review", "--help"], "--json"), (["--version"], "ekaci ")):
            with self.subTest(arguments=arguments):
                done = self.scratch.run(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(words, done.stdout)

    def test_a_report_that_cannot_be_written(self):
        done = self.scratch.run(
            "review", "--repo", self.scratch.example(), "--json", self.scratch.folder / "nowhere" / "report.json",
            *harness.MORE_ARGUMENTS, "main..pr/licence",
        )  # fmt: skip
        self.assert_fails_with(done, harness.COULD_NOT_RUN, "report.json")


class Machine(harness.Case):
    """The machine lacks something."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = cls.scratch.example()

    def path_without(self, *programs):
        """A $PATH with links to everything but some programs."""
        folder = self.scratch.folder / ("without-" + "-".join(programs))
        folder.mkdir(exist_ok=True)
        for directory in os.environ["PATH"].split(":"):
            for program in pathlib.Path(directory).glob("*") if directory else []:
                wanted = not any(program.name == name or program.name.startswith(f"{name}-") for name in programs)
                if wanted and not (folder / program.name).exists():
                    (folder / program.name).symlink_to(program)
        return str(folder)

    def review_without(self, *programs):
        environment = self.scratch.environment(PATH=self.path_without(*programs))
        return self.scratch.review(self.repository, "main..pr/licence", environment=environment)

    def test_no_nix(self):
        self.assert_fails_with(self.review_without("nix"), harness.COULD_NOT_RUN, "nix", "install")

    def test_no_git(self):
        self.assert_fails_with(self.review_without("git"), harness.COULD_NOT_RUN, "git")

    @unittest.skipIf("--no-sandbox" in harness.MORE_ARGUMENTS, "no sandbox is asked for")
    def test_no_bubblewrap(self):
        self.assert_fails_with(self.review_without("bwrap"), harness.COULD_NOT_RUN, "bubblewrap", "--no-sandbox")

    def test_a_nix_that_is_no_nix(self):
        folder = pathlib.Path(self.path_without("nix"))
        program = folder / "nix"
        program.write_text("#!/bin/sh\necho 'nix (Nix) 1.11'\n")
        program.chmod(0o755)
        self.addCleanup(program.unlink)
        outcome = self.scratch.review(self.repository, "main..pr/licence", environment=self.scratch.environment(PATH=str(folder)))
        self.assert_fails_with(outcome, harness.COULD_NOT_RUN, "nix")

    def test_a_cache_that_cannot_be_made(self):
        blocked = self.scratch.folder / "blocked"
        blocked.write_text("a file, no folder")
        environment = self.scratch.environment(XDG_CACHE_HOME=str(blocked))
        outcome = self.scratch.review(self.repository, "main..pr/licence", environment=environment)
        self.assert_fails_with(outcome, harness.COULD_NOT_RUN, str(blocked))

    def test_a_full_disk(self):
        cache = self.scratch.folder / "small"
        cache.mkdir()
        small = ["bwrap", *(["--cap-add", "ALL"] if os.geteuid() == 0 else []), "--dev-bind", "/", "/",
                 "--size", str(2 << 20), "--tmpfs", str(cache), "--"]  # fmt: skip
        if subprocess.run([*small, "true"], capture_output=True).returncode != 0:
            self.skipTest("no small file system can be made here")
        done = subprocess.run(
            [*small, str(harness.BINARY), "review", "--repo", str(self.repository), *harness.MORE_ARGUMENTS, "main..pr/licence"],
            env=self.scratch.environment(XDG_CACHE_HOME=str(cache)), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        self.assertEqual(done.returncode, harness.COULD_NOT_RUN, done)
        self.assertRegex(done.stderr.lower(), "space|full")


class Interruption(harness.Case):
    def processes(self):
        """Those that were started with our cache in their environment or arguments, zombies left out."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and int(entry.name) != os.getpid() and str(self.scratch.folder).encode() in (
                    (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                ):
                    found.append((entry.name, (entry / "cmdline").read_bytes()))
            except OSError:
                continue
        return found

    @staticmethod
    def evaluates(ancestor):
        """Whether an evaluator runs below a process: itself, and not the sandbox that has its name among the arguments."""
        parents, evaluators = {}, []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit():
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    if (entry / "cmdline").read_bytes().split(b"\0")[1:2] == [b"repl"]:
                        evaluators.append(int(entry.name))
            except OSError:
                continue
        for process in evaluators:
            while process in parents and process != ancestor:
                process = parents[process]
            if process == ancestor:
                return True
        return False

    def wait_until(self, holds, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def interrupted_by(self, number):
        repository = new_repository(self.scratch.folder / f"endless-{number}")
        commit_file(repository, ".ekaci/config.json", '{ "jobs": { "all": { "file": "default.nix" } } }')
        commit_file(repository, "default.nix", _ENDLESS)
        commit_file(repository, "README", "words")
        report = self.scratch.folder / f"interrupted-{number}.json"
        child = subprocess.Popen(
            [str(harness.BINARY), "review", "--repo", str(repository), "--json", str(report), *harness.MORE_ARGUMENTS, "main~1..main"],
            env=self.scratch.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(child.kill)
        self.wait_until(lambda: self.evaluates(child.pid), "the evaluator never started")
        child.send_signal(number)
        output, error = child.communicate(timeout=60)
        return child.returncode, output, error, report

    def test_control_c_ends_everything_and_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                status, _, error, report = self.interrupted_by(number)
                self.assertEqual(status, harness.COULD_NOT_RUN, error)
                self.assertFalse(report.exists())
                self.wait_until(lambda: not self.processes(), "children were left", seconds=10)

    def test_a_killed_review_leaves_no_children_and_the_next_one_works(self):
        status, _, _, report = self.interrupted_by(signal.SIGKILL)
        self.assertEqual(status, -signal.SIGKILL)
        self.assertFalse(report.exists())
        self.wait_until(lambda: not self.processes(), "children were left", seconds=10)
        outcome = self.scratch.review(self.scratch.example(), "main..pr/licence")
        self.assertEqual(outcome.status, harness.MERGE, outcome)


if __name__ == "__main__":
    unittest.main()
