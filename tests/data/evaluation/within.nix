{
  outer = { wanted ? "default" }: {
    inner = { one = derivation { name = wanted; system = builtins.currentSystem; builder = "/bin/sh"; }; };
  };
}
