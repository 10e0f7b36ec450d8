# A set that contains itself.
let
  self = {
    recurseForDerivations = true;
    inherit self;
  };
in
self
