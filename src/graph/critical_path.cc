#include "graph/critical_path.h"

#include <algorithm>
#include <limits>

namespace ekaci::graph {
namespace {

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return b > most - a ? most : a + b;
}

}  // namespace

std::vector<std::uint32_t> depths(const Snapshot& graph) {
  std::vector<std::uint32_t> depth(graph.size());
  for (std::uint32_t n = 0; n < graph.size(); ++n) {
    for (const NodeId input : graph.inputs(NodeId{n})) depth[n] = std::max(depth[n], depth[input.value] + 1);
  }
  return depth;
}

std::vector<std::uint64_t> critical_lengths(const Snapshot& graph, const NodeSet& members, std::span<const std::uint64_t> weights) {
  // Going down, a node is met after all its users: what they left there is the longest of theirs.
  std::vector<std::uint64_t> lengths(graph.size());
  members.for_each_descending([&](NodeId node) {
    const std::uint64_t length = saturating_sum(lengths[node.value], weights[node.value]);
    lengths[node.value] = length;
    for (const NodeId input : graph.inputs(node)) {
      if (members.contains(input)) lengths[input.value] = std::max(lengths[input.value], length);
    }
  });
  return lengths;
}

std::vector<NodeId> critical_path_order(const Snapshot& graph, const NodeSet& members, std::span<const std::uint64_t> weights) {
  const std::vector<std::uint64_t> lengths = critical_lengths(graph, members, weights);
  std::vector<NodeId> order = members.to_vector();
  std::ranges::sort(order, [&](NodeId a, NodeId b) {
    const std::uint64_t length_a = lengths[a.value];
    const std::uint64_t length_b = lengths[b.value];
    return length_a != length_b ? length_a > length_b : a < b;
  });
  return order;
}

}  // namespace ekaci::graph
