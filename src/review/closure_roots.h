#pragma once

#include <optional>
#include <vector>

#include "model/attribute.h"
#include "review/measure.h"
#include "review/runtime_graph.h"

namespace ekaci::review {

/// What is known of how one side's derivation is made; nullptr where nothing is, or there is no derivation.
const Making* making_of(const Measurements& known, const std::optional<AttributeResult>& side);

/// Where the closures of a side's derivation begin, as nodes of a graph.
class ClosureRoots {
 public:
  using Nodes = std::vector<RuntimeGraph::Node>;

  ClosureRoots(const RuntimeGraph& graph, const Measurements& known) : graph_(&graph), known_(&known) {}

  /// Of the runtime closure: all outputs, by name. nullopt where one is not known, or none is.
  [[nodiscard]] std::optional<Nodes> outputs(const std::optional<AttributeResult>& side) const;
  /// Of the build closure; nullopt where an input is not known.
  [[nodiscard]] std::optional<Nodes> inputs(const std::optional<AttributeResult>& side) const;

 private:
  const RuntimeGraph* graph_;
  const Measurements* known_;
};

}  // namespace ekaci::review
