#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "review/new_nodes.h"

namespace ekaci::review {

/// How far something new reaches.
struct Reach {
  std::uint64_t attributes = 0;   ///< built from it, each attribute counted for itself even where several are one derivation
  std::uint64_t derivations = 0;  ///< new ones built from it, itself included
  friend bool operator==(const Reach&, const Reach&) = default;
};

/// The reach of each of `sources`, in their order; each a number of `nodes`. `attributes` says of every node how many attributes
/// are this derivation.
///
/// To know how many nodes are above each of many is not to be had by adding up, because ways join again. So each source gets a bit,
/// the bits go up the graph in one pass, and how many nodes each bit has met is counted in columns, many at once. One pass serves
/// 512 sources; where all of 300,000 nodes with 3,000,000 edges are above them, it takes about 0.1 s.
std::vector<Reach> reach_of(const NewNodes& nodes, std::span<const NewNodes::Number> sources, std::span<const std::uint32_t> attributes);

}  // namespace ekaci::review
