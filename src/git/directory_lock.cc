#include "git/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/files.h"

namespace ekaci::git {
namespace {

Result<Fd> locked(Fd fd, const std::filesystem::path& path, int operation) {
  if (!fd) {
    const ErrorCode missing = errno == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return fail(missing, "cannot open {}: {}", path.string(), std::generic_category().message(errno));
  }
  if (::flock(fd.get(), operation | LOCK_NB) == 0) return fd;
  const ErrorCode code = errno == EWOULDBLOCK ? ErrorCode::conflict : ErrorCode::io;
  return fail(code, "cannot lock {}: {}", path.string(), std::generic_category().message(errno));
}

}  // namespace

Result<Fd> try_lock_directory(const std::filesystem::path& directory) {
  return locked(Fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)), directory, LOCK_EX);
}

Result<Fd> try_lock_file(const std::filesystem::path& file, LockKind kind) {
  return locked(Fd(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)), file,
                kind == LockKind::shared ? LOCK_SH : LOCK_EX);
}

Result<LockedDirectory> make_locked_directory(const std::filesystem::path& parent, std::string_view prefix) {
  Result<std::filesystem::path> path = make_unique_directory(parent, prefix);
  if (!path) return fail(path.error());
  Result<Fd> lock = try_lock_directory(*path);
  if (!lock) return fail(lock.error());
  return LockedDirectory{.path = std::move(*path), .lock = std::move(*lock)};
}

}  // namespace ekaci::git
