#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

/// Points in time as the database keeps them: in columns that end with `_us`, microseconds since 1970 in UTC; in those that end with
/// `_day`, days.
namespace ekaci::db {

inline std::int64_t microseconds(Clock::Wall time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// The inverse of microseconds().
inline Clock::Wall wall_at(std::int64_t stored) { return Clock::Wall(std::chrono::microseconds(stored)); }
inline std::optional<Clock::Wall> wall_at(std::optional<std::int64_t> stored) {
  return stored ? std::optional(wall_at(*stored)) : std::nullopt;
}

inline std::int64_t day_of(Clock::Wall time) { return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count(); }
/// The first moment that is not in that day any more.
inline Clock::Wall end_of_day(std::int64_t day) { return Clock::Wall(std::chrono::days(day + 1)); }

}  // namespace ekaci::db
