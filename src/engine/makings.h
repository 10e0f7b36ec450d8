#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/ports.h"
#include "model/store_path.h"
#include "review/measure.h"

namespace ekaci::engine {

/// What derivations make, and what they are made from.
struct Makings {
  std::unordered_map<StorePath, review::Making> by_derivation{};
  std::vector<std::string> notes{};  ///< what could not be read, and why
};

/// Reads each derivation once, and of the derivations that they use the outputs. One that cannot be read has no making, and those
/// that use it do not know all their inputs; a note names it. Blocks.
Makings read_makings(DerivationReader& reader, std::span<const StorePath> derivations);

}  // namespace ekaci::engine
