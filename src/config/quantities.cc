#include "config/quantities.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <system_error>

namespace ekaci::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

/// From the smallest; the first of a size is the one to write.
constexpr std::array<Unit, 9> kSizeUnits = {{{"", 1},
                                             {"KiB", std::uint64_t{1} << 10U},
                                             {"K", std::uint64_t{1} << 10U},
                                             {"MiB", std::uint64_t{1} << 20U},
                                             {"M", std::uint64_t{1} << 20U},
                                             {"GiB", std::uint64_t{1} << 30U},
                                             {"G", std::uint64_t{1} << 30U},
                                             {"TiB", std::uint64_t{1} << 40U},
                                             {"T", std::uint64_t{1} << 40U}}};
constexpr std::array<Unit, 4> kTimeUnits = {{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};

constexpr std::uint64_t kLongestSeconds = std::uint64_t{86400} * 365 * 1000;

/// Digits, then one of the units; nullopt where that is not it, or more than `most`.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units, std::uint64_t most) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end() || number > most / unit->factor) return std::nullopt;
  return number * unit->factor;
}

std::string quantity_text(std::uint64_t number, std::span<const Unit> units) {
  Unit largest = units.front();
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0 && unit.factor > largest.factor) largest = unit;
  }
  return fmt::format("{}{}", number / largest.factor, largest.name);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits, std::numeric_limits<std::uint64_t>::max());
}

std::string size_text(std::uint64_t bytes) { return quantity_text(bytes, kSizeUnits); }

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  const std::optional<std::uint64_t> seconds = parse_quantity(text, kTimeUnits, kLongestSeconds);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

std::string duration_text(std::chrono::seconds duration) { return quantity_text(static_cast<std::uint64_t>(duration.count()), kTimeUnits); }

}  // namespace ekaci::config
