#pragma once

#include <filesystem>

#include "base/result.h"

namespace ekaci::nix {

/// Makes `to` show what `from` holds: directories of its own, hard links to the files (copies where the file system refuses),
/// symlinks with the same text. `to` must not exist.
Status link_tree(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace ekaci::nix
