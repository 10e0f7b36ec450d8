#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "git/git_program.h"

namespace ekaci::git {

/// Where a user's repository lies, as git found it. Paths are absolute.
struct Location {
  std::filesystem::path git_directory;     ///< of this work tree: HEAD and index
  std::filesystem::path common_directory;  ///< shared by all work trees: objects, refs, settings
  std::string object_format;               ///< `sha1` or `sha256`
  bool shallow = false;
};

/// A git directory of our own whose objects are those of the user's repository and whatever we add: the user's is never
/// written. It has its own settings and attributes, so that nothing in the user's `.git/config`, `.git/info` or `.git/hooks` counts: no
/// merge driver, filter, textconv or hook of theirs can run. It is bare, so `.gitattributes` files of the tree do not steer a
/// merge, as on GitHub.
///
/// What merging adds lives as long as this does; the directory is removed on destruction, and those of processes that were
/// killed by the next that makes one. Immutable once made; any thread. Move-only.
class PrivateDirectory {
 public:
  /// Under `<cache>/git`.
  static Result<PrivateDirectory> make(const std::filesystem::path& cache, const Location& location);

  PrivateDirectory(PrivateDirectory&& other) noexcept = default;
  PrivateDirectory& operator=(PrivateDirectory&& other) = delete;
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// A call of git in here.
  [[nodiscard]] Invocation invocation(std::vector<std::string> arguments) const;

 private:
  PrivateDirectory(std::filesystem::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  Fd lock_;  ///< says that it is in use; empty where this was moved from
};

/// Whether some process has a PrivateDirectory of this cache: a review is being made.
bool has_private_directories(const std::filesystem::path& cache);

}  // namespace ekaci::git
