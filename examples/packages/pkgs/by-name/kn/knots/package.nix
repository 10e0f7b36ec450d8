{
  lib,
  stdenv,
  hull,
  rope,
}:

stdenv.mkDerivation {
  pname = "knots";
  version = "0.9";
  src = ./src;
  buildInputs = [
    hull
    rope
  ];

  meta = {
    description = "Lists, one entry a line";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
