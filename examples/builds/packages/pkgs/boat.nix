{ package, deck, sails }:

package {
  name = "boat";
  inputs = { inherit deck sails; };
  build = ''
    cat $deck $sails > $out
  '';
}
