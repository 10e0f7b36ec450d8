{
  lib,
  stdenv,
  fetchText,
}:

stdenv.mkDerivation rec {
  pname = "flag-alphabet";
  version = "1.0";
  src = fetchText {
    name = "flag-alphabet-${version}.txt";
    text = ''
      A	diver down
      B	dangerous goods
      O	man overboard
      P	about to sail
      Q	all healthy
    '';
    sha256 = "355145a863bca4ae7c03c8fbb65ce7e23950131909608344be9535f503728f83";
  };
  installPhase = ''
    install_file "$src" "$out/share/$pname.txt"
  '';

  meta = {
    description = "What each signal flag means";
    license = lib.licenses.cc0;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
