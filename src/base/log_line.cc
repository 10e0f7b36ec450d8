#include "base/log_line.h"

#include <fmt/chrono.h>

#include <chrono>

#include "base/text.h"

namespace ekaci {
namespace {

/// As a string of JSON. Control characters are escaped by printable_line() already.
std::string quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : printable_line(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// A value that a reader who splits at blanks and `=` finds again.
bool is_plain(std::string_view value) { return !value.empty() && value.find_first_of(" =\"\\\t\n\r") == std::string_view::npos; }

std::string rfc3339(Clock::Wall time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(Clock::Wall::clock::to_time_t(seconds)), milliseconds);
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      break;
  }
  return "error";
}

std::string text_line(const LogLine& line) {
  std::string text = printable_line(line.message);
  for (const LogField& field : line.fields) {
    text += fmt::format(" {}={}", field.key, is_plain(field.value) ? printable_line(field.value) : quoted(field.value));
  }
  return text;
}

std::string json_line(const LogLine& line, Clock::Wall now) {
  std::string text = fmt::format(R"({{"time":"{}","level":"{}","message":{})", rfc3339(now), to_string(line.level), quoted(line.message));
  for (const LogField& field : line.fields) text += fmt::format(",{}:{}", quoted(field.key), quoted(field.value));
  return text + '}';
}

}  // namespace ekaci
