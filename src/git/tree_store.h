#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/ports.h"
#include "model/object_id.h"

namespace ekaci::git {

/// Trees as files, kept by their hash for all reviews and processes that use one cache.
///
/// On disk, in one directory:
///   <tree>            the files; read-only; complete, since it was renamed here when it was
///   <tree>.lock       a lease is a shared flock on it; its modification time is the tree's last use
///   .making-XXXXXX    a tree that is being made, locked by its maker
///   .trash-XXXXXX     a tree that is being removed, locked by its remover
///   gate              an exclusive flock around every look at these names; never held while files are made or removed
///   boot              the boot in which the trees were made: those of an earlier one may have lost data that was not on disk yet
///
/// Nothing waits for anyone but at the gate. Two that need the same new tree both make it; the second to finish uses the
/// first's. Immutable; any thread, any number of processes.
class TreeStore {
 public:
  /// Fills an empty directory.
  using Maker = std::function<Status(const std::filesystem::path& directory)>;

  /// At most `kept` trees stay, and those that are leased beyond it.
  static Result<TreeStore> open(const std::filesystem::path& directory, std::size_t kept);

  /// The tree's files, made by `maker` where they are not there. The maker's error is handed on; nothing stays of it.
  [[nodiscard]] Result<std::shared_ptr<const engine::MaterialisedTree>> lease(const TreeId& tree, const Maker& maker) const;

 private:
  TreeStore(std::filesystem::path directory, std::size_t kept) : directory_(std::move(directory)), kept_(kept) {}
  [[nodiscard]] Status make(const TreeId& tree, const Maker& maker) const;
  [[nodiscard]] Status clean(std::size_t kept) const;
  [[nodiscard]] Status forget_earlier_boot() const;

  std::filesystem::path directory_;
  std::size_t kept_;
};

/// A tree in a TreeStore's directory.
struct StoredTree {
  std::string name{};  ///< the tree's id
  std::filesystem::file_time_type used{};
  bool is_leased = false;
};
/// Those that there are now, in any order.
Result<std::vector<StoredTree>> stored_trees(const std::filesystem::path& directory);
/// Whether it is gone now; a leased one stays. Whoever leases trees meanwhile is not kept waiting while files are removed.
Result<bool> remove_stored_tree(const std::filesystem::path& directory, const std::string& name);

}  // namespace ekaci::git
