{ package, ribs }:

package {
  name = "planks";
  inputs = { inherit ribs; };
  build = ''
    cat $ribs > $out
    echo planks >> $out
  '';
}
