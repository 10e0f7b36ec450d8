{ package }:

package {
  name = "keel";
  build = ''
    echo 'the keel is laid'
    echo oak > $out
  '';
}
