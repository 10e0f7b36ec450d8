# Refused: it says of itself that it is broken.
{
  lib,
  stdenv,
  hull,
}:

stdenv.mkDerivation {
  pname = "ghost-ship";
  version = "0.0";
  src = ./src;
  buildInputs = [ hull ];

  meta = {
    description = "Sails without a crew";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
    broken = true;
  };
}
