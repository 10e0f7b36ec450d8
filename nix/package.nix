# EkaCI as a package: `pkgs.callPackage ./nix/package.nix { }` with nixpkgs. docs/nixos.md says what of this is tested, and how.
{
  lib,
  stdenv,
  bubblewrap,
  boost,
  cli11,
  cmake,
  curl,
  fmt,
  git,
  gtest,
  libseccomp,
  makeWrapper,
  ninja,
  nix,
  nlohmann_json,
  openssl,
  pkg-config,
  prometheus-cpp,
  python3,
  rapidcheck,
  spdlog,
  sqlite,
  tl-expected,
  tomlplusplus,
  zstd,
}:

let
  versionOf =
    line:
    let
      found = builtins.match "project\\(ekaci VERSION ([0-9.]+) .*" line;
    in
    lib.optional (found != null) (lib.head found);

  # What the build and its tests read: a change of anything else does not build anew. (Not lib.fileset, which Nix 2.8 lacks something for.)
  source = [
    ../CMakeLists.txt
    ../cmake
    ../docs/metrics.md
    ../docs/schema
    ../docs/server-configuration.md
    ../docs/server.md
    ../src
    ../tests/CMakeLists.txt
    ../tests/data
    ../tests/github/CMakeLists.txt
    ../tests/layering_test.py
    ../tests/support
  ];
  isOrIsBelow = directory: path: lib.hasPrefix "${directory}/" "${path}/";

  # The rooms whose tests run in a Nix build. Not `nix`: there is no Nix daemon and no Nix database there. Not `process`: whether a sandbox
  # can be made inside of Nix's is up to the machine, and a package that cannot be built for that helps nobody. They and the tests of
  # the whole program are the repository's own (./test).
  testedRooms = [
    "base"
    "model"
    "drv"
    "wire"
    "graph"
    "review"
    "report"
    "engine"
    "forge"
    "retention"
    "config"
    "git"
    "db"
    "logs"
    "net"
    "github"
    "api"
    "app"
  ];
  # What these rooms test with something that is not there.
  untested = [
    "GitHubContract.*" # Node.js, and GitHub's description of its API from npm
    "HttpClientTest.PlainHttpIsNoTls" # the system's certificates
    "NixStore.*" # Nix
    "TlsTest.*" # the system's certificates, and OpenSSL's settings
    "TreeStoreTest.ALeaseOfAnotherProcessCounts" # flock(1)
  ];
in
stdenv.mkDerivation {
  pname = "ekaci";
  version = lib.head (lib.concatMap versionOf (lib.splitString "\n" (builtins.readFile ../CMakeLists.txt)));

  src = builtins.path {
    path = ../.;
    name = "ekaci-source";
    filter = path: _type: lib.any (each: isOrIsBelow each path || isOrIsBelow path each) (map toString source);
  };

  strictDeps = true;
  nativeBuildInputs = [
    cmake
    makeWrapper
    ninja
    pkg-config
    python3 # CMakeLists.txt looks for it, and a test of the source is written in it
  ]
  # corepkgs keeps CMake's hook apart from CMake; in nixpkgs they are one.
  ++ lib.optional (cmake ? configurePhaseHook) cmake.configurePhaseHook;
  buildInputs = [
    boost
    cli11
    curl
    fmt
    libseccomp
    nlohmann_json
    openssl
    prometheus-cpp
    spdlog
    sqlite
    tl-expected
    tomlplusplus
    zstd
    # Of the tests, which CMakeLists.txt always describes.
    gtest
    rapidcheck
  ];

  cmakeBuildType = "Release";

  doCheck = true;
  nativeCheckInputs = [
    git
    zstd
  ];
  checkPhase = ''
    runHook preCheck
    for room in ${toString testedRooms}; do
      "src/$room/''${room}_test" --gtest_brief=1 --gtest_filter='-${lib.concatStringsSep ":" untested}'
    done
    python3 ../tests/layering_test.py
    runHook postCheck
  '';

  # Beside the program, and on nobody's PATH: it looks there for its helper.
  #
  # Git is the one given here. Nix and bubblewrap come last: a machine's own Nix goes with its daemon and its database, and a machine's own
  # bwrap may have rights (a setuid bit, an AppArmor profile) that another lacks.
  postInstall = ''
    mkdir --parents "$out/libexec/ekaci"
    mv "$out/bin/ekaci-helper" "$out/libexec/ekaci/"
    wrapProgram "$out/bin/ekaci" \
      --prefix PATH : ${lib.makeBinPath [ git ]} \
      --suffix PATH : ${
        lib.makeBinPath [
          nix
          bubblewrap
        ]
      }
  '';

  meta = {
    description = "Answers whether a change to a Nix package repository should be merged";
    license = lib.licenses.mit;
    mainProgram = "ekaci";
    platforms = lib.platforms.linux;
    maintainers = [ ];
  };
}
