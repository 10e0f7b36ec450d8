{ system, text, number ? 1, flag ? false, set ? { } }:
{
  ${text} = derivation {
    name = "called-${toString number}-${if flag then "yes" else "no"}";
    inherit system;
    builder = "/bin/sh";
    given = builtins.attrNames set;
  };
}
