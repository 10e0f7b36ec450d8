#include "engine/review_builds.h"

#include <optional>
#include <set>

#include "model/attribute.h"

namespace ekaci::engine {

BuildWish wish_for(std::span<const JobReview> jobs, const graph::Graph& graph, const WishOptions& options) {
  BuildWish wish{.graph = graph.snapshot(), .base = options.base};
  const auto node_of = [&graph](const std::optional<AttributeResult>& side) -> std::optional<graph::NodeId> {
    const EvaluatedDerivation* derivation = derivation_of(side);
    return derivation == nullptr ? std::nullopt : graph.find(derivation->path);
  };
  // What can be measured without being there does not have to be brought back.
  const auto need_of = [&](graph::NodeId node) {
    return options.remembered.contains(wish.graph.path(node)) ? Need::outcome : Need::outputs;
  };
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      const std::optional<graph::NodeId> head = node_of(change.head);
      const std::optional<graph::NodeId> base = node_of(change.base);
      if (!head || head == base) continue;
      BuildPair pair{.head = *head, .base = base};
      if (job.size_check && base) {
        pair.purpose = BuildPurpose::size_check;
        pair.head_need = need_of(*head);
        pair.base_need = need_of(*base);
      }
      wish.pairs.push_back(pair);
    }
  }
  return wish;
}

std::vector<StorePath> unknown_at_base(std::span<const JobReview> jobs, const std::unordered_map<StorePath, Outcome>& outcomes) {
  std::set<StorePath> unknown;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      const EvaluatedDerivation* derivation = derivation_of(change.base);
      if (derivation == nullptr) continue;
      const auto found = outcomes.find(derivation->path);
      if (found != outcomes.end() && found->second.kind == OutcomeKind::not_built) unknown.insert(derivation->path);
    }
  }
  return {unknown.begin(), unknown.end()};
}

std::map<OutcomeKind, std::uint64_t> count_outcomes(std::span<const JobReview> jobs) {
  std::map<OutcomeKind, std::uint64_t> outcomes;
  std::set<StorePath> counted;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      const EvaluatedDerivation* derivation = derivation_of(change.head);
      if (derivation != nullptr && change.build && counted.insert(derivation->path).second) ++outcomes[change.build->head];
    }
  }
  return outcomes;
}

}  // namespace ekaci::engine
