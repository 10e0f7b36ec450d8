# What a package's metadata say about whether it may be used here.
{
  lib,
  system,
  config,
}:

{
  pname,
  version,
  meta ? { },
  ...
}:

let
  broken = meta.broken or false;
  unsupported = !(builtins.elem system (meta.platforms or lib.platforms.all));
  unfree = !(meta.license.free or true);
  insecure = (meta.knownVulnerabilities or [ ]) != [ ];

  reasons =
    (if broken && !(config.allowBroken or false) then [ "is marked as broken" ] else [ ])
    ++ (if unsupported && !(config.allowUnsupportedSystem or false) then [ "is not available on ${system}" ] else [ ])
    ++ (if unfree && !(config.allowUnfree or false) then [ "has an unfree licence" ] else [ ])
    ++ (if insecure && !(config.allowInsecure or false) then [ "is known to be insecure" ] else [ ]);

  position = builtins.unsafeGetAttrPos "description" meta;
in
{
  meta = meta // {
    name = "${pname}-${version}";
    inherit
      broken
      unsupported
      unfree
      insecure
      ;
    available = reasons == [ ];
    position = if position == null then null else "${position.file}:${toString position.line}";
  };

  # The value, where the package may be used.
  guard =
    value:
    if reasons == [ ] then
      value
    else
      throw "Refusing to evaluate ${pname}-${version}: it ${builtins.concatStringsSep ", and it " reasons}.";
}
