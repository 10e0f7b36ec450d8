# Songs: a set whose packages are listed, with another one inside it.
{
  lib,
  stdenv,
  bosun,
}:

let
  shanty =
    pname: text:
    stdenv.mkDerivation {
      inherit pname text;
      version = "1.0";
      installPhase = ''
        mkdir -p "$out/share/shanties"
        printf '%s\n' "$text" > "$out/share/shanties/$pname.txt"
      '';
      meta = {
        description = "The words of a shanty";
        license = lib.licenses.cc0;
        maintainers = [ lib.maintainers.lindqvist ];
        platforms = lib.platforms.all;
      };
    };
in
lib.recurseIntoAttrs {
  drunken-sailor = shanty "drunken-sailor" "What shall we do with a drunken sailor?";
  leave-her-johnny = shanty "leave-her-johnny" "Leave her, Johnny, leave her";
  spanish-ladies = shanty "spanish-ladies" "Farewell and adieu to you, Spanish ladies";
  # A name that has to be quoted.
  "wellerman-2.0" = shanty "wellerman" "Soon may the Wellerman come";

  halyard = lib.recurseIntoAttrs {
    haul-away-joe = shanty "haul-away-joe" "Way haul away, we'll haul away, Joe";
    # Sung to the beat of another package.
    blow-the-man-down = (shanty "blow-the-man-down" "Way hey, blow the man down").overrideAttrs (old: {
      buildInputs = [ bosun ];
    });
  };
}
