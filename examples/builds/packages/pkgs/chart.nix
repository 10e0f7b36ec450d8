{ package }:

package {
  name = "chart";
  outputHashMode = "flat";
  outputHashAlgo = "sha256";
  outputHash = "92b86c8aa0cb549d3d6f500728a73817ee7ea3a3ef3f9a44c6c08bc364a2aacc";
  build = ''
    echo 'Brest, Falmouth, Ostende' > $out
  '';
}
