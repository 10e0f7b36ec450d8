#pragma once

#include <vector>

#include "base/clock.h"
#include "engine/build_events.h"
#include "engine/build_ports.h"
#include "engine/ports.h"
#include "engine/shared_builds.h"

namespace ekaci::engine {

/// The outside world of building. References live longer than the builds.
struct BuildWorld {
  DerivationReader& derivations;  ///< knows every derivation of the graph
  BuildMemory& memory;
  BuildShare& builds;               ///< this review's; knows the same builders
  std::vector<BuildStore*> stores;  ///< never null; a builder's id is its place here. The first is where outputs are asked for
  const Clock& clock;
};

}  // namespace ekaci::engine
