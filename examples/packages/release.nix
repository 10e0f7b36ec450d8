# What a release holds.
{
  system ? builtins.currentSystem,
  channel ? "daily",
  programs ? [ ],
}:

let
  packages = import ./. { inherit system; };
  inherit (packages) lib stdenv;
in
{
  # One folder of links, named after the channel and after the folder that it was made from.
  bundle = stdenv.mkDerivation {
    pname = "${baseNameOf ./.}-bundle";
    version = channel;
    buildInputs = map (name: packages.${name}) programs;
    installPhase = ''
      mkdir -p "$out/bin"
      for input in $buildInputs; do
        ln -s "$input"/bin/* "$out/bin/"
      done
    '';
    meta = {
      description = "The programs of the ${channel} channel";
      license = lib.licenses.mit;
      maintainers = [ lib.maintainers.quist ];
      platforms = lib.platforms.all;
    };
  };

  songs = lib.recurseIntoAttrs {
    inherit (packages.shanties) drunken-sailor spanish-ladies;
  };
}
