#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"

/// How a line of the log is written. Pure; whatever messages and values hold, the line is one line of printable text.
namespace ekaci {

/// One line before it is written.
struct LogLine {
  LogLevel level = LogLevel::info;
  std::string_view message{};
  std::span<const LogField> fields{};
};

/// `debug`, `warning`.
std::string_view to_string(LogLevel level);

/// The message and the fields, without time and level: `merge review=12 subject="branch main"`. A value is quoted where it would not be
/// read back as it is.
std::string text_line(const LogLine& line);

/// `{"time":"2026-11-23T08:36:08.123Z","level":"info","message":"merge","review":"12"}`. Texts are made printable here as well: they end
/// on terminals.
std::string json_line(const LogLine& line, Clock::Wall now);

}  // namespace ekaci
