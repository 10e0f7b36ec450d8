#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "review/wording.h"

namespace ekaci::report {

/// A duration as people say it, short: `850 ms`, `3.2 s`, `1 min 05 s`, `2 h 07 min`. Negative ones count as none.
std::string duration_text(std::chrono::microseconds duration);

/// An amount of memory or disk in binary units: `512 B`, `612 MiB`, `1.3 GiB`.
std::string bytes_text(std::uint64_t bytes);

/// What outputs take, to compare: `512 B`, `34.4 MiB`, always with one decimal from KiB on.
using review::size_text;

/// By how much it differs, always with a sign: `+4.2 MiB`, `-512 B`, `±0 B`.
std::string size_difference_text(std::int64_t bytes);

/// A difference as a part of what was: `+14.2 %`; empty where that was nothing.
std::string percent_text(std::int64_t difference, std::uint64_t base);

}  // namespace ekaci::report
