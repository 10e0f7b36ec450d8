"""What plain Nix and plain git say of a repository: the second opinion that the tests hold EkaCI against.

Nothing here knows EkaCI. Trees are checked out into a folder named `source`, the name under which EkaCI shows them to the
evaluator, and instantiated into a private store, so that the machine's is neither read nor written.
"""

import hashlib
import json
import os
import pathlib
import subprocess

# What one attribute is.
DERIVATION, REFUSAL, ERROR, OTHER = "derivation", "refusal", "error", "other"

# Walks a job's value as EkaCI documents it: derivations, sets with recurseForDerivations, everything else.
_WALK = """
{ file, arguments, start, skip }:
let
  value = import file;
  root =
    if builtins.isFunction value
    then value (builtins.intersectAttrs (builtins.functionArgs value) arguments)
    else value;
  isDerivation = v: builtins.isAttrs v && v.type or null == "derivation";
  isRecursed = v: builtins.isAttrs v && v.recurseForDerivations or false == true;
  one = path: v:
    if isDerivation v then [ { inherit path; inherit (v) drvPath; } ]
    else [ { inherit path; drvPath = null; } ] ++ (if isRecursed v then inside path v else [ ]);
  inside = path: set: builtins.concatMap
    (name: if skipped ? ${builtins.toJSON (path ++ [ name ])} then [ ] else one (path ++ [ name ]) set.${name})
    (builtins.attrNames set);
  skipped = builtins.listToAttrs (map (path: { name = builtins.toJSON path; value = true; }) (import skip));
  at = builtins.foldl' (set: name: set.${name}) root start;
in
"""
_ALL_BELOW = 'if start == [ ] then inside [ ] root else one start at'
# What derivations say of themselves, as far as a change of it is told; null where asking fails.
_METADATA = """
let
  kept = builtins.listToAttrs (map (name: { inherit name; value = null; })
    [ "license" "maintainers" "broken" "unsupported" "unfree" "insecure" ]);
  value = path: builtins.foldl' (set: name: set.${name}) root path;
  told = derivation: builtins.tryEval (builtins.toJSON (builtins.intersectAttrs kept (derivation.meta or { })));
  metadata = path: let asked = told (value path); in if asked.success then asked.value else null;
in
"""
_ALL_METADATA = """
map (each: { inherit (each) path; metadata = metadata each.path; }) (builtins.filter (each: each.drvPath != null) (inside [ ] root))
"""
_NAMES = 'if start == [ ] || (!isDerivation at && isRecursed at) then builtins.attrNames at else null'
_REFUSALS = """builtins.filter (reason: at.meta.${reason.key} or false == true)
  [ { key = "broken"; name = "broken"; } { key = "unsupported"; name = "unsupported_system"; }
    { key = "unfree"; name = "unfree"; } { key = "insecure"; name = "insecure"; } ]"""


