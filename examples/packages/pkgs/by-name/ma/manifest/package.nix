{
  lib,
  stdenv,
  charts,
  knots,
}:

stdenv.mkDerivation {
  pname = "manifest";
  version = "0.7";
  src = ./src;
  buildInputs = [
    charts
    knots
  ];

  meta = {
    description = "Lists what is on board";
    license = lib.licenses.gpl3;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
