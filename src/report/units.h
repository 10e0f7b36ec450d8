#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ekaci::report {

/// A duration as people say it, short: `850 ms`, `3.2 s`, `1 min 05 s`, `2 h 07 min`. Negative ones count as none.
std::string duration_text(std::chrono::microseconds duration);

/// An amount of memory or disk in binary units: `512 B`, `612 MiB`, `1.3 GiB`.
std::string bytes_text(std::uint64_t bytes);

}  // namespace ekaci::report
