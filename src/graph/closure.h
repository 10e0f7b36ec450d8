#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "graph/node_set.h"

/// What lies below and above. Nodes given are nodes of the snapshot given; any thread.
namespace ekaci::graph {

/// The roots and everything that they are built from, directly or not.
NodeSet closure(const Snapshot& graph, std::span<const NodeId> roots);

/// What is below or among head's roots and not below or among base's, ascending: an order in which to build it. Its size is the
/// rebuild count.
std::vector<NodeId> new_since(const Snapshot& graph, std::span<const NodeId> base_roots, std::span<const NodeId> head_roots);

/// Who uses whom: the snapshot's edges turned round. 4 bytes for each edge and node.
class ReverseEdges {
 public:
  explicit ReverseEdges(const Snapshot& graph);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(first_.size() - 1); }
  /// The nodes built from this one directly: ascending, each once. Valid as long as this object.
  [[nodiscard]] std::span<const NodeId> users(NodeId node) const {
    return std::span(users_).subspan(first_[node.value], first_[node.value + 1] - first_[node.value]);
  }
  [[nodiscard]] std::size_t memory_bytes() const { return first_.capacity() * sizeof(first_[0]) + users_.capacity() * sizeof(users_[0]); }

 private:
  std::vector<std::uint32_t> first_;  ///< where a node's users begin; one more than there are nodes
  std::vector<NodeId> users_;
};

/// The nodes and everything that is built from them, directly or not.
NodeSet users_closure(const ReverseEdges& edges, std::span<const NodeId> nodes);

}  // namespace ekaci::graph
