{
  lib,
  stdenv,
  charts,
  pilot,
  star-catalogue,
}:

stdenv.mkDerivation {
  pname = "navigator";
  version = "1.0";
  src = ./src;
  buildInputs = [
    charts
    pilot
    star-catalogue
  ];

  meta = {
    description = "Steers by the stars";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
