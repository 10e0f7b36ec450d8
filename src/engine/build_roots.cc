#include "engine/build_roots.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace ekaci::engine {

RootSetId RootSets::intern(std::vector<graph::NodeId> nodes) {
  const auto [found, is_new] = ids_.try_emplace(std::move(nodes), static_cast<std::uint32_t>(by_id_.size()));
  if (is_new) by_id_.push_back(&found->first);
  return {found->second};
}

RootSetId RootSets::merged(const graph::Snapshot& graph, RootSetId left, RootSetId right) {
  if (left == right || right.value == 0) return left;
  if (left.value == 0) return right;
  const auto lies_before = [&graph](graph::NodeId a, graph::NodeId b) {
    return a != b && std::tuple(graph.hash(a), graph.name(a)) < std::tuple(graph.hash(b), graph.name(b));
  };
  std::vector<graph::NodeId> together;
  std::ranges::set_union(nodes(left), nodes(right), std::back_inserter(together), lies_before);
  if (together.size() > bound_) together.resize(bound_);
  return intern(std::move(together));
}

}  // namespace ekaci::engine
