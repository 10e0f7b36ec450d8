#include "git/tree_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "git/directory_lock.h"

namespace ekaci::git {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMaking = ".making-";
constexpr std::string_view kTrash = ".trash-";
constexpr std::string_view kLockSuffix = ".lock";

/// r-xr-xr-x
constexpr fs::perms kReadable = fs::perms::owner_read | fs::perms::owner_exec | fs::perms::group_read | fs::perms::group_exec |
                                fs::perms::others_read | fs::perms::others_exec;

/// Modification time of the lease's file is the tree's last use; a failure only makes the cleaner choose less well.
void touch(const Fd& lock) { static_cast<void>(::futimens(lock.get(), nullptr)); }

class LeasedTree final : public engine::MaterialisedTree {
 public:
  LeasedTree(fs::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) { touch(lock_); }
  LeasedTree(const LeasedTree&) = delete;
  LeasedTree& operator=(const LeasedTree&) = delete;
  ~LeasedTree() override { touch(lock_); }
  [[nodiscard]] const fs::path& path() const override { return path_; }

 private:
  fs::path path_;
  Fd lock_;
};

bool is_directory_at(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() == fs::file_type::directory;
}

fs::path lock_file(const fs::path& tree) { return tree.string() + std::string(kLockSuffix); }

fs::file_time_type last_use(const fs::path& tree) {
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(lock_file(tree), error);
  return error ? fs::file_time_type::min() : time;
}

/// What stands in the store's directory.
struct Content {
  std::vector<fs::path> trees;            ///< least recently used first
  std::vector<fs::path> hidden;           ///< being made or removed, or left behind
  std::vector<fs::path> treeless_leases;  ///< lease files without a tree
};

Content look(const fs::path& directory) {
  Content content;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(kMaking) || name.starts_with(kTrash)) content.hidden.push_back(it->path());
    if (TreeId::parse(name)) content.trees.push_back(it->path());
    if (name.ends_with(kLockSuffix) && !is_directory_at(directory / it->path().stem())) content.treeless_leases.push_back(it->path());
  }
  std::ranges::sort(content.trees, {}, [](const fs::path& tree) { return std::pair(last_use(tree), tree); });
  return content;
}

/// Takes a tree away from everyone, if no one leases it. The files are there still, under a name that no one asks for.
Result<LockedDirectory> put_aside(const fs::path& directory, const fs::path& tree) {
  const Result<Fd> alone = try_lock_file(lock_file(tree), LockKind::exclusive);
  if (!alone) return fail(alone.error());
  Result<LockedDirectory> trash = make_locked_directory(directory, kTrash);
  if (!trash) return trash;
  Result<Fd> lock = try_lock_directory(tree);
  if (!lock) return fail(lock.error());
  if (std::rename(tree.c_str(), trash->path.c_str()) != 0) {  // replaces the empty directory
    return fail(ErrorCode::io, "cannot remove {}: {}", tree.string(), std::generic_category().message(errno));
  }
  std::error_code ignored;
  fs::remove(lock_file(tree), ignored);
  return LockedDirectory{.path = std::move(trash->path), .lock = std::move(*lock)};
}

/// Puts the tree that was made in its place. One that another has put there meanwhile is as good.
Status publish(const fs::path& made, const fs::path& tree) {
  std::error_code error;
  fs::permissions(made, kReadable, error);
  if (error) return fail(ErrorCode::io, "cannot protect {}: {}", made.string(), error.message());
  if (std::rename(made.c_str(), tree.c_str()) == 0) return {};
  const int reason = errno;
  if (reason != EEXIST && reason != ENOTEMPTY) {
    return fail(ErrorCode::io, "cannot rename {} to {}: {}", made.string(), tree.string(), std::generic_category().message(reason));
  }
  return remove_tree(made);
}

/// Names this boot of the machine; empty where the kernel does not say (proc(5)).
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace

Result<TreeStore> TreeStore::open(const fs::path& directory, std::size_t kept) {
  std::error_code error;
  fs::create_directories(directory, error);
  // The files may be of a private repository: not for other users of the machine.
  if (!error) fs::permissions(directory, fs::perms::owner_all, error);
  if (error) return fail(ErrorCode::io, "cannot create {}: {}", directory.string(), error.message());
  TreeStore store(directory, kept);
  if (const Status forgotten = store.forget_earlier_boot(); !forgotten) return fail(forgotten.error());
  return store;
}

