{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "hull";
  version = "2.1";
  src = ./src;
  outputs = [
    "out"
    "doc"
  ];

  meta = {
    description = "The functions that every other package floats on";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
