# One attribute for each way in which an evaluation ends. Neighbours of a failing attribute have to come through.
let
  make =
    name: attributes:
    derivation (
      {
        inherit name;
        system = builtins.currentSystem;
        builder = "/bin/sh";
      }
      // attributes
    );
in
{
  abort = builtins.abort "an abort";
  assertion = assert false; make "a" { };
  badMetaBroken = make "bad-meta" { } // {
    drvPath = throw "not offered";
    meta = builtins.abort "metadata aborts";
  };
  broken = make "broken" { } // {
    drvPath = throw "is marked as broken";
    meta.broken = true;
  };
  brokenButBuilt = make "broken-but-built" { } // { meta.broken = true; };
  brokenByAbort = make "broken-by-abort" { } // {
    drvPath = builtins.abort "is marked as broken";
    meta.broken = true;
  };
  dollar = make "dollar" { text = "\${x} \"quoted\" \\"; };
  drvThrows = make "drv-throws" { } // {
    drvPath = throw "two\nlines";
    meta.broken = false;
  };
  function = { a }: a;
  good = make "good" { };
  infinite = let x = x; in x;
  insecureAndUnfree = make "iu" { } // {
    drvPath = throw "no";
    meta = {
      insecure = true;
      unfree = true;
      broken = throw "this one fails";
    };
  };
  list = [ ];
  metaAborts = make "meta-aborts" { } // { meta = builtins.abort "metadata"; };
  missing = { }.attribute;
  missingFile = import ./does-not-exist.nix;
  nameThrows = make "name-throws" { } // {
    name = throw "no name";
    outputs = throw "no outputs";
  };
  nested = {
    recurseForDerivations = true;
    bad = throw "nested";
    deeper = {
      recurseForDerivations = true;
      good = make "deeper" { };
    };
    good = make "nested" { };
    "odd.name \"x\"" = make "odd" { };
  };
  notRecursed = { hidden = make "hidden" { }; };
  null = null;
  outputs = make "outputs" { outputs = [ "out" "dev" "bin" ]; };
  recurseIsNoBool = { recurseForDerivations = "yes"; };
  syntax = import ./syntax-error.txt;
  throws = throw "a throw";
  trace = builtins.trace "noise\nerror: not the error" (throw "the error");
  truncated = import ./truncated.txt;
  typeError = 1 + "a";
  typeThrows = { type = throw "type"; };
  unavailable = make "unavailable" { } // {
    drvPath = throw "no";
    meta.available = false;
  };
  undefined = import ./undefined.txt;
  unsupported = make "unsupported" { } // {
    drvPath = throw "no";
    meta.unsupported = true;
  };
}
