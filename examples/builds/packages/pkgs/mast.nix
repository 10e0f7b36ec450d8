{ package, keel }:

package {
  name = "mast";
  inputs = { inherit keel; };
  build = ''
    cat $keel > $out
    echo mast >> $out
  '';
}
