#pragma once

#include <cstdint>
#include <span>

namespace ekaci {

/// Fills with bytes that nobody can guess (getrandom(2)). Any thread.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace ekaci
