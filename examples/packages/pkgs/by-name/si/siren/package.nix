# Builds, but its metadata name a maintainer who does not exist.
{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "siren";
  version = "1.0";
  src = ./src;

  meta = {
    description = "Its package builds; its metadata do not evaluate";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.odysseus ];
    platforms = lib.platforms.all;
  };
}
