#include "nix/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ekaci::nix {

Walk::Walk() : nodes_(1), ranges_{{0, 1}} {}

std::vector<std::uint32_t> Walk::indices(NodeId node) const {
  std::vector<std::uint32_t> path;
  for (std::uint32_t at = node.value; at != 0; at = nodes_[at].parent) path.push_back(nodes_[at].index);
  std::ranges::reverse(path);
  return path;
}

void Walk::list(NodeId node, std::vector<std::string> names) {
  const std::uint32_t depth = nodes_[node.value].depth + 1;
  if (depth > kMaxDepth) {
    return settle(node, EvaluationError{.message = fmt::format("sets with recurseForDerivations are nested deeper than {}", kMaxDepth)});
  }
  if (names.size() > kMaxAttributes - nodes_.size()) {
    return settle(node, EvaluationError{.message = fmt::format("the job has more than {} attributes", kMaxAttributes)});
  }
  const NodeRange children{static_cast<std::uint32_t>(nodes_.size()), static_cast<std::uint32_t>(nodes_.size() + names.size())};
  for (std::uint32_t i = 0; i < children.size(); ++i) {
    nodes_.push_back({.parent = node.value, .index = i, .depth = depth, .name = std::move(names[i])});
  }
  nodes_[node.value].children = children;
  if (children.size() > 0) ranges_.push_back(children);
  settle(node, AttributeSet{.recursed = true});
}

void Walk::settle(NodeId node, AttributeResult result, std::optional<Metadata> metadata) {
  Node& settled = nodes_[node.value];
  if (settled.result) return;
  if (std::holds_alternative<EvaluationError>(result)) ++errors_;
  settled.result = std::move(result);
  settled.metadata = std::move(metadata);
  ++settled_;
  if (node.value != 0) ++done_;
}

void Walk::settle_rest(const EvaluationError& error) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) settle(NodeId{i}, error);
  ranges_.clear();
}

std::optional<NodeRange> Walk::next_range() {
  if (ranges_.empty()) return std::nullopt;
  const NodeRange range = ranges_.front();
  ranges_.pop_front();
  return range;
}

void Walk::give_back(NodeRange range) {
  if (range.size() > 0) ranges_.push_front(range);
}

std::vector<Attribute> Walk::take_attributes() {
  std::vector<Attribute> attributes;
  attributes.reserve(nodes_.size());
  collect(attributes);
  return attributes;
}

void Walk::collect(std::vector<Attribute>& into) {
  struct Level {
    AttributePath path;
    NodeRange rest;
  };
  const auto visit = [&](std::uint32_t id, AttributePath path) -> Level {
    Node& node = nodes_[id];
    const bool walked_root = id == 0 && std::holds_alternative<AttributeSet>(*node.result);
    if (!walked_root) into.push_back({path, std::move(*node.result), std::move(node.metadata)});
    return {std::move(path), node.children};
  };
  std::vector<Level> levels;
  levels.push_back(visit(0, {}));
  while (!levels.empty()) {
    if (levels.back().rest.size() == 0) {
      levels.pop_back();
      continue;
    }
    const std::uint32_t child = levels.back().rest.first++;
    levels.push_back(visit(child, levels.back().path.child(std::move(nodes_[child].name))));
  }
}

}  // namespace ekaci::nix
