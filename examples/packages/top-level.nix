# Packages that are more than their folder in pkgs/by-name: variants, nested sets, chosen arguments.
final: previous: {
  beacon-plain = final.beacon.override { lantern = final.lantern-plain; };

  lantern-plain = previous.lantern.overrideAttrs (old: {
    colours = "none";
  });

  shanties = final.callPackage ./pkgs/shanties { };

  # What packages are built with. Nobody installs it, so nobody lists it: no recurseForDerivations.
  slipway = final.callPackage ./pkgs/slipway { };
}
