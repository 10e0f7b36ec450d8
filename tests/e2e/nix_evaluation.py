"""What nix/ evaluates to, with whatever stands for nixpkgs: shared by the tests and nix/check."""

import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTATION = ROOT / "docs/nixos.md"
_BLOCK = re.compile(r"^```nix\n(.*?)^```$", re.MULTILINE | re.DOTALL)

STAND_IN = f"""
  lib = import {ROOT}/tests/nix/lib.nix;
  pkgs = import {ROOT}/tests/nix/packages.nix {{ inherit lib; }};
"""


def examples():
    """The blocks of Nix in the documentation, with this tree in the place of the reader's."""
    return [block.replace("./ekaci/nix", str(ROOT / "nix")) for block in _BLOCK.findall(DOCUMENTATION.read_text())]


class Evaluation:
    """Evaluates with `surroundings`, which bind lib and pkgs, in a store below `folder`."""

    def __init__(self, folder, surroundings=STAND_IN):
        self.folder = pathlib.Path(folder)
        self.surroundings = surroundings

    def environment(self):
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "NIX_CONF_DIR": str(self.folder / "no-configuration"),
            "NIX_REMOTE": f"local?root={self.folder / 'root'}",
            "NIX_CONFIG": "substitute = false\nbuild-users-group =",
        }

    def expression(self, wanted, *modules):
        """`wanted` of what tests/nix/evaluate.nix gives for these modules, which are Nix expressions."""
        listed = " ".join(f"({module})" for module in modules)
        return f"let {self.surroundings} in (import {ROOT}/tests/nix/evaluate.nix {{ inherit lib pkgs; modules = [ {listed} ]; }}).{wanted}"

    def run(self, *arguments):
        return subprocess.run(list(map(str, arguments)), env=self.environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def try_value(self, wanted, *modules):
        return self._evaluate(self.expression(wanted, *modules))

    def value(self, wanted, *modules):
        return self._read(self.try_value(wanted, *modules), wanted)

    def binding(self, name):
        """The value of one of the bindings of `surroundings`."""
        return self._read(self._evaluate(f"let {self.surroundings} in {name}"), name)

    def derivation(self, wanted, *modules):
        """The path of its .drv, instantiated."""
        done = self.run("nix-instantiate", "--expr", self.expression(wanted, *modules))
        if done.returncode != 0:
            raise AssertionError(f"{wanted} cannot be instantiated: {done.stderr}")
        return done.stdout.strip()

    def file(self, path):
        """Where a path of the store is on this machine."""
        return self.folder / "root" / path.lstrip("/")

    def _evaluate(self, expression):
        # Read and write: derivations are written, and what refers to a source copies it.
        return self.run("nix-instantiate", "--eval", "--strict", "--json", "--read-write-mode", "--expr", expression)

    def _read(self, done, wanted):
        if done.returncode != 0:
            raise AssertionError(f"{wanted} does not evaluate: {done.stderr}")
        return json.loads(done.stdout)
