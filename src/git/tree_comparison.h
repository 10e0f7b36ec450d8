#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/formats.h"
#include "git/object_reader.h"
#include "model/object_id.h"

namespace ekaci::git {

/// A tree object's entries. not_found, corrupt, resource_exhausted for one of more than 64 MiB.
Result<TreeEntries> read_tree(ObjectReader& objects, std::string_view id);

/// A file, symlink or submodule that differs, and what it is on each side where it is there.
struct EntryDifference {
  std::string path;
  std::optional<TreeEntry> base{};
  std::optional<TreeEntry> head{};
};

/// The files, symlinks and submodules that differ between two trees: the first `limit` of them, sorted by the bytes of their paths.
/// Reads only the directories that differ. In here and not by `git diff-tree`, which collects every path before it prints
/// one: a few objects of a hostile tree name billions. resource_exhausted where more than 200 000 directories differ.
Result<std::vector<EntryDifference>> compare_entries(ObjectReader& objects, const TreeId& base, const TreeId& head, std::size_t limit);

}  // namespace ekaci::git
