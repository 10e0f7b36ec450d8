#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/log_line.h"

namespace ekaci {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::unique_ptr<spdlog::logger> standard_error(const char* pattern) {
  auto made = std::make_unique<spdlog::logger>("ekaci", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  made->set_pattern(pattern);
  made->set_level(spdlog::level::debug);
  made->flush_on(spdlog::level::debug);
  return made;
}

/// Both write to standard error, one line at a time.
spdlog::logger& text_logger() {
  static const std::unique_ptr<spdlog::logger> logger = standard_error("%H:%M:%S.%e %l %v");
  return *logger;
}
spdlog::logger& json_logger() {
  static const std::unique_ptr<spdlog::logger> logger = standard_error("%v");
  return *logger;
}

}  // namespace

Log Log::with(std::string_view key, std::string_view value) const {
  Log log = *this;
  const auto bound = std::ranges::find(log.fields_, key, &LogField::key);
  if (bound == log.fields_.end()) {
    log.fields_.push_back({.key = std::string(key), .value = std::string(value)});
  } else {
    bound->value = value;
  }
  return log;
}

void Log::write_line(LogLevel level, std::string_view message) const {
  const LogLine line{.level = level, .message = message, .fields = fields_};
  if (format_ == LogFormat::json) {
    json_logger().log(level_of(level), json_line(line, SystemClock().wall()));
  } else {
    text_logger().log(level_of(level), text_line(line));
  }
}

}  // namespace ekaci
