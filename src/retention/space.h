#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace ekaci::retention {

/// What a directory and all below it take on the disk. Follows no symbolic links and counts a file of several names once for each. What
/// goes away meanwhile, or cannot be looked at, counts as nothing.
std::uint64_t bytes_below(const std::filesystem::path& directory);

/// What is free on the file system of a directory for who is not root.
Result<std::uint64_t> free_space(const std::filesystem::path& directory);

}  // namespace ekaci::retention
