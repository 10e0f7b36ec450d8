"""What the tests of hostile input share: repositories made of raw git objects, processes that are left, characters that act."""

import os
import pathlib
import subprocess
import time
import unicodedata

import harness
import plain_nix

JOB = '{ "jobs": { "all": { "file": "default.nix", "systems": ["x86_64-linux"] } } }'
FILE, LINK, FOLDER, SUBMODULE = b"100644", b"120000", b"40000", b"160000"


def derivation(name, more=""):
    return f'derivation {{ name = "{name}"; system = "x86_64-linux"; builder = "/bin/sh"; {more} }}'


def unprintable(text):
    """The characters of a text (bytes have to be UTF-8) that could act on a terminal or hide, line ends left out."""
    text = text.decode("utf-8") if isinstance(text, bytes) else text
    acting = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return sorted({hex(ord(character)) for character in text if unicodedata.category(character) in acting and character != "\n"})


def git_bytes(repository, *arguments, data=b""):
    """Runs git with bytes on standard input; what it prints, without the last line feed."""
    done = subprocess.run(["git", "-C", str(repository), *arguments], input=data, env=plain_nix.git_environment(), capture_output=True)
    if done.returncode != 0:
        raise AssertionError(f"git {' '.join(arguments)} failed: {done.stderr}")
    return done.stdout.decode().strip()


def blob(repository, content):
    return git_bytes(repository, "hash-object", "-w", "--stdin", data=content if isinstance(content, bytes) else content.encode())


def tree(repository, entries):
    """A tree object of (mode, name, id), whatever git thinks of it."""
    ordered = sorted(entries, key=lambda entry: entry[1] + (b"/" if entry[0] == FOLDER else b""))
    data = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in ordered)
    return git_bytes(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=data)


def repository_with(folder, text="{ }", configuration=JOB):
    """A repository whose main has a configuration and a default.nix."""
    repository = harness.new_repository(folder)
    if configuration is not None:
        commit_bytes(repository, ".ekaci/config.json", configuration)
    commit_bytes(repository, "default.nix", text)
    return repository


def commit_bytes(repository, name, content):
    """As harness.commit_file(), for bytes too."""
    path = pathlib.Path(repository) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    plain_nix.git(repository, "add", "--all")
    plain_nix.git(repository, "commit", "--quiet", "--message", "more")


def commit_tree(repository, text, entries):
    """A child of main: its configuration, a default.nix, and raw entries beside them."""
    settings = plain_nix.git(repository, "rev-parse", "main:.ekaci")
    whole = tree(repository, [(FOLDER, b".ekaci", settings), (FILE, b"default.nix", blob(repository, text)), *entries])
    return plain_nix.git(repository, "commit-tree", "-m", "hostile", "-p", "main", whole)


def processes(mark):
    """Those that have a text in their environment or arguments, ourselves and zombies left out."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            said = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if str(mark).encode() in said and int(entry.name) != os.getpid():
            found.append(entry.name)
    return found


def wait_until(holds, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(what)
        time.sleep(0.01)


def count_derivations(cache):
    """How many derivations the evaluations in progress have written; their folders may go while they are counted."""
    try:
        return len(list(pathlib.Path(cache).glob("evaluations/evaluation-*/nix/store/*.drv")))
    except FileNotFoundError:
        return 0


def leftovers(cache):
    """What a review left half-done in its cache: files and folders that only a review in progress has."""
    names = ("evaluation-", "trash-", ".making-", ".trash-", "repository-", "index-")
    return sorted(str(path) for path in pathlib.Path(cache).rglob("*") if path.name.startswith(names))


class Case(harness.Case):
    """A class whose reviews have to leave nothing behind."""

    def review_left_nothing(self, repository, *arguments, **more):
        """Reviews; nothing of it runs or lies about afterwards, and nothing that it said acts on a terminal."""
        outcome = self.scratch.review(repository, *arguments, **more)
        self.assertEqual(unprintable(outcome.output + outcome.error), [])
        self.assertEqual(leftovers(self.scratch.cache), [])
        wait_until(lambda: not processes(self.scratch.folder), "processes were left", seconds=10)
        return outcome

    def kinds(self, outcome):
        """{attribute: kind of its change}"""
        self.assertIsNotNone(outcome.report, outcome)
        return {change["attribute"]: change["change"] for change in outcome.report["changes"]}

    def errors(self, outcome):
        """{attribute: error at head}"""
        self.assertIsNotNone(outcome.report, outcome)
        return {change["attribute"]: change["head"]["error"] for change in outcome.report["changes"] if "error" in (change["head"] or {})}
