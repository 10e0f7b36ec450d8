{
  lib,
  system,
  config,
}:

let
  checkMeta = import ./check-meta.nix { inherit lib system config; };

  # Each `@pname@` in a package's sources becomes the path of the input of that name.
  substitutionFor = input: "s|@${input.pname}@|${input}|g\n";

  mkDerivation =
    {
      pname,
      version,
      outputs ? [ "out" ],
      buildInputs ? [ ],
      passthru ? { },
      meta ? { },
      ...
    }@attributes:
    let
      checked = checkMeta attributes;

      derivation' = derivation (
        removeAttrs attributes [
          "meta"
          "passthru"
        ]
        // {
          inherit system outputs buildInputs;
          name = "${pname}-${version}";
          builder = "/bin/sh";
          args = [
            "-e"
            ./setup.sh
          ];
          PATH = "/usr/bin:/bin";
          substitutions = lib.concatMapStrings substitutionFor buildInputs;
        }
      );

      # An output with what a person may ask of it. Its paths can be had only where the package is available.
      present =
        output:
        derivation'.${output}
        // passthru
        // builtins.listToAttrs (
          map (name: {
            inherit name;
            value = present name;
          }) outputs
        )
        // {
          inherit pname version;
          inherit (checked) meta;
          drvPath = checked.guard derivation'.${output}.drvPath;
          outPath = checked.guard derivation'.${output}.outPath;
          overrideAttrs = change: mkDerivation (attributes // change attributes);
        };
    in
    present (builtins.head outputs);
in
{
  inherit mkDerivation;
}
