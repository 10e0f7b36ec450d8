{
  lib,
  stdenv,
  anchor,
  compass,
}:

stdenv.mkDerivation {
  pname = "ferry";
  version = "4.1";
  src = ./src;
  buildInputs = [
    anchor
    compass
  ];

  meta = {
    description = "Takes files across, all or none";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
