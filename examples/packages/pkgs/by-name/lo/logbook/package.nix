{
  lib,
  stdenv,
  charts,
  compass,
  tide,
}:

stdenv.mkDerivation {
  pname = "logbook";
  version = "1.6.2";
  src = ./src;
  buildInputs = [
    charts
    compass
    tide
  ];

  meta = {
    description = "Keeps a log, one line an entry";
    license = lib.licenses.gpl3;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
