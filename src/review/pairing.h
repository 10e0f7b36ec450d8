#pragma once

#include <optional>
#include <span>
#include <vector>

#include "graph/node_id.h"
#include "review/new_nodes.h"

namespace ekaci::review {

/// An attribute's derivation at head and what it was at base; empty where it was none.
struct RebuiltAttribute {
  graph::NodeId head{};
  std::optional<graph::NodeId> base{};
};

/// For each new node what stood in its place at base, as far as that can be told. An attribute's own base first. Then downwards,
/// breadth first, attributes in the order given: where a node and what it replaces are known, the node's new inputs are matched with
/// the inputs that only what it replaces has, one with one. Names decide: equal, then equal but for the version, with what follows
/// its last digit (`.tar.gz`), then without; what has one candidate only goes before what has several, which are taken in the order
/// of their paths. What was paired first stays. Depends on derivations and the attributes' order alone, not on ids.
std::vector<std::optional<graph::NodeId>> pair_with_base(const NewNodes& nodes, std::span<const RebuiltAttribute> attributes);

}  // namespace ekaci::review
