{
  lib,
  stdenv,
  almanac,
  compass,
  sextant,
}:

stdenv.mkDerivation {
  pname = "pilot";
  version = "0.4";
  src = ./src;
  buildInputs = [
    almanac
    compass
    sextant
  ];

  meta = {
    description = "Reads the almanac";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
