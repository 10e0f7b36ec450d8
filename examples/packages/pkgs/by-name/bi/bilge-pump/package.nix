{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "bilge-pump";
  version = "0.1";
  src = ./src;

  meta = {
    description = "Pumps standard input to standard output";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
