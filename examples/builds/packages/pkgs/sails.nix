{ package, mast }:

package {
  name = "sails";
  inputs = { inherit mast; };
  build = ''
    cat $mast > $out
    echo sails >> $out
  '';
}
