{
  lib,
  stdenv,
  anchor,
  knots,
}:

stdenv.mkDerivation {
  pname = "dredger";
  version = "1.3";
  src = ./src;
  buildInputs = [
    anchor
    knots
  ];

  meta = {
    description = "Clears away what nobody uses";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
