# As much of nixpkgs' `lib` as nix/ uses, for tests where there is no nixpkgs: small, strict, and without good messages. `nix/check`
# holds what comes out of it against the real one.
let
  inherit (builtins)
    all
    attrNames
    attrValues
    catAttrs
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    functionArgs
    head
    intersectAttrs
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    split
    stringLength
    substring
    tail
    ;

  unique = foldl' (seen: name: if elem name seen then seen else seen ++ [ name ]) [ ];
  genAttrs =
    names: make:
    listToAttrs (
      map (name: {
        inherit name;
        value = make name;
      }) names
    );
  optionalAttrs = wanted: set: if wanted then set else { };
  filterAttrs = keep: set: genAttrs (filter (name: keep name set.${name}) (attrNames set)) (name: set.${name});
  recursiveUpdate =
    left: right:
    if isAttrs left && isAttrs right && !(left ? _type) && !(right ? _type) then
      left // mapAttrs (name: value: if left ? ${name} then recursiveUpdate left.${name} value else value) right
    else
      right;
  shown = concatStringsSep ".";

  # What a module may say of a value besides the value: a condition, several, a priority. The lower number wins.
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  usual = 100;
  ofOption = 1500;

  # A definition as a list of values that count, each with its priority.
  discharge =
    priority: definition:
    if !(isAttrs definition) then
      [
        {
          inherit priority;
          value = definition;
        }
      ]
    else if definition._type or "" == "if" then
      if definition.condition then discharge priority definition.content else [ ]
    else if definition._type or "" == "merge" then
      concatMap (discharge priority) definition.contents
    else if definition._type or "" == "override" then
      discharge definition.priority definition.content
    else
      [
        {
          inherit priority;
          value = definition;
        }
      ];
  # What is said of one attribute by what is said of a set.
  attribute =
    name: definition:
    if definition._type or "" == "if" then
      map (content: mkIf definition.condition content) (attribute name definition.content)
    else if definition._type or "" == "merge" then
      concatMap (attribute name) definition.contents
    else if definition._type or "" == "override" then
      map (mkOverride definition.priority) (attribute name definition.content)
    else
      filter (_: definition ? ${name}) [ definition.${name} or null ];
  namesIn =
    definition:
    if definition._type or "" == "merge" then
      concatMap namesIn definition.contents
    else if definition ? _type && definition._type != "derivation" then
      namesIn definition.content
    else
      attrNames definition;
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };

  # The value that definitions give to a place of a type.
  merged =
    type: place: definitions:
    let
      all' = concatMap (discharge usual) definitions;
      first = foldl' (least: each: if each.priority < least then each.priority else least) ofOption all';
      values = map (each: each.value) (filter (each: each.priority == first) all');
      wrong = filter (value: !(type.check value)) values;
    in
    if values == [ ] then
      throw "The option `${shown place}' is used, and nothing defines it."
    else if wrong != [ ] then
      throw "A definition for option `${shown place}' is not of type `${type.description}'."
    else
      type.merge place values;

  equal =
    place: values:
    if all (value: value == head values) values then head values else throw "The option `${shown place}' has conflicting definitions.";
  type =
    description: check: merge:
    { inherit description check merge; };
  simple = description: check: type description check equal;
  attributeNames = values: unique (concatMap attrNames values);
  attributesOf = element: place: values: name: merged element (place ++ [ name ]) (catAttrs name values);
  isDerivation = value: isAttrs value && value.type or "" == "derivation";

  types = rec {
    bool = simple "boolean" isBool;
    int = simple "signed integer" isInt;
    str = simple "string" isString;
    package = simple "package" isDerivation;
    unspecified = simple "unspecified value" (_: true);
    ints.positive = simple "positive integer" (value: isInt value && value > 0);
    anything = type "anything" (_: true) (
      place: values:
      if all (value: isAttrs value && !(isDerivation value)) values then
        genAttrs (attributeNames values) (attributesOf anything place values)
      else
        equal place values
    );
    nullOr =
      element:
      type "null or ${element.description}" (value: value == null || element.check value) (
        place: values: if elem null values then equal place values else element.merge place values
      );
    either =
      left: right:
      type "${left.description} or ${right.description}" (value: left.check value || right.check value) (
        place: values: (if all left.check values then left else right).merge place values
      );
    oneOf = alternatives: foldl' either (head alternatives) (tail alternatives);
    listOf =
      element:
      type "list of ${element.description}" isList (
        place: values: map (value: merged element (place ++ [ "*" ]) [ value ]) (builtins.concatLists values)
      );
    attrsOf =
      element:
      type "attribute set of ${element.description}" isAttrs (
        place: values: genAttrs (attributeNames values) (attributesOf element place values)
      );
    addCheck = element: check: element // { check = value: element.check value && check value; };
    submodule =
      {
        options,
        freeformType ? null,
      }:
      type "submodule" isAttrs (place: values: evaluated place options freeformType values);
  };

  # The values of options; what no option is there for has to be of the free form, if there is one.
  evaluated =
    place: options: freeformType: definitions:
    let
      names = unique (concatMap namesIn definitions);
      unknown = filter (name: !(options ? ${name})) names;
      said = name: concatMap (attribute name) definitions;
      of =
        name: option:
        if option._type or "" == "option" then
          merged option.type (place ++ [ name ]) (said name ++ (if option ? default then [ (mkOverride ofOption option.default) ] else [ ]))
        else
          evaluated (place ++ [ name ]) option freeformType (said name);
      free = genAttrs unknown (name: merged types.anything (place ++ [ name ]) (said name));
    in
    if unknown != [ ] && freeformType == null then
      throw "The option `${shown (place ++ [ (head unknown) ])}' does not exist."
    else
      free // mapAttrs of options;

  modulesIn =
    arguments: module:
    let
      loaded = if isPath module || isString module then import module else module;
      called = if isFunction loaded then loaded (intersectAttrs (functionArgs loaded) arguments) else loaded;
      isWritten = called ? options || called ? config;
    in
    concatMap (modulesIn arguments) (called.imports or [ ])
    ++ [
      {
        options = called.options or { };
        config = if isWritten then called.config or { } else removeAttrs called [ "imports" ];
      }
    ];
in
rec {
  inherit
    attrNames
    attrValues
    catAttrs
    concatMap
    concatStringsSep
    elem
    filter
    filterAttrs
    head
    isAttrs
    length
    mkIf
    optionalAttrs
    types
    ;

  inherit (builtins) any;
  optional = wanted: value: if wanted then [ value ] else [ ];
  splitString = separator: text: filter isString (split separator text); # for separators without meaning in a regular expression
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  makeBinPath = packages: concatStringsSep ":" (map (package: "${package}/bin") packages);
  mapAttrsToList = make: set: map (name: make name set.${name}) (attrNames set);
  filterAttrsRecursive =
    keep: set:
    mapAttrs (_: value: if isAttrs value then filterAttrsRecursive keep value else value) (filterAttrs keep set);

  mkOption = option: option // { _type = "option"; };
  mkEnableOption =
    what:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether to enable ${what}.";
    };
  literalExpression = text: { inherit text; };
  literalMD = literalExpression;

  evalModules =
    {
      modules,
      specialArgs ? { },
    }:
    let
      found = concatMap (modulesIn (specialArgs // { inherit config; })) modules;
      options = foldl' recursiveUpdate { } (map (module: module.options) found);
      config = evaluated [ ] options null (map (module: module.config) found);
    in
    {
      inherit config options;
    };

  licenses.mit.spdxId = "MIT";
  platforms.linux = [
    "aarch64-linux"
    "x86_64-linux"
  ];
}
