{
  lib,
  stdenv,
  hull,
}:

stdenv.mkDerivation {
  pname = "rope";
  version = "1.4";
  src = ./src;
  buildInputs = [ hull ];

  meta = {
    description = "Joins and splits text";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
