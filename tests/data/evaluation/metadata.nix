# What packages say of themselves, in every shape that is met.
let
  package =
    attributes:
    let
      made = derivation (
        {
          name = "${attributes.pname or "unnamed"}-${toString (attributes.version or "0")}";
          system = "x86_64-linux";
          builder = "/bin/sh";
        }
        // removeAttrs attributes [ "meta" ]
      );
    in
    made // attributes;
in
{
  whole = package {
    pname = "whole";
    version = "1.2";
    meta = {
      description = "All of it";
      license = [
        {
          spdxId = "MIT";
          shortName = "mit";
        }
        { shortName = "odd"; }
        { fullName = "Long Licence"; }
        "plain text"
        { }
      ];
      maintainers = [
        {
          github = "ada";
          name = "Ada L.";
        }
        { name = "Bob"; }
        { email = "c@example.org"; }
        "dora"
      ];
      broken = true;
      position = "${toString ./metadata.nix}:7";
    };
  };
  one = package {
    pname = "one";
    version = "3";
    meta.license.spdxId = "ISC";
    meta.knownVulnerabilities = [ "CVE-2024-1" ];
  };
  bare = package { };
  noSet = package { meta = "a text"; };
  wrongTypes = package {
    pname = "wrong";
    version = null;
    meta = {
      description = 7;
      license = 7;
      maintainers = "one text";
      broken = "yes";
    };
  };
  long = package {
    meta.description = builtins.concatStringsSep "" (builtins.genList (_: "0123456789") 100000);
    meta.license = builtins.genList toString 100000;
  };
  throws = package { meta.description = throw "no words"; };
  aborts = package { meta.license = abort "no licence"; };
  recurses = package {
    meta =
      let
        f = x: f (x + 1) + 1;
      in
      {
        description = f 0;
      };
  };
  outside = package { meta.position = "/etc/passwd:1"; };
  refused = package {
    pname = "refused";
    drvPath = throw "not offered";
    meta.broken = true;
    meta.maintainers = [ { github = "eve"; } ];
  };
}
