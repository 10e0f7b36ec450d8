#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "graph/node_set.h"

/// In which order to build, and how deep nodes lie. Any thread.
namespace ekaci::graph {

/// For each node of the snapshot, by id, the longest chain of inputs below it, in edges; 0 for a node without inputs.
std::vector<std::uint32_t> depths(const Snapshot& graph);

/// For each node of `members`, by id, the heaviest chain of members that begins with it and goes up through its users, its own
/// weight included: how long everything lasts at least once it is begun, where a weight is a duration. 0 for all others.
/// `weights` has one for each node of the snapshot. Sums stop at the largest number.
std::vector<std::uint64_t> critical_lengths(const Snapshot& graph, const NodeSet& members, std::span<const std::uint64_t> weights);

/// The members, longest critical length first, and where equal the lowest id first: an order of building in which inputs come
/// before their users.
std::vector<NodeId> critical_path_order(const Snapshot& graph, const NodeSet& members, std::span<const std::uint64_t> weights);

}  // namespace ekaci::graph
