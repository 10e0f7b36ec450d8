#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace ekaci {

/// The whole of a regular file, never following a last symlink to a device. Fails with resource_exhausted where it holds more
/// than `limit` bytes, not_found where it does not exist.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit);

/// Writes all bytes to a new file beside `path` and renames it there: readers see the old content or the new, never a part.
Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Writes a new file that only its owner reads (mode 0600), to the disk. `conflict` where something has the name. Until sync_directory()
/// its name may be lost with the power.
Status write_private_file(const std::filesystem::path& path, std::string_view bytes);

/// Brings a directory's names to the disk, so that they outlive a loss of power.
Status sync_directory(const std::filesystem::path& path);

/// Makes a directory that no other process uses, `<parent>/<prefix>XXXXXX`, with mode 0700.
Result<std::filesystem::path> make_unique_directory(const std::filesystem::path& parent, std::string_view prefix);

/// Removes a tree, also where its directories are read-only (as in a Nix store). Never follows symlinks.
Status remove_tree(const std::filesystem::path& path);

/// An exclusive advisory lock (flock) on a file, held until destruction; made where it is missing.
class FileLock {
 public:
  /// Waits until the lock is free.
  static Result<FileLock> acquire(const std::filesystem::path& path);
  /// Fails with ErrorCode::conflict where another process holds it.
  static Result<FileLock> try_acquire(const std::filesystem::path& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

/// Where EkaCI keeps what can be made again: $EKACI_CACHE_DIR, else $XDG_CACHE_HOME/ekaci, else ~/.cache/ekaci.
Result<std::filesystem::path> default_cache_directory();

}  // namespace ekaci
