# The packages of a boatyard: each file of ./pkgs makes the one of its name.
{
  system ? builtins.currentSystem,
}:

let
  # What /bin/sh does with the text `build`. Each of `inputs` is in the variable of its name.
  package =
    {
      name,
      version ? "1.0",
      inputs ? { },
      ...
    }@attributes:
    derivation (
      {
        inherit system;
        builder = "/bin/sh";
        args = [
          "-euc"
          attributes.build
        ];
        PATH = "/usr/bin:/bin";
      }
      // removeAttrs attributes [
        "inputs"
        "build"
      ]
      // inputs
      // {
        inherit version;
        name = "${name}-${version}";
      }
    );

  call =
    file:
    let
      make = import (./pkgs + "/${file}");
    in
    make (builtins.intersectAttrs (builtins.functionArgs make) (packages // { inherit package; }));

  packages = builtins.listToAttrs (
    map (file: {
      name = builtins.head (builtins.match "(.*)\\.nix" file);
      value = call file;
    }) (builtins.attrNames (builtins.readDir ./pkgs))
  );
in
packages