Result<std::shared_ptr<const engine::MaterialisedTree>> TreeStore::lease(const TreeId& tree, const Maker& maker) const {
  const fs::path path = directory_ / tree.to_string();
  Result<Fd> lock = fail(ErrorCode::internal, "not locked");
  bool is_there = false;
  {
    const Result<FileLock> gate = FileLock::acquire(directory_ / "gate");
    if (!gate) return fail(gate.error());
    lock = try_lock_file(lock_file(path), LockKind::shared);  // exclusive locks are taken inside the gate only
    is_there = is_directory_at(path);
  }
  if (!lock) return fail(lock.error());
  auto leased = std::make_shared<const LeasedTree>(path, std::move(*lock));
  if (is_there) return leased;
  if (const Status made = make(tree, maker); !made) return fail(made.error());
  if (const Status cleaned = clean(kept_); !cleaned) return fail(cleaned.error());
  return leased;
}

Status TreeStore::make(const TreeId& tree, const Maker& maker) const {
  Result<LockedDirectory> scratch = fail(ErrorCode::internal, "not made");
  {
    const Result<FileLock> gate = FileLock::acquire(directory_ / "gate");
    if (!gate) return fail(gate.error());
    scratch = make_locked_directory(directory_, kMaking);
  }
  if (!scratch) return fail(scratch.error());
  Status made = maker(scratch->path);
  if (made) made = publish(scratch->path, directory_ / tree.to_string());
  if (!made) {
    [[maybe_unused]] const Status removed = remove_tree(scratch->path);  // what stays is found by the next cleaning
  }
  return made;
}

Status TreeStore::clean(std::size_t kept) const {
  std::vector<LockedDirectory> doomed;
  {
    const Result<FileLock> gate = FileLock::acquire(directory_ / "gate");
    if (!gate) return fail(gate.error());
    const Content content = look(directory_);
    for (const fs::path& path : content.hidden) {
      Result<Fd> lock = try_lock_directory(path);
      if (lock) doomed.push_back({.path = path, .lock = std::move(*lock)});
    }
    for (const fs::path& lease : content.treeless_leases) {
      std::error_code ignored;
      if (try_lock_file(lease, LockKind::exclusive)) fs::remove(lease, ignored);
    }
    std::size_t excess = content.trees.size() - std::min(kept, content.trees.size());
    for (auto tree = content.trees.begin(); excess > 0 && tree != content.trees.end(); ++tree) {
      Result<LockedDirectory> trash = put_aside(directory_, *tree);
      if (!trash) continue;  // leased
      doomed.push_back(std::move(*trash));
      --excess;
    }
  }
  for (const LockedDirectory& directory : doomed) {
    [[maybe_unused]] const Status removed = remove_tree(directory.path);  // the next will try again
  }
  return {};
}

Status TreeStore::forget_earlier_boot() const {
  const std::string boot = boot_id();
  if (boot.empty()) return {};
  if (const Result<std::string> made_in = read_file(directory_ / "boot", 100); made_in && *made_in == boot) return {};
  if (Status cleaned = clean(0); !cleaned) return cleaned;
  return write_file_atomically(directory_ / "boot", boot);
}

Result<std::vector<StoredTree>> stored_trees(const fs::path& directory) {
  std::vector<StoredTree> trees;
  std::error_code missing;
  if (!fs::exists(directory, missing)) return trees;
  const Result<FileLock> gate = FileLock::acquire(directory / "gate");
  if (!gate) return fail(gate.error());
  for (const fs::path& tree : look(directory).trees) {
    const bool is_leased = !try_lock_file(lock_file(tree), LockKind::exclusive);
    trees.push_back({.name = tree.filename().string(), .used = last_use(tree), .is_leased = is_leased});
  }
  return trees;
}

Result<bool> remove_stored_tree(const fs::path& directory, const std::string& name) {
  if (!TreeId::parse(name)) return fail(ErrorCode::invalid_argument, "'{}' is no tree", printable_line(name));
  Result<LockedDirectory> trash = fail(ErrorCode::internal, "not put aside");
  {
    const Result<FileLock> gate = FileLock::acquire(directory / "gate");
    if (!gate) return fail(gate.error());
    if (!is_directory_at(directory / name)) return true;
    trash = put_aside(directory, directory / name);
  }
  if (!trash) return false;  // leased
  if (const Status removed = remove_tree(trash->path); !removed) return fail(removed.error());
  return true;
}

}  // namespace ekaci::git
