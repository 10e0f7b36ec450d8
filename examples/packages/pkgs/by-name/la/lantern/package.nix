{
  lib,
  stdenv,
  hull,
}:

stdenv.mkDerivation {
  pname = "lantern";
  version = "1.2";
  src = ./src;
  colours = "eight";
  installPhase = ''
    substitutions="$substitutions
    s|@colours@|$colours|"
    default_install
  '';
  buildInputs = [ hull ];

  meta = {
    description = "Coloured text for terminals";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
