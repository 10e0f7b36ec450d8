#pragma once

#include <cstdint>

#include "base/strong_id.h"

namespace ekaci::graph {

/// A derivation's number in one graph.
using NodeId = StrongId<struct NodeIdTag, std::uint32_t>;

}  // namespace ekaci::graph
