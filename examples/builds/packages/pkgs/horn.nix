{ package }:

package {
  name = "horn";
  build = ''
    echo 'the horn is bored'
    echo loud > $out
  '';
  tests = {
    audible = ''
      grep loud $horn > $out
    '';
    whole = ''
      test -s $horn
      echo whole > $out
    '';
  };
}
