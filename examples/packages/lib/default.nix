let
  customisation = import ./customisation.nix;
in
customisation
// {
  licenses = import ./licenses.nix;
  maintainers = import ./maintainers.nix;

  platforms = {
    all = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    x86_64 = [ "x86_64-linux" ];
  };

  # Marks a nested set as one whose packages are listed.
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };

  # The names in what builtins.readDir gave that are of one kind.
  namesOfKind =
    kind: entries: builtins.filter (name: entries.${name} == kind) (builtins.attrNames entries);

  concatMapStrings = f: list: builtins.concatStringsSep "" (map f list);
}
