{ package, horn }:

package {
  name = "foghorn";
  inputs = { inherit horn; };
  build = ''
    cat $horn $horn > $out
  '';
  tests.far = ''
    grep 'three miles' $foghorn > $out
  '';
}
