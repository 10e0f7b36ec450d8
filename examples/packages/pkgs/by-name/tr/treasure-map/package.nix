# Refused: its licence is not free.
{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "treasure-map";
  version = "1.0";
  src = ./src;

  meta = {
    description = "Where it is buried";
    license = lib.licenses.unfree;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
