// How much of what can be repeated at will a run of the tests repeats.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace ekaci::fake {

/// How many worlds to simulate where `whole` are meant: all of them, or EKACI_SIMULATED_PERCENT of them, at least one. Builds with
/// sanitizers, ten times as slow, ask for fewer.
inline std::uint64_t simulated_worlds(std::uint64_t whole) {
  const char* percent = std::getenv("EKACI_SIMULATED_PERCENT");
  if (percent == nullptr) return whole;
  return std::max<std::uint64_t>(1, whole * std::stoull(percent) / 100);
}

}  // namespace ekaci::fake
