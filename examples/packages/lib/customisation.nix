let
  # Calls `f` and gives the result an attribute `override`, which calls it again with other arguments.
  makeOverridable =
    f: arguments:
    let
      result = f arguments;
      apply = change: if builtins.isFunction change then change arguments else change;
    in
    if builtins.isAttrs result then
      result
      // {
        override = change: makeOverridable f (arguments // apply change);
      }
      // (
        if result ? overrideAttrs then
          {
            overrideAttrs = change: makeOverridable (given: (f given).overrideAttrs change) arguments;
          }
        else
          { }
      )
    else
      result;

  # Calls a package's function with what it names out of `scope`, and with `overrides`.
  callPackageWith =
    scope: path: overrides:
    let
      f = if builtins.isFunction path then path else import path;
      wanted = builtins.functionArgs f;
      isMissing = name: !(wanted.${name} || scope ? ${name} || overrides ? ${name});
      missing = builtins.filter isMissing (builtins.attrNames wanted);
    in
    if missing == [ ] then
      makeOverridable f (builtins.intersectAttrs wanted scope // overrides)
    else
      throw "callPackage: there is no package `${builtins.head missing}`, which ${toString path} asks for";

  # The set that layers `final: previous: { … }` make together, each seeing the ones before it and the whole.
  composeLayers =
    layers:
    let
      final = builtins.foldl' (previous: layer: previous // layer final previous) { } layers;
    in
    final;
in
{
  inherit makeOverridable callPackageWith composeLayers;
}
