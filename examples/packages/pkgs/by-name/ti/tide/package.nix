{
  lib,
  stdenv,
  hull,
}:

stdenv.mkDerivation {
  pname = "tide";
  version = "3.0";
  src = ./src;
  buildInputs = [ hull ];

  meta = {
    description = "Arithmetic with the clock";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
