{ package, keel }:

package {
  name = "ribs";
  inputs = { inherit keel; };
  build = ''
    cat $keel > $out
    echo ribs >> $out
  '';
}
