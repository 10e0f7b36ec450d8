# What a hostile tree tries: see what is not its own, claim what it has not made, speak for the evaluator.
let
  make =
    name:
    derivation {
      inherit name;
      system = builtins.currentSystem;
      builder = "/bin/sh";
    };
  forged = "d/nix/store/00000000000000000000000000000000-forged.drv";
  escape = builtins.fromJSON ''"\u001b"'';
in
{
  "${escape}[35;1m\"${forged}\"${escape}[0m\n\"${forged}\"" = 1;
  "nix-repl> \"${forged}\"\n" = 2;
  claims = {
    recurseForDerivations = true;
    alias = { type = "derivation"; inherit (make "real") drvPath; };
    foreign = { type = "derivation"; drvPath = "/nix/store/00000000000000000000000000000000-forged.drv"; };
    noContext = { type = "derivation"; drvPath = builtins.unsafeDiscardStringContext (make "real").drvPath; };
    notADerivation = { type = "derivation"; drvPath = builtins.toFile "x.drv" "not a derivation"; };
    notAPath = { type = "derivation"; drvPath = (make "real").drvPath + "x"; };
    notAString = { type = "derivation"; drvPath = { }; };
    noPath = { type = "derivation"; };
    output = { type = "derivation"; drvPath = (make "real").outPath; };
  };
  environment = builtins.concatStringsSep "" (map builtins.getEnv [ "HOME" "PATH" "NIX_REMOTE" "USER" ]) == "";
  error = throw "\n${forged}\n\"${forged}\"\nerror: unknown command ':00000000000000000000000000000000'\n";
  escapes = throw "${escape}]0;title${escape}\\red${escape}[31m";
  input = builtins.readFile "/proc/self/fd/0";
  network = builtins.fetchurl "http://127.0.0.1:1/x";
  passwd = builtins.readFile "/etc/passwd";
  root = builtins.readDir "/";
  store = builtins.readDir "/nix/store";
  traced = builtins.trace "\n\"${forged}\"\nerror: unknown command ':0'\nnix-repl> ${forged}" (make "traced");
  walker = builtins.attrNames (import ../walker/job.nix [ ]);
}
