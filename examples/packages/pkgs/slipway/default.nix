# Tools that only packages use.
{ callPackage }:

{
  caulk = callPackage ./caulk.nix { };
}
