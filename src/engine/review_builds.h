#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/build_run.h"
#include "graph/graph.h"
#include "model/outcome.h"
#include "model/review.h"
#include "model/store_path.h"

/// What a review's changes mean for building, and what building says of them.
namespace ekaci::engine {

/// How a wish is made of changes.
struct WishOptions {
  BaseBuilds base = BaseBuilds::deciding;
  const std::unordered_set<StorePath>& remembered;  ///< SidesCompared::remembered
};

/// To build head's derivations where they are not base's, each with base's in its place. The graph has them all.
BuildWish wish_for(std::span<const JobReview> jobs, const graph::Graph& graph, const WishOptions& options);

/// Derivations of base that were not built, so that nothing of these outcomes says how they are. In path order.
std::vector<StorePath> unknown_at_base(std::span<const JobReview> jobs, const std::unordered_map<StorePath, Outcome>& outcomes);

/// Of head's derivations that changed, each once.
std::map<OutcomeKind, std::uint64_t> count_outcomes(std::span<const JobReview> jobs);

}  // namespace ekaci::engine
