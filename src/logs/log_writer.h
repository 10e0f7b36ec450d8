#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "engine/build_ports.h"
#include "logs/frames.h"

namespace ekaci::logs {

/// How much of a log is kept.
struct LogBounds {
  std::uint64_t head = std::uint64_t{16} << 20U;  ///< bytes of text from its start
  std::uint64_t tail = std::uint64_t{4} << 20U;   ///< bytes of text up to its end, where it is longer than the head
  std::size_t last_lines = 20;                    ///< that the summary repeats
  std::size_t last_line_bytes = 500;              ///< of each of them
  /// A reader sees what was written at the latest so long after it, as long as the head is being written.
  std::chrono::milliseconds delay{250};
};

/// Writes one log into a file of its own, as frames.h says. Memory: the tail, compressed, and one frame of text. A log that is
/// longer than head and tail keeps both, and says between them how much is missing.
class FileLogWriter final : public engine::LogWriter {
 public:
  /// `file` is empty and open for writing; `clock` outlives the writer.
  FileLogWriter(Fd file, std::string name, const Clock& clock, LogBounds bounds = {});

  void write(std::string_view bytes) override;
  void phase(std::string_view name) override;
  void idle() override;
  engine::LogSummary finish(Status& kept) override;

  /// By which the archive finds the log again.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  /// A frame that may yet be left out.
  struct HeldFrame {
    std::string frame;
    FrameEntry entry;
  };
  [[nodiscard]] bool is_in_head() const { return head_text_ < bounds_.head; }
  void flush();
  void keep(std::string_view frame, const FrameEntry& entry);
  void hold(std::string frame, const FrameEntry& entry);
  void release_tail();
  void append_to_file(std::string_view bytes);
  void note_recent(std::string_view bytes);
  [[nodiscard]] std::vector<std::string> last_lines() const;

  Fd file_;
  std::string name_;
  const Clock& clock_;
  LogBounds bounds_;
  Status kept_{};
  Index index_{};
  std::string phase_{};
  std::string buffer_{};  ///< text that is in no frame yet
  std::string recent_{};  ///< the end of all text
  Clock::Instant flushed_;
  std::uint64_t head_text_ = 0;
  std::uint64_t tail_text_ = 0;
  std::uint64_t line_feeds_left_out_ = 0;
  bool ends_with_line_feed_ = true;
  std::deque<HeldFrame> tail_{};
};

}  // namespace ekaci::logs
