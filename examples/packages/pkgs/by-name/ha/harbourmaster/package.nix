{
  lib,
  stdenv,
  beacon,
  ferry,
  logbook,
  manifest,
}:

stdenv.mkDerivation {
  pname = "harbourmaster";
  version = "3.2";
  src = ./src;
  buildInputs = [
    beacon
    ferry
    logbook
    manifest
  ];

  meta = {
    description = "Knows what every ship is doing";
    license = lib.licenses.gpl3;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
