#include "review/closure_roots.h"

#include <variant>

namespace ekaci::review {
namespace {

bool append(const RuntimeGraph& graph, const StorePath& path, ClosureRoots::Nodes& nodes) {
  const std::optional<RuntimeGraph::Node> node = graph.find(path);
  if (node) nodes.push_back(*node);
  return node.has_value();
}

}  // namespace

const Making* making_of(const Measurements& known, const std::optional<AttributeResult>& side) {
  const EvaluatedDerivation* derivation = derivation_of(side);
  return derivation == nullptr ? nullptr : known.making(derivation->path);
}

std::optional<ClosureRoots::Nodes> ClosureRoots::outputs(const std::optional<AttributeResult>& side) const {
  const Making* making = making_of(*known_, side);
  if (making == nullptr || !making->all_outputs || making->outputs.empty()) return std::nullopt;
  Nodes nodes;
  for (const auto& [name, path] : making->outputs) {
    if (!append(*graph_, path, nodes)) return std::nullopt;
  }
  return nodes;
}

std::optional<ClosureRoots::Nodes> ClosureRoots::inputs(const std::optional<AttributeResult>& side) const {
  const Making* making = making_of(*known_, side);
  if (making == nullptr || !making->all_inputs) return std::nullopt;
  Nodes nodes;
  for (const StorePath& path : making->inputs) {
    if (!append(*graph_, path, nodes)) return std::nullopt;
  }
  return nodes;
}

}  // namespace ekaci::review
