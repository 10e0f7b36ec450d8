{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "caulk";
  version = "1.0";
  installPhase = ''
    mkdir -p "$out/bin"
    printf '#!/bin/sh\nexec cat\n' > "$out/bin/caulk"
  '';
  meta = {
    description = "Fills gaps";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
