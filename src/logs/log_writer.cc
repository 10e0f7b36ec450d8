#include "logs/log_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace ekaci::logs {
namespace {

constexpr std::size_t kMaxPhaseName = 200;
/// From so many frames on only full ones are written, so that a log that trickles for days stays within kMaxFrames.
constexpr std::size_t kManyFrames = kMaxFrames / 2;

/// Of a frame with this text, as far as it is known before the frame is made.
FrameEntry entry_of(std::string_view text, FrameKind kind) {
  return {.text = static_cast<std::uint32_t>(text.size()), .line_feeds = static_cast<std::uint32_t>(count_line_feeds(text)), .kind = kind};
}

}  // namespace

FileLogWriter::FileLogWriter(Fd file, std::string name, const Clock& clock, LogBounds bounds)
    : file_(std::move(file)), name_(std::move(name)), clock_(clock), bounds_(bounds), flushed_(clock.now() - bounds.delay) {}

void FileLogWriter::write(std::string_view bytes) {
  if (bytes.empty()) return;
  index_.bytes += bytes.size();
  index_.lines += count_line_feeds(bytes);
  ends_with_line_feed_ = bytes.back() == '\n';
  note_recent(bytes);
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), kFrameText - buffer_.size());
    buffer_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (buffer_.size() == kFrameText) flush();
  }
  idle();
}

void FileLogWriter::phase(std::string_view name) { phase_ = name.substr(0, kMaxPhaseName); }

void FileLogWriter::idle() {
  // Frames of the tail are not seen before the end, so they may as well be full.
  if (buffer_.empty() || !is_in_head() || index_.frames.size() >= kManyFrames) return;
  if (clock_.now() - flushed_ >= bounds_.delay) flush();
}

void FileLogWriter::flush() {
  if (buffer_.empty()) return;
  flushed_ = clock_.now();
  const FrameEntry entry = entry_of(buffer_, FrameKind::text);
  Result<std::string> frame = encode_frame(buffer_);
  buffer_.clear();
  if (!frame) {
    if (kept_) kept_ = fail(frame.error());
    return;
  }
  if (is_in_head()) {
    head_text_ += entry.text;
    keep(*frame, entry);
  } else {
    hold(std::move(*frame), entry);
  }
}

void FileLogWriter::keep(std::string_view frame, const FrameEntry& entry) {
  index_.frames.push_back(entry);
  index_.frames.back().stored = static_cast<std::uint32_t>(frame.size());
  append_to_file(frame);
}

void FileLogWriter::hold(std::string frame, const FrameEntry& entry) {
  tail_.push_back({std::move(frame), entry});
  tail_text_ += entry.text;
  while (tail_text_ > bounds_.tail && tail_.size() > 1) {
    const FrameEntry& oldest = tail_.front().entry;
    tail_text_ -= oldest.text;
    index_.bytes_left_out += oldest.text;
    line_feeds_left_out_ += oldest.line_feeds;
    tail_.pop_front();
  }
}

void FileLogWriter::release_tail() {
  if (index_.bytes_left_out > 0) {
    const std::string told =
        fmt::format("\n[ekaci: {} lines, {} bytes, are left out of this log here]\n", line_feeds_left_out_, index_.bytes_left_out);
    const FrameEntry gap = entry_of(told, FrameKind::gap);
    if (Result<std::string> frame = encode_frame(told)) keep(*frame, gap);
  }
  for (const HeldFrame& held : tail_) keep(held.frame, held.entry);
  tail_.clear();
}

engine::LogSummary FileLogWriter::finish(Status& kept) {
  flush();
  release_tail();
  if (!ends_with_line_feed_) ++index_.lines;
  append_to_file(encode_index(index_));
  kept = kept_;
  return {.name = name_,
          .bytes = index_.bytes,
          .lines = index_.lines,
          .bytes_left_out = index_.bytes_left_out,
          .phase = phase_,
          .last_lines = last_lines()};
}

void FileLogWriter::append_to_file(std::string_view bytes) {
  while (kept_ && !bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      kept_ = fail(error == ENOSPC ? ErrorCode::resource_exhausted : ErrorCode::io, "the log {} cannot be written: {}", name_,
                   std::generic_category().message(error));
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void FileLogWriter::note_recent(std::string_view bytes) {
  const std::size_t wanted = bounds_.last_lines * (bounds_.last_line_bytes + 1);
  recent_.append(bytes.substr(bytes.size() - std::min(bytes.size(), wanted)));
  // Cut down now and then, not for every line.
  if (recent_.size() > 4 * wanted) recent_.erase(0, recent_.size() - wanted);
}

std::vector<std::string> FileLogWriter::last_lines() const {
  std::string_view text = recent_;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return {};
  const std::vector<std::string_view> lines = split(text, '\n');
  const std::size_t count = std::min(lines.size(), bounds_.last_lines);
  std::vector<std::string> last;
  for (const std::string_view line : std::span(lines).last(count)) last.emplace_back(line.substr(0, bounds_.last_line_bytes));
  return last;
}

}  // namespace ekaci::logs
