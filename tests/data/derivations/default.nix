# A closure with every shape that a .drv file can have: read by src/drv/nix_test.cc. Nothing of it is ever built.
let
  system = "x86_64-linux";

  source = builtins.toFile "source.sh" "echo \"$1\"\n";

  fetch =
    name: mode: algorithm: hash:
    derivation {
      inherit name system;
      builder = "builtin:fetchurl";
      url = "https://example.invalid/${name}";
      outputHashMode = mode;
      outputHashAlgo = algorithm;
      outputHash = hash;
    };

  zeros = n: builtins.concatStringsSep "" (builtins.genList (_: "0") n);

  fetched = [
    (fetch "flat-md5" "flat" "md5" (zeros 32))
    (fetch "flat-sha1" "flat" "sha1" (zeros 40))
    (fetch "recursive-sha256" "recursive" "sha256" (zeros 64))
    (fetch "recursive-sha512" "recursive" "sha512" (zeros 128))
  ];

  library = derivation {
    name = "library-1.0+git?=_x";
    inherit system fetched;
    builder = "/bin/sh";
    outputs = [
      "out"
      "dev"
      "lib"
    ];
    args = [
      "-e"
      source
      "quotes \" and \\ and $dollar"
      "line\nfeed, carriage\rreturn, tab\t"
      ""
    ];
  };

  structured = derivation {
    name = "structured";
    inherit system;
    builder = "/bin/sh";
    __structuredAttrs = true;
    nested.list = [
      1
      { text = "a\"b\\c\n"; }
    ];
    input = library.dev;
  };

  floating = derivation {
    name = "floating";
    inherit system;
    builder = "/bin/sh";
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    outputs = [
      "out"
      "doc"
    ];
  };

  # Its paths are not known before `floating` is built.
  deferred = derivation {
    name = "deferred";
    inherit system;
    builder = "${floating.doc}/bin/builder";
  };

  impure = derivation {
    name = "impure";
    inherit system;
    builder = "/bin/sh";
    __impure = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };
in
derivation {
  name = "top";
  inherit system;
  builder = "${library}/bin/builder";
  unicode = "grün, 緑";
  "name with \"quotes\"" = "=,()[]";
  inherit structured deferred;
  several = [
    library.lib
    library.dev
    ./default.nix
  ];
  # All of a closure, as builtins.storePath of a .drv gives it.
  everything = library.drvPath;
  impurePath = impure.drvPath;
}
