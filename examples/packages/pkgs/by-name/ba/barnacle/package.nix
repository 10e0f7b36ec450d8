# A type error: a number where a text is needed.
{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "barnacle";
  version = "1." + 2;
  src = ./src;

  meta = {
    description = "Clings to what it was told";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
