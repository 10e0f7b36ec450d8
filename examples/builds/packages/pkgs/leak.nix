{ package }:

package {
  name = "leak";
  build = ''
    echo 'the water comes in' >&2
    exit 1
  '';
}
