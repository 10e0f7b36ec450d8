#include "graph/impact.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace ekaci::graph {
namespace {

/// Up to as many wanted nodes as a word has bits, each with a bit of its own.
constexpr std::size_t kBatch = 64;

/// Adds to each node's count those of the batch that are above it or are it.
void count_batch(const Snapshot& graph, std::span<const NodeId> batch, std::vector<std::uint64_t>& above,
                 std::vector<std::uint32_t>& counts) {
  std::ranges::fill(above, 0);
  for (std::size_t n = 0; n < batch.size(); ++n) above[batch[n].value] |= std::uint64_t{1} << n;
  for (std::uint32_t n = batch.back().value + 1; n-- > 0;) {
    if (above[n] == 0) continue;
    counts[n] += static_cast<std::uint32_t>(std::popcount(above[n]));
    for (const NodeId input : graph.inputs(NodeId{n})) above[input.value] |= above[n];
  }
}

}  // namespace

std::vector<NodeId> origins(const Snapshot& graph, const NodeSet& changed) {
  std::vector<NodeId> found;
  changed.for_each_ascending([&](NodeId node) {
    const bool is_origin = std::ranges::none_of(graph.inputs(node), [&](NodeId input) { return changed.contains(input); });
    if (is_origin) found.push_back(node);
  });
  return found;
}

std::uint32_t blast_radius(const ReverseEdges& edges, NodeId node, const NodeSet& wanted) {
  std::uint32_t count = 0;
  users_closure(edges, {&node, 1}).for_each_ascending([&](NodeId user) { count += wanted.contains(user) ? 1U : 0U; });
  return count;
}

std::vector<std::uint32_t> blast_radii(const Snapshot& graph, const NodeSet& wanted) {
  std::vector<std::uint32_t> counts(graph.size());
  std::vector<std::uint64_t> above(graph.size());
  const std::vector<NodeId> nodes = wanted.to_vector();
  for (std::size_t first = 0; first < nodes.size(); first += kBatch) {
    count_batch(graph, std::span(nodes).subspan(first, std::min(kBatch, nodes.size() - first)), above, counts);
  }
  return counts;
}

}  // namespace ekaci::graph
