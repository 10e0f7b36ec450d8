#include "graph/closure.h"

#include <numeric>

namespace ekaci::graph {

NodeSet closure(const Snapshot& graph, std::span<const NodeId> roots) {
  // Inputs are below their users, so one pass downwards meets every node after all that want it.
  NodeSet reached(graph.size(), roots);
  reached.for_each_descending([&](NodeId node) {
    for (const NodeId input : graph.inputs(node)) reached.insert(input);
  });
  return reached;
}

std::vector<NodeId> new_since(const Snapshot& graph, std::span<const NodeId> base_roots, std::span<const NodeId> head_roots) {
  const NodeSet base = closure(graph, base_roots);
  NodeSet added(graph.size());
  for (const NodeId root : head_roots) {
    if (!base.contains(root)) added.insert(root);
  }
  // Below a node of base there is nothing new.
  added.for_each_descending([&](NodeId node) {
    for (const NodeId input : graph.inputs(node)) {
      if (!base.contains(input)) added.insert(input);
    }
  });
  return added.to_vector();
}

ReverseEdges::ReverseEdges(const Snapshot& graph) : first_(std::size_t{graph.size()} + 1), users_(graph.edge_count()) {
  for (std::uint32_t n = 0; n < graph.size(); ++n) {
    for (const NodeId input : graph.inputs(NodeId{n})) ++first_[input.value];
  }
  // From counts to the ends of rows; filling from the last user down turns ends into beginnings and leaves users ascending.
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  for (std::uint32_t n = graph.size(); n-- > 0;) {
    for (const NodeId input : graph.inputs(NodeId{n})) users_[--first_[input.value]] = NodeId{n};
  }
}

NodeSet users_closure(const ReverseEdges& edges, std::span<const NodeId> nodes) {
  NodeSet reached(edges.size(), nodes);
  reached.for_each_ascending([&](NodeId node) {
    for (const NodeId user : edges.users(node)) reached.insert(user);
  });
  return reached;
}

}  // namespace ekaci::graph
