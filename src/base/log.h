#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ekaci {

enum class LogLevel { debug, info, warning, error };

enum class LogFormat {
  text,  ///< for people: the local time, the level, the message, then the fields as `key=value`
  json,  ///< one object a line: `time` (RFC 3339, UTC), `level`, `message`, then the fields
};

/// Something that is known of a line besides its message.
struct LogField {
  std::string key{};
  std::string value{};
};

/// What happened, for an operator: written to standard error, one line each, strangers' text made printable. Any thread.
class Log {
 public:
  explicit Log(LogLevel least, LogFormat format = LogFormat::text) : least_(least), format_(format) {}

  /// A log whose lines say besides what they are about: `log.with("review", "12")`. The key is a word of ours in lower case; a value that
  /// was bound to it before gives way. No secrets.
  [[nodiscard]] Log with(std::string_view key, std::string_view value) const;

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::debug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::warning, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::error, format, std::forward<Args>(args)...);
  }

 private:
  template <class... Args>
  void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    if (level >= least_) write_line(level, fmt::format(format, std::forward<Args>(args)...));
  }
  void write_line(LogLevel level, std::string_view message) const;

  LogLevel least_;
  LogFormat format_;
  std::vector<LogField> fields_{};
};

}  // namespace ekaci
