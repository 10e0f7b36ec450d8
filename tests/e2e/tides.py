"""Pull requests whose builds go on as long as a test lets them, so that something really runs when something happens to it."""

import harness
import plain_nix
import serving

# A package that builds as long as the test lets it, and writes down that it was begun.
_TIDE = """{ package }:

package {
  name = "@name@";
  build = ''
    echo begun >> /harbour/@name@.diary
    while ! [ -e /harbour/@name@ ]; do sleep 0.1; done
    echo water > $out
  '';
}
"""

_PLAIN = """{ package }:

package {
  name = "@name@";
  build = "echo @name@ > $out";
}
"""


class Case(serving.Case):
    """A class whose pull requests may add packages named `tide…`, each of which builds until it is let."""

    @classmethod
    def branch(cls, name, *packages, start="main"):
        """A branch with these packages besides; those whose names begin with `tide` wait to be let."""
        plain_nix.git(cls.folder, "checkout", "--quiet", "-b", f"pr/{name}", start)
        for package in packages:
            text = _TIDE if package.startswith("tide") else _PLAIN
            harness.commit_file(cls.folder, f"pkgs/{package}.nix", text.replace("@name@", package))
        plain_nix.git(cls.folder, "checkout", "--quiet", "main")

    def begun(self, name):
        """How often the package's build was begun."""
        diary = self.scratch.harbour / f"{name}.diary"
        return len(diary.read_text().splitlines()) if diary.exists() else 0

    def wait_for_build(self, name, times=1):
        """Until its build was begun so often."""
        self.hub.wait_for(lambda: self.begun(name) >= times, 60)

    def let(self, name):
        """Its builds end, those under way and those that are begun later."""
        (self.scratch.harbour / name).touch()
