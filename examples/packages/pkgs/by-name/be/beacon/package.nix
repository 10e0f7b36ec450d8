{
  lib,
  stdenv,
  compass,
  lantern,
}:

stdenv.mkDerivation {
  pname = "beacon";
  version = "1.3";
  src = ./src;
  buildInputs = [
    compass
    lantern
  ];

  meta = {
    description = "Says where one stands";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
