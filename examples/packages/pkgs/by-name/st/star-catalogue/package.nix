{
  lib,
  stdenv,
  fetchText,
}:

stdenv.mkDerivation rec {
  pname = "star-catalogue";
  version = "5.0";
  src = fetchText {
    name = "star-catalogue-${version}.txt";
    text = ''
      Capella	45 59
      Deneb	45 16
      Polaris	89 15
      Vega	38 47
    '';
    sha256 = "e0558ebf9dba9ad4b110014aa11412417eff908418c9444de3bad144926bd7cb";
  };
  installPhase = ''
    install_file "$src" "$out/share/$pname.txt"
  '';

  meta = {
    description = "The stars that a ship steers by";
    license = lib.licenses.cc0;
    maintainers = [ lib.maintainers.lindqvist ];
    platforms = lib.platforms.all;
  };
}
