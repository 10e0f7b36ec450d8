{ package, leak }:

package {
  name = "bilge";
  inputs = { inherit leak; };
  build = ''
    cat $leak > $out
  '';
}
