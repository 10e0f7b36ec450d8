#pragma once

#include <cstdint>
#include <vector>

#include "graph/closure.h"
#include "graph/graph.h"
#include "graph/node_set.h"

/// Where a change entered and how far it reaches (product.md: *origin*, *blast radius*). Any thread.
namespace ekaci::graph {

/// The changed nodes none of whose inputs changed, ascending.
std::vector<NodeId> origins(const Snapshot& graph, const NodeSet& changed);

/// How many wanted nodes are built from this one, directly or not; a wanted node counts for itself.
std::uint32_t blast_radius(const ReverseEdges& edges, NodeId node, const NodeSet& wanted);

/// blast_radius() of every node of the snapshot at once, by id. Takes one pass over the edges for each 64 wanted nodes.
std::vector<std::uint32_t> blast_radii(const Snapshot& graph, const NodeSet& wanted);

}  // namespace ekaci::graph
