#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/events.h"
#include "engine/ports.h"
#include "graph/graph.h"
#include "model/review.h"

namespace ekaci::engine {

/// What an explanation is made from, beside the evaluations.
struct Evidence {
  const graph::Snapshot& graph;
  DerivationReader& derivations;
  std::vector<ChangedLine> lines{};              ///< what the change adds, from Repository::changed_lines()
  std::span<const std::string> changed_files{};  ///< as in review::JobSides
};

/// Adds to a job's review why attributes are rebuilt: the ways down to the origins, and for the foremost origins what differs there,
/// read from the derivations, and which changed lines say so; for the foremost steps above them what differs there beside their inputs.
/// Changes whose own sources are among the changed files become direct. `job` was made from `sides`, whose roots are nodes of the graph.
/// What cannot be read leaves a difference out and is no error: the change set does not depend on it. Blocks; pool thread.
void explain(JobReview& job, const SidesOfJob& sides, const Evidence& evidence);

}  // namespace ekaci::engine
