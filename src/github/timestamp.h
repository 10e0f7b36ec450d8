#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

/// Times as GitHub writes them (ISO 8601 in the profile of RFC 3339), of the years 1970 to 2199.
namespace ekaci::github {

/// `2024-01-31T12:00:00Z`, `2024-01-31T12:00:00.123-05:00`: in whole seconds. nullopt where the text is no such time.
std::optional<Clock::Wall> parse_timestamp(std::string_view text);

/// `2024-01-31T12:00:00Z`; fractions of a second are left out.
std::string format_timestamp(Clock::Wall time);

/// Seconds since 1970; nullopt where that is out of range.
std::optional<Clock::Wall> wall_from_seconds(std::int64_t seconds);

}  // namespace ekaci::github
