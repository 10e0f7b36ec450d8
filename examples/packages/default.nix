# The package set for one system.
{
  system ? builtins.currentSystem,
  # What would otherwise be refused: { allowBroken, allowUnfree, allowInsecure, allowUnsupportedSystem }.
  config ? { },
  # Functions `final: previous: { … }` that add or change packages, applied in order.
  overlays ? [ ],
}:

let
  lib = import ./lib;

  byName = import ./pkgs/by-name.nix { inherit lib; };

  layers = [
    (final: previous: {
      inherit lib system config;
      stdenv = import ./stdenv { inherit lib system config; };
      callPackage = lib.callPackageWith final;
      fetchText = final.callPackage ./stdenv/fetch-text.nix { };
    })
    (final: previous: builtins.mapAttrs (name: path: final.callPackage path { }) byName)
    (import ./top-level.nix)
  ]
  ++ overlays;
in
lib.composeLayers layers
