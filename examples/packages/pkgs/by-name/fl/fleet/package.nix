{
  lib,
  stdenv,
  beacon,
  bosun,
  dredger,
  ferry,
  harbourmaster,
  logbook,
  manifest,
  navigator,
  pilot,
  semaphore,
  ship-bell,
  tide-table,
}:

stdenv.mkDerivation {
  pname = "fleet";
  version = "2025.1";
  installPhase = ''
    mkdir -p "$out/bin"
    for program in $buildInputs; do
      ln -s "$program"/bin/* "$out/bin/"
    done
  '';
  buildInputs = [
    beacon
    bosun
    dredger
    ferry
    harbourmaster
    logbook
    manifest
    navigator
    pilot
    semaphore
    ship-bell
    tide-table
  ];

  meta = {
    description = "Every program in one folder";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
