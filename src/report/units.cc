#include "report/units.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ekaci::report {
namespace {

constexpr std::array<std::string_view, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

}  // namespace

std::string duration_text(std::chrono::microseconds duration) {
  const std::int64_t milliseconds = std::max<std::int64_t>(0, duration.count() / 1000);
  if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
  if (milliseconds < 60'000) return fmt::format("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
  const std::int64_t seconds = milliseconds / 1000;
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
}

std::string bytes_text(std::uint64_t bytes) {
  std::size_t unit = 0;
  std::uint64_t rest = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    rest = bytes % 1024;
    bytes /= 1024;
    ++unit;
  }
  if (unit == 0 || bytes >= 10) return fmt::format("{} {}", bytes, kUnits[unit]);
  return fmt::format("{}.{} {}", bytes, rest * 10 / 1024, kUnits[unit]);
}

std::string size_difference_text(std::int64_t bytes) {
  if (bytes == 0) return "±0 B";
  const auto unsigned_bytes = static_cast<std::uint64_t>(bytes);
  return (bytes < 0 ? "-" : "+") + size_text(bytes < 0 ? 0 - unsigned_bytes : unsigned_bytes);
}

std::string percent_text(std::int64_t difference, std::uint64_t base) {
  constexpr double kMost = 9999;
  if (base == 0) return {};
  if (difference == 0) return "±0.0 %";
  const double percent = 100 * static_cast<double>(difference) / static_cast<double>(base);
  return percent > kMost ? ">+9999 %" : fmt::format("{:+.1f} %", percent);
}

}  // namespace ekaci::report
