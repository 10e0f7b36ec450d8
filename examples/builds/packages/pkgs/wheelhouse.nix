{ package, bell, chart }:

package {
  name = "wheelhouse";
  inputs = { inherit bell chart; };
  build = ''
    cat $bell $chart > $out
  '';
}
