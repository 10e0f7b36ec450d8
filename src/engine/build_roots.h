#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/strong_id.h"
#include "graph/graph.h"

namespace ekaci::engine {

/// A set of root failures, as many nodes above them share it. 0 is the empty one.
using RootSetId = StrongId<struct RootSetTag, std::uint32_t>;

/// Bounded sets of nodes in path order, each kept once. Of a set that would be larger the first in path order stay, so that what a
/// union holds follows from its parts alone, in whatever order they were met. Engine thread only.
class RootSets {
 public:
  explicit RootSets(std::size_t bound) : bound_(bound) { (void)intern({}); }

  RootSetId single(graph::NodeId node) { return intern({node}); }
  RootSetId merged(const graph::Snapshot& graph, RootSetId left, RootSetId right);
  /// In path order. Valid as long as the sets.
  [[nodiscard]] std::span<const graph::NodeId> nodes(RootSetId set) const { return *by_id_[set.value]; }

 private:
  RootSetId intern(std::vector<graph::NodeId> nodes);

  std::size_t bound_;
  std::map<std::vector<graph::NodeId>, std::uint32_t> ids_{};
  std::vector<const std::vector<graph::NodeId>*> by_id_{};  ///< keys of ids_, which do not move
};

}  // namespace ekaci::engine
