{ package }:

package {
  name = "bell";
  build = ''
    echo 'the bell is cast'
    echo bronze > $out
  '';
}
