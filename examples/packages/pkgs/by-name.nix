# { <name> = <path of its package.nix>; … } for every folder <shard>/<name> below by-name.
{ lib }:

let
  root = ./by-name;
  folders = directory: lib.namesOfKind "directory" (builtins.readDir directory);
  inShard =
    shard:
    map (name: {
      inherit name;
      value = root + "/${shard}/${name}/package.nix";
    }) (folders (root + "/${shard}"));
in
builtins.listToAttrs (builtins.concatMap inShard (folders root))
