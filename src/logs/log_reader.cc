#include "logs/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>

namespace ekaci::logs {
namespace {

/// More than the largest frame takes (ZSTD_COMPRESSBOUND of its text, header and checksum).
constexpr std::size_t kLargestFrame = kFrameText + kFrameText / 2;
constexpr std::uint32_t kLargestIndex = 16 * kMaxFrames + 64;
constexpr std::size_t kEnd = 8;

Failure cannot_read() { return fail(ErrorCode::io, "the log cannot be read: {}", std::generic_category().message(errno)); }

bool begins_index(std::string_view bytes) { return bytes.starts_with(std::string_view("\x5A\x2A\x4D\x18", 4)); }

}  // namespace

Result<LogReader> LogReader::open(const std::filesystem::path& file) {
  Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return fail(ErrorCode::not_found, "there is no log {}: it may have been cleaned away", file.string());
  if (!fd) return cannot_read();
  LogReader reader(std::move(fd));
  const Status indexed = reader.read_index();
  if (!indexed) return fail(indexed.error(), file.string());
  return reader;
}

Status LogReader::read_index() {
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) return cannot_read();
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < kEnd) return {};
  const Result<std::string> end = read_at(size - kEnd, kEnd);
  if (!end) return fail(end.error());
  const std::optional<std::uint32_t> frame = index_size(*end);
  if (!frame) return {};
  if (*frame > size || *frame > kLargestIndex) return fail(ErrorCode::corrupt, "the log's index is damaged");
  const Result<std::string> bytes = read_at(size - *frame, *frame);
  if (!bytes) return fail(bytes.error());
  Result<Index> index = decode_index(*bytes);
  if (!index) return fail(index.error());
  index_ = std::move(*index);
  return {};
}

Result<std::optional<std::string>> LogReader::next() {
  const Result<std::string> bytes = read_at(offset_, kLargestFrame);
  if (!bytes) return fail(bytes.error());
  if (begins_index(*bytes)) {
    ended_ = true;
    return std::nullopt;
  }
  const std::optional<std::size_t> size = frame_size(*bytes);
  // A frame that is not all there is one that is being written, unless there is more behind it than the largest takes.
  if (!size && bytes->size() == kLargestFrame) return fail(ErrorCode::corrupt, "the log is damaged at byte {}", offset_);
  if (!size) return std::nullopt;
  Result<std::string> text = decode_frame(std::string_view(*bytes).substr(0, *size));
  if (!text) return fail(text.error());
  offset_ += *size;
  return std::move(*text);
}

void LogReader::go_to(std::uint64_t place) {
  offset_ = std::min<std::uint64_t>(place, std::numeric_limits<off_t>::max() - kLargestFrame);
  ended_ = false;
}

Result<Clock::Wall> LogReader::written() const {
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) return cannot_read();
  const auto since_1970 = std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return Clock::Wall(std::chrono::duration_cast<Clock::Wall::duration>(since_1970));
}

Result<std::uint64_t> LogReader::seek_line(std::uint64_t line) {
  std::uint64_t before = 0;
  offset_ = 0;
  ended_ = false;
  if (index_) {
    for (const FrameEntry& entry : index_->frames) {
      if (&entry == &index_->frames.back() || before + entry.line_feeds > line) return before;
      before += entry.line_feeds;
      offset_ += entry.stored;
    }
    return before;
  }
  while (true) {
    const std::uint64_t start = offset_;
    const Result<std::optional<std::string>> read = next();
    if (!read) return fail(read.error());
    const std::optional<std::string>& piece = *read;
    const std::uint64_t line_feeds = piece ? count_line_feeds(*piece) : 0;
    if (!piece || before + line_feeds > line) {
      offset_ = start;
      return before;
    }
    before += line_feeds;
  }
}

Result<std::string> LogReader::read_at(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::pread(file_.get(), bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read();
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace ekaci::logs
