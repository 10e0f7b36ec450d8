#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "logs/frames.h"

namespace ekaci::logs {

/// Reads a log, also one that is still being written. One thread at a time. What it gives is hostile text.
class LogReader {
 public:
  /// not_found where there is no such file; corrupt where its end is damaged.
  static Result<LogReader> open(const std::filesystem::path& file);

  /// The next piece of text; nullopt where nothing more is there, for now or for ever. Corrupt where the file is damaged.
  Result<std::optional<std::string>> next();
  /// Whether the log's writer has ended it and all of it was given.
  [[nodiscard]] bool has_ended() const { return ended_; }

  /// By which go_to() finds the place again that next() goes on from; 0 at the start.
  [[nodiscard]] std::uint64_t place() const { return offset_; }
  /// Makes next() go on from a place that place() gave, also of another reader of the log. Of another place it gives nothing or fails.
  void go_to(std::uint64_t place);
  /// When something was written to the file last.
  [[nodiscard]] Result<Clock::Wall> written() const;

  /// What the writer noted at the end; nullopt where it was killed or is still writing.
  [[nodiscard]] const std::optional<Index>& index() const { return index_; }
  /// Makes next() go on with the piece that has this line, the first being 0, or the last piece where there are not so many lines.
  /// Answers how many lines end before that piece. Reads what lies before where there is no index.
  Result<std::uint64_t> seek_line(std::uint64_t line);

 private:
  explicit LogReader(Fd file) : file_(std::move(file)) {}
  Status read_index();
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) const;

  Fd file_;
  std::optional<Index> index_{};
  std::uint64_t offset_ = 0;  ///< of the next frame
  bool ended_ = false;
};

}  // namespace ekaci::logs
