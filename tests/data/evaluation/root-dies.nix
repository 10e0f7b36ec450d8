let f = x: 1 + f (x + 1); in { a = f 0; ${toString (f 0)} = 1; }
