#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/files.h"
#include "base/result.h"

namespace ekaci::nix {

/// What becomes of what is still to be removed when a Trash is destroyed.
enum class LastTrash {
  removed,  ///< before the destructor returns
  left,     ///< to the next process, which removes it as what one that was killed left behind
};

/// Removes directories of scratches on a thread of its own: a store of thousands of files takes a while, on a slow disk minutes. Any
/// thread.
class Trash {
 public:
  explicit Trash(LastTrash last = LastTrash::removed);
  ~Trash();
  Trash(const Trash&) = delete;
  Trash& operator=(const Trash&) = delete;

  void remove(std::filesystem::path directory);

 private:
  void work();
  void clear(const std::filesystem::path& directory);
  bool is_over();
  LastTrash last_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::filesystem::path> waiting_;
  bool ending_ = false;
  std::thread thread_;
};

/// A directory for one evaluation: its private store and the few files that the evaluator is given. No two processes share one.
/// A lock beside it shows that it is in use; what a killed process left behind is removed by the next open(). Removed at the end
/// of its life. Move-only through unique_ptr.
class Scratch {
 public:
  /// Makes a new one below `parent`, and hands leftovers there to `trash`.
  static Result<std::unique_ptr<Scratch>> open(const std::filesystem::path& parent, std::shared_ptr<Trash> trash);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  /// What the evaluator sees as /nix.
  [[nodiscard]] std::filesystem::path nix() const { return directory_ / "nix"; }
  /// Where files of /nix/store lie on this machine.
  [[nodiscard]] std::filesystem::path store() const { return nix() / "store"; }
  [[nodiscard]] std::filesystem::path walker() const { return directory_ / "walker"; }
  [[nodiscard]] std::filesystem::path configuration() const { return directory_ / "etc"; }
  [[nodiscard]] std::filesystem::path temporary() const { return directory_ / "tmp"; }

 private:
  Scratch(std::filesystem::path directory, FileLock lock, std::shared_ptr<Trash> trash);
  std::filesystem::path directory_;
  FileLock lock_;
  std::shared_ptr<Trash> trash_;
};

/// Bytes that can still be written to the file system that holds this path.
Result<std::uint64_t> free_space(const std::filesystem::path& path);

}  // namespace ekaci::nix
