#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

/// Points in time as the database keeps them: in columns that end with `_us`, microseconds since 1970 in UTC.
namespace ekaci::db {

inline std::int64_t microseconds(Clock::Wall time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// The inverse of microseconds().
inline Clock::Wall wall_at(std::int64_t stored) { return Clock::Wall(std::chrono::microseconds(stored)); }
inline std::optional<Clock::Wall> wall_at(std::optional<std::int64_t> stored) {
  return stored ? std::optional(wall_at(*stored)) : std::nullopt;
}

}  // namespace ekaci::db
