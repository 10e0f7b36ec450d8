#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <vector>

namespace ekaci {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kReadable = 0644;
constexpr mode_t kPrivate = 0600;

ErrorCode code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::permission_denied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return ErrorCode::resource_exhausted;
    case EEXIST:
    case EWOULDBLOCK:
      return ErrorCode::conflict;
    default:
      return ErrorCode::io;
  }
}

Failure system_failure(std::string_view action, const fs::path& path, int error) {
  return fail(code_of(error), "cannot {} {}: {}", action, path.string(), std::generic_category().message(error));
}

Status write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_durably(int fd, std::string_view bytes, mode_t mode, const fs::path& path) {
  Status written = write_all(fd, bytes, path);
  if (written && ::fchmod(fd, mode) != 0) written = system_failure("write", path, errno);
  if (written && ::fsync(fd) != 0) written = system_failure("write", path, errno);
  return written;
}

/// Gives a file without a name one; errno says why not.
bool give_name(int fd, const fs::path& name) {
  const std::string itself = fmt::format("/proc/self/fd/{}", fd);
  return ::linkat(AT_FDCWD, itself.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

/// Gives a file without a name the name of a file that is there. A link replaces nothing, so it takes a second name for a moment: one
/// with the number of its inode, which no other file has.
bool take_name(int fd, const fs::path& path) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return false;
  const fs::path second = fmt::format("{}.{}", path.string(), status.st_ino);
  if (!give_name(fd, second)) return false;
  if (::rename(second.c_str(), path.c_str()) == 0) return true;
  const int error = errno;
  ::unlink(second.c_str());
  errno = error;
  return false;
}

/// Writes a file that has no name until it is whole, so that nothing is left of it where the process is killed. Says false where the
/// file system or the machine knows no such files: then nothing has happened.
Result<bool> write_nameless(const fs::path& path, std::string_view bytes) {
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Fd fd(::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!fd) return false;
  if (const Status written = write_durably(fd.get(), bytes, kReadable, path); !written) return fail(written.error());
  return give_name(fd.get(), path) || (errno == EEXIST && take_name(fd.get(), path));
}

Status write_named(const fs::path& path, std::string_view bytes) {
  std::string pattern = path.string() + ".XXXXXX";
  const Fd fd(::mkostemp(pattern.data(), O_CLOEXEC));
  if (!fd) return system_failure("create a file beside", path, errno);
  Status written = write_durably(fd.get(), bytes, kReadable, path);
  if (written && ::rename(pattern.c_str(), path.c_str()) != 0) written = system_failure("replace", path, errno);
  if (!written) ::unlink(pattern.c_str());
  return written;
}

/// A Nix store's directories have no write bit, which would keep their entries from being removed.
void make_directories_writable(const fs::path& root) {
  std::error_code ignored;
  fs::permissions(root, fs::perms::owner_all, fs::perm_options::add | fs::perm_options::nofollow, ignored);
  for (fs::recursive_directory_iterator it(root, ignored), end; it != end; it.increment(ignored)) {
    if (ignored) return;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
  }
}

Result<Fd> open_lock(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return system_failure("open the lock", path, errno);
  return fd;
}

}  // namespace

Result<std::string> read_file(const fs::path& path, std::uint64_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return system_failure("open", path, errno);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return system_failure("read", path, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid_argument, "{} is not a regular file", path.string());
  if (static_cast<std::uint64_t>(status.st_size) > limit) {
    return fail(ErrorCode::resource_exhausted, "{} has {} bytes; at most {} are read", path.string(), status.st_size, limit);
  }
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("read", path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

Status write_file_atomically(const fs::path& path, std::string_view bytes) {
  const Result<bool> written = write_nameless(path, bytes);
  if (!written) return fail(written.error());
  return *written ? Status() : write_named(path, bytes);
}

Status write_private_file(const fs::path& path, std::string_view bytes) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kPrivate));
  if (!fd) return system_failure("create", path, errno);
  return write_durably(fd.get(), bytes, kPrivate, path);
}

Status sync_directory(const fs::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_failure("write", path, errno);
  return {};
}

Result<fs::path> make_unique_directory(const fs::path& parent, std::string_view prefix) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) return system_failure("create", parent, error.value());
  std::string pattern = fmt::format("{}/{}XXXXXX", parent.string(), prefix);
  if (::mkdtemp(pattern.data()) == nullptr) return system_failure("create a directory in", parent, errno);
  return fs::path(pattern);
}

Status remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return {};
  make_directories_writable(path);
  fs::remove_all(path, error);
  if (error) return system_failure("remove", path, error.value());
  return {};
}

Result<FileLock> FileLock::acquire(const fs::path& path) {
  Result<Fd> fd = open_lock(path);
  if (!fd) return fail(fd.error());
  while (::flock(fd->get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_failure("lock", path, errno);
  }
  return FileLock(std::move(*fd));
}

Result<FileLock> FileLock::try_acquire(const fs::path& path) {
  Result<Fd> fd = open_lock(path);
  if (!fd) return fail(fd.error());
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) return system_failure("lock", path, errno);
  return FileLock(std::move(*fd));
}

Result<fs::path> default_cache_directory() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing of ours writes the environment
    return value == nullptr ? "" : value;
  };
  if (const std::string own = variable("EKACI_CACHE_DIR"); !own.empty()) return fs::path(own);
  if (const std::string xdg = variable("XDG_CACHE_HOME"); !xdg.empty()) return fs::path(xdg) / "ekaci";
  if (const std::string home = variable("HOME"); !home.empty()) return fs::path(home) / ".cache" / "ekaci";
  return fail(ErrorCode::invalid_argument, "no place for the cache: set EKACI_CACHE_DIR, XDG_CACHE_HOME or HOME");
}

}  // namespace ekaci
