# What packages have as tests: sets of derivations, and everything that hostile ones have instead.
let
  make =
    name:
    derivation {
      inherit name;
      system = builtins.currentSystem;
      builder = "/bin/sh";
    };
  having = tests: make "package" // { inherit tests; };
  endless = {
    recurseForDerivations = true;
    more = endless;
  };
in
{
  aborts = having (builtins.abort "no tests today");
  alone = having (make "the-only-test");
  endless = having endless;
  function = having (package: { });
  good = having {
    version = make "test-version";
    fails = throw "this test cannot be made";
    loops = let x = x; in x;
    nested = {
      recurseForDerivations = true;
      inner = make "inner";
    };
    hidden.test = make "hidden";
    # Has tests of its own.
    tested = having { deeper = make "deeper"; };
    number = 1;
  };
  huge = having (
    builtins.listToAttrs (
      builtins.genList (i: {
        name = "test-${toString i}";
        value = make "many";
      }) 20000
    )
  );
  itself = let package = having { inherit package; }; in package;
  many = having (builtins.mapAttrs (_: make) { a = "a"; b = "b"; });
  noPackage = { tests.version = make "not-asked"; };
  none = make "none";
  refuses = make "refuses" // {
    drvPath = throw "broken";
    tests.version = make "test-of-refusing";
  };
  throws = throw "no package either";
  unasked = having { version = make "never"; };
}
