#include "git/private_directory.h"

#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "git/directory_lock.h"

namespace ekaci::git {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "repository-";

/// A shallow clone lists the commits it ends at; this is a million of them.
constexpr std::uint64_t kShallowBytes = std::uint64_t{64} << 20U;

/// Everything that decides about content is said, whatever git's defaults become. No commit graph: it is a copy that the
/// user's repository may hold wrong, and merge bases come from it.
constexpr std::string_view kSettings = R"([core]
	bare = true
	fileMode = true
	symlinks = true
	ignoreCase = false
	autocrlf = false
	eol = lf
	safecrlf = false
	attributesFile = /dev/null
	excludesFile = /dev/null
	hooksPath = /dev/null
	fsmonitor = false
	commitGraph = false
	logAllRefUpdates = false
[gc]
	auto = 0
[maintenance]
	auto = false
[merge]
	renames = true
	directoryRenames = conflict
	conflictStyle = merge
[checkout]
	workers = 2
	thresholdForParallelism = 100
[protocol]
	allow = never
)";

/// info/attributes wins over every `.gitattributes` of the tree: bytes are written as they are stored. `-` says no; `!` says
/// nothing, which working-tree-encoding needs (it refuses a plain no).
constexpr std::string_view kAttributes = "* -text -crlf -eol -ident -filter !working-tree-encoding\n";

std::string repository_format(const Location& location) {
  if (location.object_format == "sha1") return "[core]\n\trepositoryformatversion = 0\n";
  return fmt::format("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = {}\n", location.object_format);
}

/// A line of objects/info/alternates; quoted, since a path may begin with `#` or hold a line feed.
std::string alternates_line(const fs::path& path) {
  std::string line = "\"";
  for (const char c : path.string()) {
    if (c == '\n') {
      line += "\\n";
    } else {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
  }
  return line + "\"\n";
}

/// Without the fsync of write_file_atomically(): after a crash of the machine nobody reads this again.
Status write_file(const fs::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) return fail(ErrorCode::io, "cannot write {}", path.string());
  return {};
}

Status write_files(const fs::path& directory, const Location& location) {
  std::vector<std::pair<fs::path, std::string>> files = {
      {"HEAD", "ref: refs/heads/none\n"},
      {"config", repository_format(location) + std::string(kSettings)},
      {"info/attributes", std::string(kAttributes)},
      {"objects/info/alternates", alternates_line(location.common_directory / "objects")},
  };
  if (location.shallow) {
    Result<std::string> shallow = read_file(location.common_directory / "shallow", kShallowBytes);
    if (!shallow) return fail(shallow.error());
    files.emplace_back("shallow", std::move(*shallow));
  }
  for (const char* const name : {"refs", "info", "objects/info"}) {
    std::error_code error;
    fs::create_directories(directory / name, error);
    if (error) return fail(ErrorCode::io, "cannot create {}: {}", (directory / name).string(), error.message());
  }
  for (const auto& [name, content] : files) {
    if (Status written = write_file(directory / name, content); !written) return written;
  }
  return {};
}

/// Those that no living process has locked. They stay locked until removed, so that no other process removes them too.
std::vector<LockedDirectory> find_abandoned(const fs::path& parent) {
  std::vector<LockedDirectory> abandoned;
  std::error_code ignored;
  for (fs::directory_iterator it(parent, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (!it->path().filename().string().starts_with(kPrefix)) continue;
    Result<Fd> lock = try_lock_directory(it->path());
    if (lock) abandoned.push_back({.path = it->path(), .lock = std::move(*lock)});
  }
  return abandoned;
}

}  // namespace

Result<PrivateDirectory> PrivateDirectory::make(const fs::path& cache, const Location& location) {
  const fs::path parent = cache / "git";
  std::error_code error;
  fs::create_directories(parent, error);
  if (!error) fs::permissions(parent, fs::perms::owner_all, error);
  if (error) return fail(ErrorCode::io, "cannot create {}: {}", parent.string(), error.message());

  std::vector<LockedDirectory> abandoned;
  Result<LockedDirectory> made = fail(ErrorCode::internal, "not made");
  {
    const Result<FileLock> gate = FileLock::acquire(parent / "lock");
    if (!gate) return fail(gate.error());
    abandoned = find_abandoned(parent);
    made = make_locked_directory(parent, kPrefix);
  }
  for (const LockedDirectory& directory : abandoned) {
    [[maybe_unused]] const Status removed = remove_tree(directory.path);  // the next will try again
  }
  if (!made) return fail(made.error());
  PrivateDirectory directory(std::move(made->path), std::move(made->lock));
  if (const Status written = write_files(directory.path_, location); !written) return fail(written.error());
  return directory;
}

PrivateDirectory::~PrivateDirectory() {
  if (!lock_) return;
  [[maybe_unused]] const Status removed = remove_tree(path_);  // what stays is removed by the next process
}

bool has_private_directories(const fs::path& cache) {
  std::error_code missing;
  if (!fs::exists(cache / "git" / "lock", missing)) return false;
  // Behind the gate none is half made: one that cannot be locked is someone's.
  const Result<FileLock> gate = FileLock::acquire(cache / "git" / "lock");
  if (!gate) return true;
  for (fs::directory_iterator it(cache / "git", missing), end; !missing && it != end; it.increment(missing)) {
    if (it->path().filename().string().starts_with(kPrefix) && !try_lock_directory(it->path())) return true;
  }
  return false;
}

Invocation PrivateDirectory::invocation(std::vector<std::string> arguments) const {
  return {.arguments = std::move(arguments), .environment = {{"GIT_DIR", path_.string()}}, .directory = path_};
}

}  // namespace ekaci::git
