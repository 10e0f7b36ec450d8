{
  lib,
  stdenv,
  hull,
}:

stdenv.mkDerivation {
  pname = "sextant";
  version = "1.1";
  src = ./src;
  buildInputs = [ hull ];

  meta = {
    description = "Angles in whole minutes of arc";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
