#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string>

#include "model/store_path.h"

namespace ekaci {

/// The path of a derivation that there may be. The same seed gives the same paths everywhere.
inline StorePath any_path(std::mt19937_64& random) {
  StoreHash hash{};
  for (std::size_t byte = 0; byte < hash.size(); byte += 4) {
    const auto bits = static_cast<std::uint32_t>(random());
    std::memcpy(&hash[byte], &bits, sizeof bits);
  }
  return StorePath::from_parts(hash, "package-" + std::to_string(random() % 1'000'000) + "-1.2.3.drv").value();
}

}  // namespace ekaci
