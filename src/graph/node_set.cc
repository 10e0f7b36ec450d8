#include "graph/node_set.h"

namespace ekaci::graph {

NodeSet::NodeSet(std::uint32_t size, std::span<const NodeId> nodes) : NodeSet(size) {
  for (const NodeId node : nodes) insert(node);
}

std::uint32_t NodeSet::count() const {
  std::uint32_t count = 0;
  for (const std::uint64_t word : words_) count += static_cast<std::uint32_t>(std::popcount(word));
  return count;
}

std::vector<NodeId> NodeSet::to_vector() const {
  std::vector<NodeId> nodes;
  nodes.reserve(count());
  for_each_ascending([&](NodeId node) { nodes.push_back(node); });
  return nodes;
}

}  // namespace ekaci::graph
