# Its source is a file that was never added.
{
  lib,
  stdenv,
}:

stdenv.mkDerivation {
  pname = "lost-cargo";
  version = "1.0";
  src = ./cargo;

  meta = {
    description = "Was on board when we left";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.okafor ];
    platforms = lib.platforms.all;
  };
}
