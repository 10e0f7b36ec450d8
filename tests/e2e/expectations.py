#!/usr/bin/env python3
"""Holds examples/expected/*.json against plain Nix and git; with --write, writes them anew.

usage: expectations.py [--write] [BRANCH...]

Each file says what a review of one pull request of the example must find. That they are right does not depend on EkaCI: they
are made here from one plain evaluation after another, and are read by a person before they are committed.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import plain_nix  # noqa: E402
from plain_nix import DERIVATION, ERROR, OTHER, REFUSAL  # noqa: E402

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
EXPECTED = EXAMPLES / "expected"


def branches():
    return sorted(path.stem for path in (EXAMPLES / "pull-requests").glob("*.patch"))


def written(path):
    return ".".join(name if name.replace("-", "").replace("_", "").isalnum() and not name[0].isdigit() else f'"{name}"' for name in path)


def kind_of_change(base, head):
    """The one kind that two sides (kind, derivation) of an attribute give; None is an absent side."""
    before = base[0] if base else None
    after = head[0] if head else None
    if after == ERROR:
        return "still_erroring" if before == ERROR else "newly_erroring"
    if after == REFUSAL:
        return "still_refused" if before == REFUSAL else "newly_refused"
    if after is None:
        return "removed" if before in (DERIVATION, REFUSAL, ERROR) else "not_a_derivation"
    if before == ERROR:
        return "error_fixed"
    if before == REFUSAL:
        return "no_longer_refused"
    if after == OTHER:
        return "removed" if before == DERIVATION else "not_a_derivation"
    if before != DERIVATION:
        return "added"
    return "unchanged" if base[1] == head[1] else "rebuilt"


class Side(dict):
    """{path: (kind, derivation or reasons)}, and beside it what the derivations say of themselves."""

    metadata = {}


class Example:
    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        self.repository = self.scratch / "repository"
        subprocess.run([EXAMPLES / "make-repository", self.repository], check=True)
        self.nix = plain_nix.Nix(self.scratch / "nix")
        self.base = self.side("main^{tree}")

    def configuration(self, folder):
        return json.loads((folder / ".ekaci/config.json").read_text())["jobs"]

    def side(self, tree, likely=None):
        """{(job, system): Side} of a tree."""
        tree = plain_nix.git(self.repository, "rev-parse", tree) if "^" in tree else tree
        folder = plain_nix.checkout(self.repository, tree, self.scratch / "trees")
        jobs = self.configuration(folder)
        return {
            (name, system): self.evaluate(job, folder, system, (likely or {}).get((name, system), {}))
            for name, job in jobs.items()
            for system in job["systems"]
        }

    def evaluate(self, job, folder, system, likely):
        failing = self.nix.failing(job, folder, system, {path for path, side in likely.items() if side[0] in (ERROR, REFUSAL)})
        result = Side()
        for path, derivation in self.nix.walk(job, folder, system, skip=failing).items():
            result[path] = (DERIVATION, derivation) if derivation else (OTHER, None)
        for path in failing:
            reasons = self.nix.refusals(job, folder, system, path)
            result[path] = (REFUSAL, reasons) if reasons else (ERROR, None)
        good = [path for path, side in result.items() if side[0] == DERIVATION]
        instantiated = self.nix.instantiate(job, folder, system, good)
        result.metadata = self.nix.metadata(job, folder, system, good, failing)
        assert all(result[path][1] == instantiated[path] for path in good), "nix-instantiate disagrees with itself"
        return result

    def expectation(self, branch):
        tree = plain_nix.merged_tree(self.repository, "main", f"pr/{branch}", self.scratch / "trees")
        if tree is None:
            return {"decision": "do_not_merge", "exit": 1, "conflicts": self.conflicts(branch), "jobs": []}
        head = self.side(tree, self.base)
        jobs = [self.compare(key, self.base.get(key, Side()), head.get(key, Side())) for key in sorted({*self.base, *head})]
        return {**decide(jobs, self.base.keys() == head.keys()), "jobs": jobs}

    def conflicts(self, branch):
        """The files that both sides changed: all that git can be in doubt about."""
        sides = ["main", f"pr/{branch}"]
        start = plain_nix.git(self.repository, "merge-base", *sides)
        changed = [set(plain_nix.git(self.repository, "diff", "--name-only", start, side).splitlines()) for side in sides]
        return sorted(changed[0] & changed[1])

    def compare(self, key, base, head):
        changes = {}
        for path in sorted({*base, *head}):
            kind = kind_of_change(base.get(path), head.get(path))
            if kind == "unchanged" and base.metadata.get(path) != head.metadata.get(path):
                kind = "metadata_only"
            changes.setdefault(kind, []).append(written(path))
        closures = [
            self.nix.closure({side[1] for side in sides.values() if side[0] == DERIVATION}) for sides in (base, head)
        ]
        return {
            "job": key[0],
            "system": key[1],
            "presence": "both" if base and head else "added" if head else "removed",
            "base": totals(base, closures[0]),
            "head": totals(head, closures[1]),
            "unchanged": len(changes.pop("unchanged", [])),
            "rebuildCount": len(closures[1] - closures[0]),
            "changes": {kind: paths for kind, paths in sorted(changes.items()) if kind != "not_a_derivation"},
        }


def totals(side, closure):
    kinds = [kind for kind, _ in side.values()]
    return {
        "derivations": kinds.count(DERIVATION),
        "refusals": kinds.count(REFUSAL),
        "errors": kinds.count(ERROR),
        "graphDerivations": len(closure),
    }


def decide(jobs, same_configuration):
    """The verdict of a review that builds nothing, as src/review documents it."""
    def found(kind):
        return any(job["changes"].get(kind) and job["presence"] != "added" for job in jobs)

    if found("newly_erroring"):
        return {"decision": "do_not_merge", "exit": 1}
    if found("removed") or found("rebuilt") or found("added") or any(job["rebuildCount"] for job in jobs):
        return {"decision": "cannot_tell", "exit": 2}
    return {"decision": "merge", "exit": 0} if same_configuration else {"decision": "wait", "exit": 2}


def text_of(expectation):
    return json.dumps(expectation, indent=2, ensure_ascii=False) + "\n"


def main(arguments):
    write = "--write" in arguments
    wanted = [word for word in arguments if word != "--write"] or branches()
    with tempfile.TemporaryDirectory(prefix="ekaci-expectations-") as scratch:
        example = Example(scratch)
        with ThreadPoolExecutor(max_workers=2) as pool:
            made = dict(zip(wanted, pool.map(example.expectation, wanted)))
    wrong = 0
    for branch, expectation in made.items():
        file = EXPECTED / f"{branch}.json"
        if write:
            EXPECTED.mkdir(exist_ok=True)
            file.write_text(text_of(expectation))
        elif not file.exists() or file.read_text() != text_of(expectation):
            wrong += 1
            print(f"{file} does not say what plain Nix says:\n{text_of(expectation)}")
    print(f"{len(made) - wrong} expectations {'written' if write else 'right'}, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
