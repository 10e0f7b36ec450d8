#pragma once

#include <compare>
#include <string_view>

#include "review/derivation_name.h"

namespace ekaci::review {

/// Of what package a store path is, by its name: what two closures are told apart by. `openssl` and `3.0.8` of `openssl-3.0.8-dev`.
///
/// The rule is that of `nix store diff-closures` (Nix, src/nix/diff-closures.cc): an output's name at the end belongs to neither
/// name nor version, and what is left is split as split_derivation_name() says. Nix takes every word in small letters for an output's
/// name, and so reads `kdeconnect-kde` as `kdeconnect` and `1.0-unstable` as `1.0`; here only the names that outputs commonly have
/// are (nixpkgs, pkgs/build-support/setup-hooks/multiple-outputs.sh): bin, debug, dev, devdoc, devman, dist, doc, include, info,
/// installedTests, lib, lib32, lib64, man, out and static. Of other outputs the name is part of the version, or of the name where
/// there is no version.
DerivationName package_of(std::string_view store_path_name);

/// The order of `builtins.compareVersions` (Nix, libstore/names.cc): by components, numbers as numbers, `1.0pre2` before `1.0`.
/// Versions that Nix counts as equal, such as `1.0` and `1-0`, are in order of their bytes: equal are only equal texts.
std::strong_ordering compare_versions(std::string_view left, std::string_view right);

}  // namespace ekaci::review
