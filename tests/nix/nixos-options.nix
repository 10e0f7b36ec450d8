# The options of NixOS that nix/module.nix and the examples of docs/nixos.md set, as strict as NixOS has them where it matters.
{ lib, pkgs, ... }:

let
  inherit (lib) mkOption types;
  setting = types.oneOf [
    types.bool
    types.int
    types.str
  ];
  free = mkOption {
    type = types.anything;
    default = { };
  };
  texts = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  packages = mkOption {
    type = types.listOf types.package;
    default = [ ];
  };
in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
    };
    environment.systemPackages = packages;
    environment.etc = free;
    networking.firewall = free;
    nix.package = mkOption {
      type = types.package;
      default = pkgs.nix;
    };
    security.acme = free;
    security.allowUserNamespaces = mkOption {
      type = types.bool;
      default = true;
    };
    services.nginx = free;
    users.users = free;
    users.groups = free;
    systemd.services = mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule {
          options = {
            description = mkOption { type = types.str; };
            wants = texts;
            after = texts;
            wantedBy = texts;
            path = packages;
            serviceConfig = mkOption {
              default = { };
              type = types.attrsOf (types.either setting (types.listOf setting));
            };
          };
        }
      );
    };
  };
}
