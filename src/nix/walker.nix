# The part of an evaluation that runs inside the evaluator: answers questions about one attribute at a time, addressed by the
# positions of its names. Answers are made of plain characters and netstrings, not of JSON: attribute names may hold bytes that
# JSON cannot. src/nix/answer.cc reads them.
{ file, attribute, arguments, system }:

let
  inherit (builtins)
    attrNames
    concatStringsSep
    elemAt
    filter
    foldl'
    functionArgs
    genList
    getContext
    hasContext
    intersectAttrs
    isAttrs
    isFunction
    isList
    isString
    length
    replaceStrings
    stringLength
    substring
    toXML
    trace
    tryEval
    typeOf
    unsafeDiscardStringContext
    unsafeGetAttrPos
    ;

  contains = part: text: replaceStrings [ part ] [ "" ] text != text;

  # As Nix calls functions by itself (libexpr/eval.cc, autoCallFunction); only toXML tells `{ }: …` and the ellipsis from `x: …`.
  call =
    value:
    if isAttrs value && value ? __functor then
      call (value.__functor value)
    else if !isFunction value then
      value
    else
      let
        shape = toXML value;
        named = functionArgs value;
        given = (if named ? system then { inherit system; } else { }) // arguments;
      in
      if !(contains "<attrspat" shape) then
        value
      else if contains "<attrspat ellipsis=\"1\"" shape then
        value given
      else
        value (intersectAttrs named given);

  select = value: name: (call value).${name};

  node =
    value:
    let
      names = if isAttrs value then attrNames value else [ ];
    in
    {
      inherit value names;
      children = map (name: node value.${name}) names;
    };

  tree = node (call (foldl' select (import file) attribute));

  at = foldl' (parent: index: elemAt parent.children index) tree;

  netstring = text: "${toString (stringLength text)}:${text},";

  list = names: "l" + concatStringsSep "" (map netstring names);

  isDerivation = value: isAttrs value && value ? type && value.type == "derivation";

  derivation =
    value:
    let
      path = value.drvPath;
      plain = unsafeDiscardStringContext path;
    in
    if !(isString path) then
      throw "the attribute 'drvPath' is not a string but a ${typeOf path}"
    else if !(hasContext path && getContext path ? ${plain}) then
      throw "the attribute 'drvPath' does not refer to a derivation that this evaluation made"
    else
      "d" + netstring plain;

  # What follows is the metadata: fields of a letter and a netstring. Each text and each list is bounded, so that no package's
  # description can cost its derivation.
  clean = text: if isString text then unsafeDiscardStringContext (substring 0 4096 text) else "";

  prefix =
    list:
    genList (elemAt list) (if length list < 200 then length list else 200);

  members = value: if isList value then prefix value else [ value ];

  field =
    letter: text:
    let
      cleaned = clean text;
    in
    if cleaned == "" then "" else letter + netstring cleaned;

  fields = letter: texts: concatStringsSep "" (map (field letter) texts);

  # The first of these names that is a text there.
  oneOf =
    names: value:
    if isAttrs value then
      let
        found = filter (name: value ? ${name} && isString value.${name}) names;
      in
      if found == [ ] then "" else value.${elemAt found 0}
    else
      value;

  licences = meta: map (oneOf [ "spdxId" "shortName" "fullName" ]) (members (meta.license or [ ]));

  maintainers = meta: map (oneOf [ "github" "name" "email" ]) (members (meta.maintainers or [ ]));

  vulnerabilities = meta: members (meta.knownVulnerabilities or [ ]);

  position =
    value: meta:
    let
      places = filter (place: place != null) (
        map (name: unsafeGetAttrPos name value) [
          "version"
          "pname"
          "name"
        ]
      );
      place = elemAt places 0;
    in
    if meta ? position then
      field "p" meta.position
    else if places == [ ] then
      ""
    else
      field "q" "${place.file}:${toString place.line}:${toString place.column}";

  metadata =
    value:
    let
      meta = if value ? meta && isAttrs value.meta then value.meta else { };
    in
    "m"
    + field "n" (value.pname or "")
    + field "v" (value.version or "")
    + field "d" (meta.description or "")
    + fields "l" (licences meta)
    + fields "a" (maintainers meta)
    + fields "k" (vulnerabilities meta)
    + (if meta.broken or false == true then "b" else "")
    + (if meta.insecure or false == true then "i" else "")
    + position value meta;

  # A derivation and what it says of itself, which may fail without it.
  package =
    value:
    let
      found = derivation value;
      said = tryEval (metadata value);
    in
    found + trace "its derivation is known" (if said.success then said.value else "!");

  other = value: "o" + typeOf value;

  describe =
    ofDerivation:
    { value, names, ... }:
    if isDerivation value then
      trace "this is a derivation" (ofDerivation value)
    else if !(isAttrs value) then
      other value
    else if value.recurseForDerivations or false then
      list names
    else
      "s";

  careful =
    value:
    let
      tried = tryEval (package value);
    in
    if tried.success then tried.value else "f";

  is =
    expected: set: name:
    let
      tried = tryEval (set.${name} == expected);
    in
    set ? ${name} && tried.success && tried.value;

  refusal =
    { value, ... }:
    let
      meta = value.meta;
      reason = name: letter: if is true meta name then letter else "";
    in
    if isDerivation value && value ? meta && isAttrs meta then
      "r"
      + reason "broken" "b"
      + reason "unsupported" "s"
      + reason "unfree" "u"
      + reason "insecure" "i"
      + (if is false meta "available" then "a" else "")
    else
      "r";
in
{
  root = path: if isAttrs (at path).value && !(isDerivation (at path).value) then list (at path).names else describe careful (at path);
  describe = path: describe careful (at path);
  force = path: describe derivation (at path);
  refusal = path: refusal (at path);
  metadata = path: metadata (at path).value;
  members = path: if isDerivation (at path).value && (at path).value ? tests then list (at path).names else "s";
}
