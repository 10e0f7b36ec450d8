{
  lib,
  stdenv,
  knots,
  lantern,
}:

stdenv.mkDerivation {
  pname = "charts";
  version = "2.2";
  src = ./src;
  buildInputs = [
    knots
    lantern
  ];

  meta = {
    description = "Tables for terminals";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
