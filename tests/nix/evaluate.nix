# What nix/ comes to with some `lib` and `pkgs`: the package, and a NixOS configuration of these modules.
{
  lib,
  pkgs,
  modules ? [ ],
}:

let
  offered = import ../../nix { inherit pkgs; };
  namesOf = map (package: package.pname or package.name);
  evaluated = lib.evalModules {
    modules = [ ./nixos-options.nix ] ++ modules;
    specialArgs = { inherit lib pkgs; };
  };
  inherit (evaluated) config;
  cfg = config.services.ekaci;
  service = config.systemd.services.ekaci;
in
{
  inherit offered;
  package = {
    inherit (offered.package) drvPath name version;
    inherit (offered.package.meta) description mainProgram;
    license = offered.package.meta.license.spdxId;
    inherit (offered.package) checkPhase;
    source = "${offered.package.src}";
    wants = lib.attrNames (builtins.functionArgs (import ../../nix/package.nix));
  };
  inputs = namesOf (offered.package.nativeBuildInputs ++ offered.package.buildInputs);
  install = offered.package.postInstall;
  overlay = (offered.overlay pkgs pkgs).ekaci.drvPath;
  system = {
    failures = map (each: each.message) (lib.filter (each: !each.assertion) config.assertions);
    service = service // {
      path = namesOf service.path;
    };
    etc = lib.mapAttrsToList (name: file: "${name}: ${builtins.baseNameOf "${file.source}"}") config.environment.etc;
    systemPackages = namesOf config.environment.systemPackages;
    users = lib.attrNames config.users.users;
    groups = lib.attrNames config.users.groups;
    inherit (cfg) settings;
  };
  configuration = cfg.configurationFile;
  services = lib.attrNames config.systemd.services;
  packages = map (package: package.drvPath) config.environment.systemPackages;
  # Everything else that the configuration sets, so that all of it is evaluated.
  rest = {
    inherit (config) networking;
    inherit (config.services) nginx;
    inherit (config.security) acme;
  };
}
