{
  lib,
  stdenv,
  tide,
}:

stdenv.mkDerivation {
  pname = "ship-bell";
  version = "0.2";
  src = ./src;
  buildInputs = [ tide ];

  meta = {
    description = "Strikes the half hours";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
