"""What the tests of building share: a Nix store of their own to build in, and what a report says of builds."""

import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import unittest

import harness

EXAMPLE = harness.EXAMPLES / "builds"

# A store is thousands of small files: they are kept in memory where there is room for them.
_MEMORY = pathlib.Path("/dev/shm")
_ROOM = 512 << 20

# What a builder of the example sees: a shell, the tools of /usr/bin, and /harbour, a folder of the test's.
_SETTINGS = """build-users-group =
substitute = false
substituters =
fsync-metadata = false
keep-build-log = false
sandbox-fallback = false
sandbox-paths = /bin/sh={shell} {tools} /harbour={harbour}
"""
_PROBE = 'derivation { name = "probe"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; }'


def _parent():
    has_room = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if has_room else None


class Scratch(harness.Scratch):
    """With a Nix store to build in, whose sandbox shows `harbour` as /harbour."""

    sandbox = "true"

    def __init__(self):
        super().__init__(_parent())
        self.harbour = self.folder / "harbour"
        for folder in (self.harbour, self.folder / "etc", self.folder / "tmp"):
            folder.mkdir()
        tools = " ".join(name for name in ("/usr", "/lib", "/lib64") if os.path.exists(name))
        settings = _SETTINGS.format(shell=os.path.realpath("/bin/sh"), tools=tools, harbour=self.harbour)
        (self.folder / "etc/nix.conf").write_text(settings)

    def store(self):
        return f"local?root={self.folder / 'store'}"

    def environment(self, **more):
        own = {"NIX_CONF_DIR": str(self.folder / "etc"), "NIX_USER_CONF_FILES": "", "TMPDIR": str(self.folder / "tmp")}
        return super().environment(**{**own, **more})

    def options(self):
        return ["--store", self.store(), "--offline", *harness.GIVEN_ARGUMENTS]

    def review_building(self, repository, *arguments, **more):
        """Reviews, and builds what changed in the store of the test's own."""
        return self.review_with(self.options(), repository, *arguments, **more)

    def run_nix(self, *arguments):
        """Plain Nix on the same store."""
        environment = self.environment(NIX_REMOTE=self.store())
        return subprocess.run([*self.prefix, *map(str, arguments)], env=environment, capture_output=True, text=True)


class UnsandboxedScratch(Scratch):
    """Whose store is seen at /nix, where alone Nix can build without a sandbox."""

    sandbox = "false"

    def __init__(self):
        super().__init__()
        (self.folder / "nix-store").mkdir()
        self.prefix = in_file_system_of_its_own("--bind", str(self.folder / "nix-store"), "/nix")

    def store(self):
        return "local"

    def options(self):
        return ["--no-build-sandbox", *super().options()]


def in_file_system_of_its_own(*mounts):
    """What runs a command where these mounts of bubblewrap's are besides."""
    # Root keeps its rights inside, as it has them outside; others get a user namespace.
    return ["bwrap", *(["--cap-add", "ALL"] if os.geteuid() == 0 else []), "--die-with-parent", "--dev-bind", "/", "/", *mounts, "--"]


@functools.cache
def what_builds_lack(make_scratch):
    """Why this machine cannot build in such a store; empty where it can."""
    with contextlib.closing(make_scratch()) as scratch:
        try:
            done = scratch.run_nix("nix-build", "--no-out-link", "--option", "sandbox", scratch.sandbox, "--expr", _PROBE)
        except OSError as error:
            return str(error)
        return "" if done.returncode == 0 else done.stderr.strip() or f"nix-build ended with {done.returncode}"


class Case(harness.Case):
    """A class that builds; skipped, with the reason, where the machine cannot."""

    make_scratch = Scratch

    @classmethod
    def setUpClass(cls):
        if reason := what_builds_lack(cls.make_scratch):
            raise unittest.SkipTest(f"Nix cannot build in a store of the test's own here: {reason}")
        super().setUpClass()

    def assert_built(self, outcome, number):
        """So many derivations were built by this very review."""
        self.assertIsNotNone(outcome.report, outcome)
        self.assertEqual(outcome.report["builds"]["built"], number, outcome)


def transitions(outcome):
    """{transition: [attribute, …]} of a report."""
    found = {}
    for change in outcome.report["changes"]:
        if change.get("build"):
            found.setdefault(change["build"]["transition"], []).append(change["attribute"])
    return {transition: sorted(attributes) for transition, attributes in found.items()}


def outcomes(outcome):
    """{outcome: number of derivations} of a report, those that there are."""
    return {kind: number for kind, number in outcome.report["builds"]["outcomes"].items() if number > 0}


def package_of(derivation):
    """`bell-1.1` of the path of its .drv."""
    return pathlib.PurePosixPath(derivation).name.partition("-")[2].removesuffix(".drv")


def roots(outcome):
    """What a report says of each root failure, in its order, without what depends on how often it was tried."""
    kept = ("outcome", "result", "newlyFailing", "affected", "attributes")
    return [{"name": package_of(root["derivation"]), **{key: root.get(key) for key in kept}} for root in outcome.report["rootFailures"]]


# How much is known of base can grow from one review to the next; the verdict does not depend on it where head succeeds.
_SUCCEEDING = ("still_succeeding", "succeeding_base_not_built", "newly_succeeding")


def without_knowledge_of_base(found):
    """Transitions in which it does not matter what earlier reviews found out of base."""
    rest = {kind: sorted(names) for kind, names in found.items() if kind not in _SUCCEEDING}
    succeeding = sorted(name for kind in _SUCCEEDING for name in found.get(kind, []))
    return {**rest, "succeeding": succeeding} if succeeding else rest


def findings(outcome):
    """All that two reviews of the same change have to agree on."""
    found = transitions(outcome)
    succeeding = sorted(name for kind in _SUCCEEDING for name in found.pop(kind, []))
    return outcome.status, outcome.report["verdict"], succeeding, found, roots(outcome), outcomes(outcome)
