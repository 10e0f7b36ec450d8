#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/review.h"

/// Readers of what git stores and prints. Pure; everything in it is hostile bytes.
namespace ekaci::git {

/// The kinds of entry that a git tree can have, as its file modes tell them.
enum class EntryKind { file, executable, symlink, directory, submodule };

/// The kind for a mode such as `100644`; nullopt where git knows no such mode.
std::optional<EntryKind> parse_mode(std::string_view mode);

/// One entry of a tree object.
struct TreeEntry {
  EntryKind kind = EntryKind::file;
  std::string object;  ///< hexadecimal
  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

/// The entries of a tree object by name, in the order of the paths below them: a directory counts as `name/`.
using TreeEntries = std::map<std::string, TreeEntry>;

/// Reads the bytes of a tree object (gitformat: `<mode> SP <name> NUL <raw object id>`, repeated). `id_bytes` is 20 or 32. A
/// directory's key ends with `/`. corrupt where the bytes are no tree or have a name twice.
Result<TreeEntries> parse_tree_object(std::string_view bytes, std::size_t id_bytes);

/// The entry of that name, whatever it is; nullptr where there is none.
const TreeEntry* find_entry(const TreeEntries& entries, std::string_view name);

/// One line of a recursive listing.
struct ListedEntry {
  EntryKind kind = EntryKind::file;
  std::uint64_t size = 0;  ///< bytes; 0 for a submodule
  std::string_view path;   ///< into the listing's bytes
};

/// Reads what `git ls-tree -r -z -l` prints (git-ls-tree(1), OUTPUT FORMAT: `<mode> SP <type> SP <object> SP <size> TAB <path> NUL`,
/// the size padded by spaces). Of a format of one's own git 2.39 quotes the paths in spite of -z. corrupt where it is malformed,
/// not_found where an object is missing.
Result<std::vector<ListedEntry>> parse_listing(std::string_view bytes);

/// What `git merge-tree --write-tree -z --name-only` printed.
struct MergeOutput {
  std::string tree;                    ///< hexadecimal
  std::vector<ConflictingFile> files;  ///< each file once, in git's order; empty where the merge is clean
};

/// Reads it (git-merge-tree(1), OUTPUT, with -z). `conflicted` is whether the exit status was 1. corrupt where it is malformed.
enum class MergeEnd { clean, conflicted };
Result<MergeOutput> parse_merge_output(std::string_view bytes, MergeEnd end);

}  // namespace ekaci::git
