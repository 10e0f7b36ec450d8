{
  lib,
  stdenv,
  flag-alphabet,
  lantern,
}:

stdenv.mkDerivation {
  pname = "semaphore";
  version = "1.1";
  src = ./src;
  buildInputs = [
    flag-alphabet
    lantern
  ];

  meta = {
    description = "Speaks with flags";
    license = lib.licenses.isc;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
