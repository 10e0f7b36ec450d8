{
  lib,
  stdenv,
  fetchText,
}:

stdenv.mkDerivation rec {
  pname = "almanac";
  version = "2025";
  src = fetchText {
    name = "almanac-${version}.txt";
    text = ''
      almanac 2025
      Brest	04:12
      Falmouth	04:58
      Ostende	00:21
      Skagen	04:33
    '';
    sha256 = "3f6e3c4066ad69924a8fda1ece629f4f7519a00d09935d8098f5ef97b3afd63c";
  };
  installPhase = ''
    install_file "$src" "$out/share/$pname.txt"
  '';

  meta = {
    description = "When the water is high, port by port";
    license = lib.licenses.cc0;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
