# EkaCI's server on NixOS: `services.ekaci`. docs/nixos.md has an example. packaging/ekaci.service is the same service elsewhere; a test
# (tests/e2e/nix_test.py) holds both against each other, directive by directive.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.ekaci;
  stateDirectory = "/var/lib/ekaci";
  toml = pkgs.formats.toml { };

  secretKinds = [
    "environment"
    "file"
    "credential"
    "command"
  ];
  isSecret =
    value:
    lib.isAttrs value
    && (
      let
        kinds = lib.attrNames value;
      in
      lib.length kinds == 1 && lib.elem (lib.head kinds) secretKinds
    );
  secret = lib.mkOption {
    type = lib.types.nullOr (
      lib.types.addCheck (lib.types.attrsOf (lib.types.either lib.types.str (lib.types.listOf lib.types.str))) isSecret
      // {
        description = "place of a secret: { environment = NAME; }, { file = PATH; }, { credential = NAME; } or { command = [ … ]; }";
      }
    );
    default = null;
  };
  secretNames = [
    "private_key"
    "webhook_secret"
    "previous_webhook_secret"
  ];
  secrets = lib.filter (value: value != null) (map (name: cfg.settings.github.${name}) secretNames);

  credentials = cfg.credentials // cfg.encryptedCredentials;
  loads = lib.mapAttrsToList (name: path: "${name}:${path}");

  isInStore = path: lib.hasPrefix "${builtins.storeDir}/" path;
  isOrIsBelow = directory: path: path == directory || lib.hasPrefix "${directory}/" path;

  withoutNulls = lib.filterAttrsRecursive (_name: value: value != null);
  unchecked = toml.generate "ekaci.toml" (withoutNulls cfg.settings);
  # By the program that will read it. It is seen as ekaci.toml, so that errors are `ekaci.toml:3:1: …`.
  checked = pkgs.runCommandLocal "ekaci.toml" { } ''
    cp ${unchecked} ekaci.toml
    ${cfg.package}/bin/ekaci config check ekaci.toml
    cp ekaci.toml "$out"
  '';
  configurationFile = if cfg.checkConfiguration then checked else unchecked;
