# Attributes that kill or outlast the evaluator, between ones that do not.
let
  make =
    name:
    derivation {
      inherit name;
      system = builtins.currentSystem;
      builder = "/bin/sh";
    };
  count = builtins.genList (x: x);
in
{
  a = make "a";
  deep = let f = x: 1 + f (x + 1); in f 0;
  e = make "e";
  forever = builtins.foldl' (sum: _: builtins.foldl' (s: _: s + 1) sum (count 100000)) 0 (count 1000000);
  i = make "i";
  memory = builtins.length (count 1000000000);
  n = make "n";
  noisy = builtins.foldl' (_: i: builtins.trace (toString (count 20000)) i) 0 (count 200);
  q = make "q";
}
