#include "app/log_text.h"

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "app/output.h"
#include "base/text.h"
#include "report/facts_builds.h"
#include "report/units.h"

namespace ekaci::app {
namespace {

/// A line that is longer is shown in pieces.
constexpr std::size_t kLongestLine = std::size_t{64} << 10U;

Status write(std::string_view text) {
  if (write_text(STDOUT_FILENO, text)) return {};
  return fail(ErrorCode::io, "cannot write to standard output");
}

}  // namespace

std::string introduction_of(const engine::KeptAttempt& kept) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(kept.attempt.end - kept.attempt.start);
  std::string line = fmt::format("{}, attempt {} on {}: {}, {}", kept.attempt.derivation.to_string(), kept.attempt.number,
                                 printable_line(kept.attempt.builder),
                                 report::result_in_words(kept.attempt.result, kept.attempt.exit_status), report::duration_text(time));
  if (kept.log.bytes_left_out > 0) line += fmt::format("; {} of {} bytes are left out", kept.log.bytes_left_out, kept.log.bytes);
  return line;
}

Status LogPrinter::print(std::string_view piece) {
  if (form_ == LogCommand::Form::raw) return write(piece);
  rest_ += piece;
  const std::size_t end = rest_.size() > kLongestLine ? rest_.size() : rest_.rfind('\n') + 1;
  if (end == 0) return {};
  Status printed = write(printable(std::string_view(rest_).substr(0, end)));
  rest_.erase(0, end);
  return printed;
}

Status LogPrinter::finish() {
  const std::string last = std::exchange(rest_, {});
  if (last.empty()) return {};
  return write(printable(last) + "\n");
}

}  // namespace ekaci::app
