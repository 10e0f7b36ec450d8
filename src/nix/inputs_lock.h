#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ekaci::nix {

/// A locked input of a flake.lock that can be fetched: what to give to `builtins.fetchTree`. Every text was checked: it holds
/// nothing that could end a Nix string, and its host is a name of the public kind.
struct LockedInput {
  std::string name;  ///< of the node in flake.lock; hostile text
  /// Of the call, sorted by name: `type` (github, gitlab, sourcehut, tarball or file), what that needs, and `narHash`.
  std::vector<std::pair<std::string, std::string>> attributes{};

  /// `builtins.fetchTree { … }`: trusted Nix source.
  [[nodiscard]] std::string expression() const;
  /// Where it comes from, for a person: `github:owner/repo/rev`, `https://…`.
  [[nodiscard]] std::string location() const;

  friend bool operator==(const LockedInput&, const LockedInput&) = default;
};

/// The inputs of a flake.lock, in the order of their names.
struct LockFile {
  std::vector<LockedInput> inputs{};
  /// Inputs that cannot be prepared, with the reason: of a kind that is not fetched (git, path, …), unlocked, malformed.
  std::vector<std::pair<std::string, std::string>> skipped{};
};

/// Reads a flake.lock (versions 5 to 7; format: Nix, src/libflake/flake/lockfile.cc). Data only, never evaluated. Fails with
/// invalid_argument where it is no such file, resource_exhausted where it is larger than any real one.
Result<LockFile> parse_lock_file(std::string_view text);

/// Which inputs evaluating a file of the tree can need. The rule: a Nix file other than flake.nix that speaks of flake.lock and
/// names nodes of it (`nodes.NAME`, `nodes."NAME"`) needs these; one that speaks of it and names none, as flake-compat does,
/// needs all. Where no file speaks of it nothing does. (A flake's own inputs are not seen by evaluating a file.) Reads the
/// tree's Nix files, at most so many bytes of them; a tree with more is taken to need all. Never follows symlinks.
std::vector<std::string> inputs_in_use(const std::filesystem::path& tree, const std::vector<std::string>& names);

}  // namespace ekaci::nix
