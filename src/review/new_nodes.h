#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace ekaci::review {

/// The nodes that a change made, numbered from 0 in ascending order, with the edges among them alone: inputs have lower numbers
/// than their users. Refers to the graph, which has to live as long.
class NewNodes {
 public:
  using Number = std::uint32_t;

  /// `nodes` ascending, as graph::new_since() gives them.
  NewNodes(const graph::Snapshot& graph, std::vector<graph::NodeId> nodes);

  [[nodiscard]] Number size() const { return static_cast<Number>(nodes_.size()); }
  [[nodiscard]] const graph::Snapshot& graph() const { return *graph_; }
  [[nodiscard]] graph::NodeId node(Number number) const { return nodes_[number]; }
  /// nullopt where the node is not new.
  [[nodiscard]] std::optional<Number> number(graph::NodeId node) const {
    const Number found = numbers_[node.value];
    return found == kNone ? std::nullopt : std::optional(found);
  }
  /// The new inputs of a new node, ascending.
  [[nodiscard]] std::span<const Number> inputs(Number number) const {
    return std::span(inputs_).subspan(first_input_[number], first_input_[number + 1] - first_input_[number]);
  }

 private:
  static constexpr Number kNone = std::numeric_limits<Number>::max();

  const graph::Snapshot* graph_;
  std::vector<graph::NodeId> nodes_;
  std::vector<Number> numbers_;      ///< by node of the graph
  std::vector<Number> first_input_;  ///< where a node's inputs begin; one more than there are nodes
  std::vector<Number> inputs_;
};

}  // namespace ekaci::review
