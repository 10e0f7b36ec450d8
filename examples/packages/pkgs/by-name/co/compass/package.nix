{
  lib,
  stdenv,
  hull,
  rope,
}:

stdenv.mkDerivation {
  pname = "compass";
  version = "1.0.3";
  src = ./src;
  buildInputs = [
    hull
    rope
  ];

  meta = {
    description = "Finds its way through command lines";
    license = lib.licenses.isc;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
