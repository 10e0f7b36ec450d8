#include "retention/space.h"

#include <fts.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

namespace ekaci::retention {
namespace {

constexpr std::uint64_t kBlock = 512;  // of st_blocks, whatever the file system's are

struct Close {
  void operator()(FTS* walk) const { ::fts_close(walk); }
};

}  // namespace

std::uint64_t bytes_below(const std::filesystem::path& directory) {
  std::string start = directory.string();
  const std::array<char*, 2> starts = {start.data(), nullptr};
  // Unlike the standard's iterator it goes on behind what it cannot read or what has gone.
  const std::unique_ptr<FTS, Close> walk(::fts_open(starts.data(), FTS_PHYSICAL | FTS_NOCHDIR, nullptr));
  if (!walk) return 0;
  std::uint64_t bytes = 0;
  while (const FTSENT* entry = ::fts_read(walk.get())) {
    const bool has_status = entry->fts_info != FTS_NS && entry->fts_info != FTS_ERR && entry->fts_info != FTS_DNR;
    if (has_status && entry->fts_info != FTS_DP) bytes += static_cast<std::uint64_t>(entry->fts_statp->st_blocks) * kBlock;
  }
  return bytes;
}

Result<std::uint64_t> free_space(const std::filesystem::path& directory) {
  struct statvfs status{};
  if (::statvfs(directory.c_str(), &status) != 0) {
    return fail(ErrorCode::io, "how much is free in {} cannot be asked: {}", directory.string(), std::generic_category().message(errno));
  }
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace ekaci::retention
