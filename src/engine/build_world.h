#pragma once

#include <vector>

#include "base/clock.h"
#include "engine/build_events.h"
#include "engine/build_ports.h"
#include "engine/ports.h"

namespace ekaci::engine {

/// The outside world of building. References live longer than the builds.
struct BuildWorld {
  DerivationReader& derivations;  ///< knows every derivation of the graph
  BuildMemory& memory;
  LogArchive& logs;
  std::vector<BuildStore*> stores;  ///< never null; a builder's id is its place here. The first is where outputs are asked for
  const Clock& clock;
};

}  // namespace ekaci::engine
