{
  lib,
  stdenv,
  almanac,
  tide,
}:

stdenv.mkDerivation {
  pname = "tide-table";
  version = "2.5";
  src = ./src;
  buildInputs = [
    almanac
    tide
  ];

  meta = {
    description = "When to sail";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
