"""What the end-to-end tests share: the real ekaci, run in an environment of its own, and the example repository.

EKACI            the binary; build/dev/src/app/ekaci where it is not set
EKACI_ARGUMENTS  more arguments for every review, such as --no-sandbox where no sandbox can be had
"""

import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import unittest

import plain_nix

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
BINARY = pathlib.Path(os.environ.get("EKACI", ROOT / "build/dev/src/app/ekaci")).resolve()
GIVEN_ARGUMENTS = shlex.split(os.environ.get("EKACI_ARGUMENTS", ""))
# Only tests of building build.
MORE_ARGUMENTS = ["--no-build", *GIVEN_ARGUMENTS]

MERGE, DO_NOT_MERGE, UNDECIDED, USAGE, COULD_NOT_RUN = range(5)


class Outcome:
    """How one run of ekaci ended."""

    def __init__(self, done, report):
        self.status = done.returncode
        self.output = done.stdout
        self.error = done.stderr
        self.report = report

    def __str__(self):
        return f"exit {self.status}\n--- output\n{self.output}\n--- error\n{self.error}"

    def jobs(self):
        return {(job["job"], job["system"]): job for job in self.report["jobs"]}

    def changes(self, job, system):
        return [change for change in self.report["changes"] if change["job"] == job and change["system"] == system]


class Scratch:
    """A folder of the test's own, below `parent` or where temporary files are, with a cache and the example repository in it."""

    def __init__(self, parent=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ekaci-e2e-", dir=parent))
        self.cache = self.folder / "cache"
        self.nix = plain_nix.Nix(self.folder / "nix")
        self.reviews = 0
        self.prefix = []  # before every command, such as what makes a small disk

    def close(self):
        # Stores are read-only to all but root.
        subprocess.run(["chmod", "-R", "u+w", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def example(self, name="example", of=EXAMPLES):
        repository = self.folder / name
        subprocess.run([EXAMPLES / "make-repository", repository, of], check=True)
        return repository

    def environment(self, **more):
        inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        return {**inherited, "HOME": str(self.folder / "home"), "XDG_CACHE_HOME": str(self.cache), "LC_ALL": "C.UTF-8", **more}

    def run(self, *arguments, directory=None, environment=None, timeout=300):
        """Runs ekaci with exactly these arguments."""
        return subprocess.run(
            [*self.prefix, str(BINARY), *map(str, arguments)], cwd=directory or self.folder, env=environment or self.environment(),
            capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def review(self, repository, *arguments, **more):
        """Reviews, without building, and reads the JSON report; the report is None where none was written."""
        return self.review_with(MORE_ARGUMENTS, repository, *arguments, **more)

    def review_with(self, options, repository, *arguments, **more):
        """As review(), with these options instead of what all others have."""
        self.reviews += 1
        file = self.folder / f"report-{self.reviews}.json"
        done = self.run("review", "--repo", repository, "--json", file, *options, *arguments, **more)
        return Outcome(done, json.loads(file.read_text()) if file.exists() else None)


class Case(unittest.TestCase):
    """A test with a scratch folder for each class."""

    maxDiff = None
    make_scratch = Scratch

    @classmethod
    def setUpClass(cls):
        if not BINARY.exists():
            raise AssertionError(f"there is no {BINARY}; build it, or name it in EKACI")
        cls.scratch = cls.make_scratch()
        cls.addClassCleanup(cls.scratch.close)

    def assert_fails_with(self, done, status, *words):
        """It ended with this status, said these words on standard error, and printed no report."""
        self.assertEqual(done.returncode if hasattr(done, "returncode") else done.status, status, done)
        error = done.stderr if hasattr(done, "stderr") else done.error
        for word in words:
            self.assertIn(word.lower(), error.lower())
        self.assertEqual(len([line for line in error.splitlines() if line.startswith("ekaci:")]), 1, error)


def listing(folder):
    """Every path below a folder with its kind, mode, size, time of change and content: two equal ones mean nothing was written."""
    entries = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        content = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        entries[str(path.relative_to(folder))] = (status.st_mode, status.st_size, status.st_mtime_ns, content)
    return entries


def commit_file(repository, name, text, message="more"):
    """Commits one file on the current branch."""
    (pathlib.Path(repository) / name).parent.mkdir(parents=True, exist_ok=True)
    (pathlib.Path(repository) / name).write_text(text)
    plain_nix.git(repository, "add", "--all")
    plain_nix.git(repository, "commit", "--quiet", "--message", message)


def new_repository(folder):
    """An empty repository with the branch main."""
    folder.mkdir()
    plain_nix.git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def configuration(folder):
    """The jobs of a checked out tree."""
    place = next(folder / name for name in (".ekaci/config.json", ".eka-ci/config.json") if (folder / name).exists())
    return json.loads(place.read_text())["jobs"]


def instead_of_nothing(repository, tree, files):
    """Two commits in `repository`: one whose `files` evaluate to an empty set, and its child with exactly `tree`. A review of
    the two lists every attribute of `tree`, for all of them are added."""
    environment = {"GIT_INDEX_FILE": str(pathlib.Path(repository) / ".git/instead-of-nothing")}
    blob = plain_nix.git(repository, "hash-object", "-w", "--stdin", input="{ ... }: { }\n")
    plain_nix.git(repository, "read-tree", tree, environment=environment)
    for file in files:
        plain_nix.git(repository, "update-index", "--add", "--cacheinfo", f"100644,{blob},{file}", environment=environment)
    nothing = plain_nix.git(repository, "write-tree", environment=environment)
    base = plain_nix.git(repository, "commit-tree", "-m", "nothing", nothing)
    return base, plain_nix.git(repository, "commit-tree", "-m", "everything", "-p", base, tree)
