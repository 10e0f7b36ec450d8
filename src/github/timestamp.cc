#include "github/timestamp.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace ekaci::github {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds kFirst = sys_days{std::chrono::year{1970} / 1 / 1};
constexpr sys_seconds kBehindLast = sys_days{std::chrono::year{2200} / 1 / 1};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number that stands at a place in so many digits; -1 where there are none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || !is_digit(text[i])) return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

bool is_in(int number, int first, int last) { return number >= first && number <= last; }

std::optional<sys_days> parse_date(std::string_view text) {
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  if (!is_in(year, 1969, 2200) || !is_in(month, 1, 12) || !is_in(day, 1, 31) || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<std::chrono::seconds> parse_time_of_day(std::string_view text) {
  const int hour = digits(text, 0, 2);
  const int minute = digits(text, 3, 2);
  const int second = digits(text, 6, 2);
  if (!is_in(hour, 0, 23) || !is_in(minute, 0, 59) || !is_in(second, 0, 59) || text[2] != ':' || text[5] != ':') return std::nullopt;
  return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

/// What is behind the seconds: `Z`, `.5Z`, `+01:00`. How far the clock there is ahead.
std::optional<std::chrono::seconds> parse_zone(std::string_view text) {
  if (text.starts_with('.')) {
    const auto* const end = std::find_if_not(text.begin() + 1, text.end(), is_digit);
    if (end == text.begin() + 1) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  if (text == "Z") return std::chrono::seconds{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  if (!is_in(hours, 0, 23) || !is_in(minutes, 0, 59)) return std::nullopt;
  const std::chrono::seconds ahead = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return text[0] == '+' ? ahead : -ahead;
}

std::optional<Clock::Wall> in_range(sys_seconds time) {
  if (time < kFirst || time >= kBehindLast) return std::nullopt;
  return time;
}

}  // namespace

std::optional<Clock::Wall> parse_timestamp(std::string_view text) {
  constexpr std::size_t kShortest = std::string_view("2024-01-31T12:00:00Z").size();
  constexpr std::size_t kLongest = 40;
  if (text.size() < kShortest || text.size() > kLongest || text[10] != 'T') return std::nullopt;
  const std::optional<sys_days> date = parse_date(text.substr(0, 10));
  const std::optional<std::chrono::seconds> time = parse_time_of_day(text.substr(11, 8));
  const std::optional<std::chrono::seconds> ahead = parse_zone(text.substr(19));
  if (!date || !time || !ahead) return std::nullopt;
  return in_range(*date + *time - *ahead);
}

std::string format_timestamp(Clock::Wall time) {
  const sys_days day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time) - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int{date.year()}, unsigned{date.month()}, unsigned{date.day()},
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<Clock::Wall> wall_from_seconds(std::int64_t seconds) {
  if (seconds < 0 || seconds >= kBehindLast.time_since_epoch().count()) return std::nullopt;
  return sys_seconds{std::chrono::seconds{seconds}};
}

}  // namespace ekaci::github
