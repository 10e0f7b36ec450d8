# The packages of a boatyard: each file of ./pkgs makes the one of its name.
{
  system ? builtins.currentSystem,
}:

let
  # What /bin/sh does with the text `build`. Each of `inputs` is in the variable of its name, as the package is for each of `tests`.
  package =
    {
      name,
      version ? "1.0",
      inputs ? { },
      tests ? { },
      ...
    }@attributes:
    let
      built = derivation (
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
          "tests"
        ]
        // inputs
        // {
          inherit version;
          name = "${name}-${version}";
        }
      );
      test =
        of: build:
        package {
          name = "${name}.tests.${of}";
          inputs.${name} = built;
          inherit build;
        };
    in
    built // builtins.intersectAttrs attributes { tests = builtins.mapAttrs test tests; };

  call =
    file:
    let
      make = import (./pkgs + "/${file}");
      made = make (builtins.intersectAttrs (builtins.functionArgs make) (packages // { inherit package; }));
    in
    made // { meta.position = "${toString ./pkgs}/${file}:1"; };

  packages = builtins.listToAttrs (
    map (file: {
      name = builtins.head (builtins.match "(.*)\\.nix" file);
      value = call file;
    }) (builtins.attrNames (builtins.readDir ./pkgs))
  );
in
packages
