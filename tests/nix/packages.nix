# A package set of names, for tests where there is no nixpkgs. What it builds is built by the shell of the machine: packages say nothing but
# who they are; commands (runCommandLocal) are the real ones.
{ lib }:

let
  system = builtins.currentSystem;
  run =
    name: script:
    derivation {
      inherit name system;
      builder = "/bin/sh";
      args = [
        "-euc"
        script
      ];
      PATH = "/usr/bin:/bin";
    };
  named = name: run name "echo ${name} >$out";

  # The names that nixpkgs has for what nix/ wants of it. Another one is an error, until it is written here.
  names = [
    "boost"
    "bubblewrap"
    "cli11"
    "cmake"
    "curl"
    "fmt"
    "git"
    "gtest"
    "libseccomp"
    "makeWrapper"
    "ninja"
    "nix"
    "nlohmann_json"
    "openssl"
    "pkg-config"
    "prometheus-cpp"
    "python3"
    "rapidcheck"
    "spdlog"
    "sqlite"
    "tl-expected"
    "tomlplusplus"
    "zstd"
  ];

  value =
    v:
    if builtins.isAttrs v then
      "{ ${lib.concatStringsSep ", " (lib.mapAttrsToList (name: element: "${builtins.toJSON name} = ${value element}") v)} }"
    else if builtins.isList v then
      "[ ${lib.concatStringsSep ", " (map value v)} ]"
    else
      builtins.toJSON v;
  line = key: v: "${builtins.toJSON key} = ${value v}\n";
  table = name: set: "[${builtins.toJSON name}]\n" + lib.concatStringsSep "" (lib.mapAttrsToList line set);

  packages =
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = named name;
      }) names
    )
    // {
      inherit lib;
      stdenv = {
        buildPlatform.canExecute = _: true;
        hostPlatform = { inherit system; };
        mkDerivation =
          attributes:
          derivation (
            removeAttrs attributes [ "meta" ]
            // {
              name = "${attributes.pname}-${attributes.version}";
              inherit system;
              builder = "/bin/sh";
            }
          )
          // {
            inherit (attributes) meta version;
          };
      };
      callPackage = file: given: (import file) (builtins.intersectAttrs (builtins.functionArgs (import file)) packages // given);
      runCommandLocal =
        name: environment: script:
        assert environment == { };
        run name script;
      formats.toml = { }: {
        type = lib.types.attrsOf lib.types.anything;
        generate = name: set: run name "cp ${builtins.toFile name (lib.concatStringsSep "\n" (lib.mapAttrsToList table set))} $out";
      };
    };
in
packages
