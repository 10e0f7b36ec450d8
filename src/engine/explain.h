#pragma once

#include <span>

#include "base/result.h"
#include "engine/events.h"
#include "engine/ports.h"
#include "graph/graph.h"
#include "model/review.h"

namespace ekaci::engine {

/// Adds to a job's review why attributes are rebuilt: the ways down to the origins, and for the foremost origins what differs there,
/// read from the derivations. `job` was made from `sides`, whose roots are nodes of `graph`. What cannot be read leaves a difference
/// out and is no error: the change set does not depend on it. Blocks; pool thread.
void explain(JobReview& job, const SidesOfJob& sides, const graph::Snapshot& graph, DerivationReader& derivations);

}  // namespace ekaci::engine
