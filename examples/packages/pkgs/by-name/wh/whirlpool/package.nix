# Infinite recursion.
{ }:

let
  deeper = deeper // { };
in
deeper
