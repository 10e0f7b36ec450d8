# What there is for Nix: `import ./nix { inherit pkgs; }`. Nothing is fetched; `pkgs` is nixpkgs, of whatever revision its user has.
{
  pkgs ? import <nixpkgs> { },
}:

{
  package = pkgs.callPackage ./package.nix { };
  # NixOS: `imports = [ ./nix/module.nix ];` needs no `pkgs`.
  module = ./module.nix;
  overlay = final: _previous: { ekaci = final.callPackage ./package.nix { }; };
}
