{
  lib,
  stdenv,
  hull,
}:

stdenv.mkDerivation {
  pname = "anchor";
  version = "0.5";
  src = ./src;
  buildInputs = [ hull ];

  meta = {
    description = "Holds a file fast while someone works on it";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
