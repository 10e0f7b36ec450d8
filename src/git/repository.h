#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "base/result.h"
#include "engine/ports.h"
#include "git/checkout.h"

namespace ekaci::git {

struct OpenOptions {
  std::filesystem::path directory{};        ///< the repository, bare or not, a work tree of it, or a directory in one
  std::filesystem::path cache_directory{};  ///< where merged objects and materialised trees go; made where it is missing
  std::size_t kept_trees = 8;               ///< materialised trees beyond those in use
  TreeBounds bounds{};                      ///< on a materialised tree
};

/// A git repository through the git command line (2.38 or newer). Of the user's repository only refs and objects are read, and
/// nothing in it is written; its settings, hooks and attributes run and change nothing (see PrivateDirectory). A repository of
/// another user is read all the same.
///
/// Trees that merging made can be read as long as the Repository lives; open one for each review. Safe from any thread.
/// not_found where the directory is in no repository; unsupported where git is too old.
Result<std::unique_ptr<engine::Repository>> open(const OpenOptions& options);

}  // namespace ekaci::git