in
{
  options.services.ekaci = {
    enable = lib.mkEnableOption "EkaCI, a GitHub App that reviews pull requests of Nix package repositories";

    package = lib.mkOption {
      type = lib.types.package;
      default = pkgs.callPackage ./package.nix { };
      defaultText = lib.literalExpression "pkgs.callPackage ./package.nix { }";
      description = "The package of EkaCI.";
    };

    settings = lib.mkOption {
      default = { };
      description = ''
        The server's configuration, as docs/server-configuration.md describes it; it becomes a TOML file. What is null is left out. No
        secret belongs here: the file is in the Nix store, where everyone can read it.
      '';
      type = lib.types.submodule {
        freeformType = toml.type;
        options = {
          server = {
            listen = lib.mkOption {
              type = lib.types.str;
              default = "127.0.0.1:8080";
              description = "Host and port where HTTP is served. TLS is the business of a proxy in front.";
            };
            url = lib.mkOption {
              type = lib.types.nullOr lib.types.str;
              default = null;
              example = "https://ci.example.org";
              description = "The URL under which people and GitHub reach the server.";
            };
            state = lib.mkOption {
              type = lib.types.str;
              default = stateDirectory;
              description = "The directory for database, logs, mirrors and trees: ${stateDirectory} or below; the service can write there alone.";
            };
          };
          github = {
            app_id = lib.mkOption {
              type = lib.types.nullOr lib.types.ints.positive;
              default = null;
              example = 12345;
              description = "The GitHub App's number. It wants `private_key`, `webhook_secret` and `server.url` as well.";
            };
            private_key = secret // {
              example = {
                credential = "app-key";
              };
              description = "Where the App's private key is.";
            };
            webhook_secret = secret // {
              example = {
                credential = "webhook-secret";
              };
              description = "Where the secret is that GitHub signs webhooks with.";
            };
            previous_webhook_secret = secret // {
              description = "Where a second such secret is that is accepted, while `webhook_secret` is being changed.";
            };
          };
        };
      };
    };

    credentials = lib.mkOption {
      type = lib.types.attrsOf lib.types.str;
      default = { };
      example = {
        app-key = "/run/keys/ekaci-app-key.pem";
      };
      description = ''
        Secrets by the name that `{ credential = NAME; }` in the settings has, and the file where each is: systemd reads it as root and
        shows it to the server alone (LoadCredential=).
      '';
    };

    encryptedCredentials = lib.mkOption {
      type = lib.types.attrsOf lib.types.str;
      default = { };
      description = "As `credentials`, of files that systemd-creds encrypted (LoadCredentialEncrypted=).";
    };

    user = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = ''
        The user that the server runs as. With null it is one that systemd makes (DynamicUser=), also called ekaci. The user "ekaci" is made
        if it is named here; any other has to be there.
      '';
    };

    group = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = cfg.user;
      defaultText = lib.literalExpression "config.services.ekaci.user";
      description = "The group of that user.";
    };

    checkConfiguration = lib.mkOption {
      type = lib.types.bool;
      default = pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform;
      defaultText = lib.literalExpression "pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform";
      description = ''
        Whether building the system fails where `ekaci config check` refuses the settings. Secrets are not there then: that they can be read
        shows when the server starts, or by `ekaci config check --secrets`.
      '';
    };

    configurationFile = lib.mkOption {
      type = lib.types.package;
      readOnly = true;
      default = configurationFile;
      defaultText = lib.literalMD "made of `settings`";
      description = "The file that the server reads; also at /etc/ekaci/server.toml, for commands such as `ekaci status`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions =
      map (name: {
        assertion = credentials ? ${name};
        message = "services.ekaci.settings names the credential “${name}”, and services.ekaci.credentials does not say where it is.";
      }) (lib.catAttrs "credential" secrets)
      ++ map (path: {
        assertion = !isInStore path;
        message = "services.ekaci: the secret ${path} is in the Nix store, where everyone can read it. Name a file outside, as a string.";
      }) (lib.attrValues credentials ++ lib.catAttrs "file" secrets)
      ++ [
        {
          assertion = isOrIsBelow stateDirectory cfg.settings.server.state;
          message = "services.ekaci.settings.server.state is ${cfg.settings.server.state}; the service can write to ${stateDirectory} alone.";
        }
        {
          assertion = (cfg.user == null) == (cfg.group == null);
          message = "services.ekaci: user and group are either both set or both null.";
        }
        {
          assertion = (config.security.allowUserNamespaces or true) || !(cfg.settings.evaluation.sandbox or true);
          message = "services.ekaci evaluates in sandboxes that need user namespaces: set security.allowUserNamespaces.";
        }
      ];

    environment.systemPackages = [ cfg.package ];
    environment.etc."ekaci/server.toml".source = cfg.configurationFile;

    users.users = lib.mkIf (cfg.user == "ekaci") {
      ekaci = {
        isSystemUser = true;
        group = cfg.group;
        description = "EkaCI's server";
      };
    };
    users.groups = lib.mkIf (cfg.group == "ekaci") { ekaci = { }; };

    systemd.services.ekaci = {
      description = "EkaCI: reviews pull requests of Nix package repositories";
      wants = [ "network-online.target" ];
      after = [
        "network-online.target"
        "nix-daemon.socket"
      ];
      wantedBy = [ "multi-user.target" ];
      # The Nix whose daemon runs.
      path = [
        config.nix.package
        pkgs.git
        pkgs.bubblewrap
      ];

      serviceConfig = {
        # Another file after a change of the settings: the service is started anew.
        ExecStart = "${cfg.package}/bin/ekaci serve --config ${cfg.configurationFile}";
        LoadCredential = loads cfg.credentials;
        LoadCredentialEncrypted = loads cfg.encryptedCredentials;
        DynamicUser = cfg.user == null;
        StateDirectory = "ekaci";
        StateDirectoryMode = "0700";
        Restart = "on-failure";
        RestartSec = 5;
        # Reviews are stopped, and go on after the next start.
        TimeoutStopSec = 30;
        KillMode = "mixed";
        LimitNOFILE = 65536;

        # Why these and not more: packaging/ekaci.service.
        NoNewPrivileges = true;
        CapabilityBoundingSet = "";
        AmbientCapabilities = "";
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectClock = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
        ];
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        LockPersonality = true;
        UMask = "0077";
      }
      // lib.optionalAttrs (cfg.user != null) {
        User = cfg.user;
        Group = cfg.group;
      };
    };
  };
}
