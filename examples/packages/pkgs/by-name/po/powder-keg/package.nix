# Refused: a weakness of it is known.
{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "powder-keg";
  version = "0.3";
  src = ./src;

  meta = {
    description = "Makes a noise once";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
    knownVulnerabilities = [ "keep away from open fire" ];
  };
}
