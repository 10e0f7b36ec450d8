#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "git/git_program.h"
#include "git/private_directory.h"
#include "model/object_id.h"

namespace ekaci::git {

/// How large a tree may be. A few objects of a hostile repository can name billions of files.
struct TreeBounds {
  std::uint64_t entries = 500'000;
  std::uint64_t bytes = std::uint64_t{16} << 30U;
};

/// Whether a tree has at most so many entries below it; resource_exhausted where it has more, not_found where it cannot be read.
/// Takes neither memory nor much time, whatever the tree.
struct EntryCount {
  std::string tree;  ///< a full id of a tree or commit
  std::uint64_t most = 0;
};
Status check_entry_count(const GitProgram& git, const PrivateDirectory& home, const EntryCount& count, const CancelToken& cancel);

/// Writes a tree's files, byte for byte as they are stored, into an empty directory, and takes the write bits from all but the
/// directory itself: files are 0444 or 0555. Symlinks stay symlinks; a submodule is an empty directory. Errors: corrupt where the
/// tree holds names that git does not write (`.git`, `..`) or two entries in one place; resource_exhausted beyond the bounds;
/// not_found where the repository lacks an object; cancelled; timed_out.
struct CheckoutRequest {
  TreeId tree;
  std::filesystem::path directory;
  TreeBounds bounds;
};
Status check_out(const GitProgram& git, const PrivateDirectory& home, const CheckoutRequest& request, const CancelToken& cancel);

}  // namespace ekaci::git
