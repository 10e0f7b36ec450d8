{ package, planks }:

package {
  name = "deck";
  inputs = { inherit planks; };
  build = ''
    cat $planks > $out
    echo deck >> $out
  '';
}
