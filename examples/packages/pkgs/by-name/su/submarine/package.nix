# Refused on all systems but one.
{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "submarine";
  version = "1.0";
  src = ./src;

  meta = {
    description = "Dives";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.x86_64;
  };
}
