{
  lib,
  stdenv,
  knots,
  rope,
}:

stdenv.mkDerivation {
  pname = "bosun";
  version = "2.0";
  src = ./src;
  outputs = [
    "out"
    "doc"
  ];
  buildInputs = [
    knots
    rope
  ];

  meta = {
    description = "Splices lists and checks them";
    license = lib.licenses.mit;
    maintainers = [ lib.maintainers.quist ];
    platforms = lib.platforms.all;
  };
}
