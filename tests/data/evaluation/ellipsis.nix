{ ... }@arguments: {
  names = derivation {
    name = "names";
    system = builtins.currentSystem;
    builder = "/bin/sh";
    given = builtins.attrNames arguments;
  };
}