def git_environment():
    """An environment in which git sees no settings but the repository's own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@harbour.example",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@harbour.example",
    }


def git(repository, *arguments, check=True, **more):
    """Runs git and gives what it prints, without the last newline."""
    environment = {**git_environment(), **more.pop("environment", {})}
    done = subprocess.run(["git", "-C", str(repository), *arguments], env=environment, capture_output=True, text=True, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"git {' '.join(arguments)} failed in {repository}: {done.stderr}")
    return done.stdout.rstrip("\n") if check else done


def objects_of(repository, scratch):
    """An environment in which git reads the repository's objects and those in `scratch`, and writes only the latter."""
    objects = pathlib.Path(scratch) / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    own = git(repository, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    return {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": own}


def merged_tree(repository, base, head, scratch):
    """The tree that merging gives, or None on a conflict. Objects are written to `scratch`, never to the repository."""
    done = git(repository, "merge-tree", "--write-tree", base, head, check=False, environment=objects_of(repository, scratch))
    if done.returncode == 0:
        return done.stdout.split()[0]
    if done.returncode == 1:
        return None
    raise AssertionError(f"git merge-tree failed: {done.stderr}")


def checkout(repository, tree, scratch):
    """The files of a tree in a folder named `source`, made once for each tree."""
    folder = pathlib.Path(scratch) / tree / "source"
    if folder.is_dir():
        return folder
    folder.mkdir(parents=True)
    environment = {**objects_of(repository, scratch), "GIT_INDEX_FILE": str(folder.parent / "index")}
    git(repository, "read-tree", tree, environment=environment)
    git(repository, "checkout-index", "--all", f"--prefix={folder}/", environment=environment)
    return folder


def _nix_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${").replace("\n", "\\n") + '"'


def _nix_list(elements):
    return "[ " + " ".join(elements) + " ]"


def _nix_path(path):
    return _nix_list(_nix_string(name) for name in path)


class Nix:
    """Plain Nix with a private store."""

    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        self.scratch.mkdir(parents=True, exist_ok=True)

    def environment(self):
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.scratch / "home"),
            "NIX_CONF_DIR": str(self.scratch / "no-configuration"),
            "NIX_REMOTE": f"local?root={self.scratch / 'root'}",
            "NIX_CONFIG": "substitute = false\nbuild-users-group =\nexperimental-features = nix-command flakes",
        }

    def run(self, *arguments):
        return subprocess.run([str(a) for a in arguments], env=self.environment(), capture_output=True, text=True)

    def walk(self, job, folder, system, start=(), skip=()):
        """{path: drvPath, or None for what is no derivation} of everything at and below `start`, in one process. None where
        anything of it fails; what is in `skip` is left out."""
        found = self._ask(_ALL_BELOW, job, folder, system, start, skip)
        return None if found is None else {tuple(each["path"]): each["drvPath"] for each in found}

    def metadata(self, job, folder, system, derivations, skip=()):
        """{path: what the derivation there says of itself, as text; None where it fails}: in one process where that goes."""
        found = self._ask(_METADATA + _ALL_METADATA, job, folder, system, (), skip)
        if found is not None:
            return {tuple(each["path"]): each["metadata"] for each in found}
        # Some errors cannot be caught inside Nix.
        return {path: self._ask(_METADATA + "metadata start", job, folder, system, path) for path in derivations}

    def failing(self, job, folder, system, likely=frozenset()):
        """The paths that fail, found by plain evaluations: whole where it goes, else name by name."""
        still = {path for path in likely if self.walk(job, folder, system, path) is None}
        if self.walk(job, folder, system, skip=still) is not None:
            return still
        return self._failing_below(job, folder, system, ())

    def _failing_below(self, job, folder, system, path):
        if path and self.walk(job, folder, system, path) is not None:
            return set()
        names = self._ask(_NAMES, job, folder, system, path)
        if names is None:
            return {path}
        return {found for name in names for found in self._failing_below(job, folder, system, (*path, name))}

    def refusals(self, job, folder, system, path):
        """Why the metadata of an attribute refuse it; empty where they do not, or fail."""
        return [reason["name"] for reason in self._ask(_REFUSALS, job, folder, system, path) or []]

    def instantiate(self, job, folder, system, paths):
        """`nix-instantiate -A … -A …`, one process: {path: drvPath}. The derivations are in the private store afterwards."""
        selected = [word for path in paths for word in ("-A", ".".join(f'"{name}"' for name in path))]
        if not selected:
            return {}
        done = self.run("nix-instantiate", folder / job["file"], *_arguments(job), "--option", "system", system, *selected)
        if done.returncode != 0:
            raise AssertionError(f"nix-instantiate failed in {folder}: {done.stderr}")
        return dict(zip(paths, (line.split("!")[0] for line in done.stdout.splitlines()), strict=True))

    def closure(self, derivations):
        """Every derivation at or below some that were instantiated."""
        if not derivations:
            return set()
        done = self.run("nix-store", "--query", "--requisites", *sorted(derivations))
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return {line for line in done.stdout.splitlines() if line.endswith(".drv")}

    def _ask(self, question, job, folder, system, start, skip=()):
        given = {"system": _nix_string(system)}
        for name, value in job.get("arguments", {}).items():
            given[name] = f"({value['expression']})" if isinstance(value, dict) else _nix_string(value)
        # By a file: one argument may not be as long as a list of failures.
        skip_text = _nix_list(_nix_path(path) for path in sorted(skip))
        skip_file = self.scratch / f"skip-{hashlib.sha256(skip_text.encode()).hexdigest()[:16]}.nix"
        skip_file.write_text(skip_text)
        done = self.run(
            "nix-instantiate", "--eval", "--strict", "--json", "--option", "system", system,
            "--arg", "file", folder / job["file"].lstrip("/"),
            "--arg", "arguments", "{ " + " ".join(f"{name} = {value};" for name, value in given.items()) + " }",
            "--arg", "start", _nix_path(start),
            "--arg", "skip", skip_file,
            "--expr", _WALK + question,
        )  # fmt: skip
        return json.loads(done.stdout) if done.returncode == 0 else None


def _arguments(job):
    words = []
    for name, value in job.get("arguments", {}).items():
        words += ["--arg", name, value["expression"]] if isinstance(value, dict) else ["--argstr", name, value]
    return words
