#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace ekaci::nix {

/// Where the evaluator's program is, and what it needs beside it.
struct Installation {
  std::filesystem::path system_root = "/";  ///< the operating system that it belongs to
  std::filesystem::path program{};          ///< inside that root, symlinks resolved: `/usr/bin/nix`, `/nix/store/…/bin/nix`
  std::vector<std::string> closure{};       ///< store paths that it needs, where it lies in /nix/store itself

  [[nodiscard]] bool is_in_store() const { return program.string().starts_with("/nix/store/"); }
  /// The program's file as this process sees it.
  [[nodiscard]] std::filesystem::path file() const { return system_root / program.relative_path(); }
};

/// Looks for `nix`: the given program, or the first one in $PATH, or, in another root, in its /usr/bin. unavailable, saying what
/// to do, where there is none.
Result<Installation> find_installation(const std::filesystem::path& program, const std::filesystem::path& system_root,
                                       const CancelToken& cancel);

/// `nix (Nix) 2.8.0` as two numbers; unavailable, naming what was found, where it is older than 2.8 or no version.
Status check_version(std::string_view version);

}  // namespace ekaci::nix
