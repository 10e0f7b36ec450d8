#include "nix/scratch.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "evaluation-";
constexpr std::string_view kTrash = "trash-";
constexpr std::string_view kLockSuffix = ".lock";

fs::path lock_of(const fs::path& directory) { return directory.string() + std::string(kLockSuffix); }

/// Out of the way at once, under a name that a cleaner knows, and then removed. Whoever calls holds the directory's lock.
void discard(const fs::path& directory, Trash& trash) {
  const fs::path doomed = directory.parent_path() / (std::string(kTrash) + directory.filename().string());
  std::error_code error;
  fs::rename(directory, doomed, error);
  fs::remove(lock_of(directory), error);
  trash.remove(doomed);
}

/// None where it cannot be read.
std::vector<fs::path> entries_of(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) entries.push_back(entry.path());
  return entries;
}

/// What processes that were killed left behind. The caller holds the parent's lock, so that none is just being made.
void discard_leftovers(const fs::path& parent, Trash& trash) {
  for (const fs::path& entry : entries_of(parent)) {
    const std::string name = entry.filename().string();
    if (name.starts_with(kTrash)) trash.remove(entry);
    if (!name.starts_with(kPrefix) || name.ends_with(kLockSuffix)) continue;
    if (const Result<FileLock> unused = FileLock::try_acquire(lock_of(entry)); unused) discard(entry, trash);
  }
}

Status make_directories(const fs::path& directory) {
  for (const char* name : {"nix/store", "nix/var", "walker", "etc", "tmp"}) {
    std::error_code error;
    fs::create_directories(directory / name, error);
    if (error) return fail(ErrorCode::io, "cannot create {}: {}", (directory / name).string(), error.message());
  }
  return {};
}

}  // namespace

Trash::Trash(LastTrash last) : last_(last), thread_([this] { work(); }) {}

Trash::~Trash() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Trash::remove(fs::path directory) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(directory));
  }
  changed_.notify_all();
}

void Trash::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty() || (ending_ && last_ == LastTrash::left)) return;
    const fs::path directory = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    clear(directory);
    lock.lock();
  }
}

void Trash::clear(const fs::path& directory) {
  if (last_ == LastTrash::left) {
    // Nearly all of it lies there, and the end is not to wait for more than one of them.
    for (const fs::path& piece : entries_of(directory / "nix" / "store")) {
      if (is_over()) return;
      [[maybe_unused]] const Status removed = remove_tree(piece);
    }
  }
  // Another process may be removing the same leftover; what neither can remove, the next start tries again.
  [[maybe_unused]] const Status removed = remove_tree(directory);
}

bool Trash::is_over() {
  const std::scoped_lock lock(mutex_);
  return ending_;
}

Result<std::unique_ptr<Scratch>> Scratch::open(const fs::path& parent, std::shared_ptr<Trash> trash) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) return fail(ErrorCode::io, "cannot create {}: {}", parent.string(), error.message());
  Result<FileLock> parent_lock = FileLock::acquire(parent / "lock");
  if (!parent_lock) return fail(parent_lock.error());
  discard_leftovers(parent, *trash);
  Result<fs::path> directory = make_unique_directory(parent, kPrefix);
  if (!directory) return fail(directory.error());
  Result<FileLock> lock = FileLock::try_acquire(lock_of(*directory));
  if (!lock) return fail(lock.error());
  std::unique_ptr<Scratch> scratch(new Scratch(std::move(*directory), std::move(*lock), std::move(trash)));
  if (Status made = make_directories(scratch->directory_); !made) return fail(made.error());
  return scratch;
}

Scratch::Scratch(fs::path directory, FileLock lock, std::shared_ptr<Trash> trash)
    : directory_(std::move(directory)), lock_(std::move(lock)), trash_(std::move(trash)) {}

Scratch::~Scratch() { discard(directory_, *trash_); }

Result<std::uint64_t> free_space(const fs::path& path) {
  struct statvfs status{};
  if (::statvfs(path.c_str(), &status) != 0) {
    return fail(ErrorCode::io, "cannot ask {} for its free space: {}", path.string(), std::generic_category().message(errno));
  }
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace ekaci::nix
