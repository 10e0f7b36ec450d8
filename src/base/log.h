#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace ekaci {

enum class LogLevel { debug, info, warning, error };

/// What happened, for an operator: written to standard error, one line each, strangers' text made printable. Any thread.
class Log {
 public:
  explicit Log(LogLevel least) : least_(least) {}

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
  static void write_line(LogLevel level, std::string_view message);

  LogLevel least_;
};

}  // namespace ekaci
