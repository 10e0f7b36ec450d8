{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "stowaway";
  version = "1.0";
  src = ./src;

  meta = {
    description = "Rides along and needs nobody";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
