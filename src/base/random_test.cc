#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace ekaci {
namespace {

TEST(Random, FillsAllOfItAndNeverTheSame) {
  std::array<std::uint8_t, 64> one{};
  std::array<std::uint8_t, 64> other{};
  fill_random(one);
  fill_random(other);
  EXPECT_NE(one, other);
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  EXPECT_FALSE(std::all_of(one.begin() + 32, one.end(), is_zero));
}

}  // namespace
}  // namespace ekaci
