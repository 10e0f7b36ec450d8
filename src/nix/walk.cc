#include "nix/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ekaci::nix {

Walk::Walk(engine::Foremost foremost) : foremost_names_(std::move(foremost.names)), nodes_(1), ranges_{{0, 1}} {
  for (const AttributePath& path : foremost.paths) {
    AttributePath prefix;
    for (const std::string& name : path.names()) {
      prefix = prefix.child(name);
      foremost_paths_.insert(prefix);
    }
  }
}

std::vector<std::uint32_t> Walk::indices(NodeId node) const {
  std::vector<std::uint32_t> path;
  for (std::uint32_t at = node.value; at != 0; at = nodes_[at].parent) path.push_back(nodes_[at].index);
  std::ranges::reverse(path);
  return path;
}

AttributePath Walk::path(NodeId node) const {
  std::vector<std::string> names;
  for (std::uint32_t at = node.value; at != 0; at = nodes_[at].parent) names.push_back(nodes_[at].name);
  std::ranges::reverse(names);
  return AttributePath(std::move(names));
}

void Walk::list(NodeId node, std::vector<std::string> names) {
  const std::uint32_t depth = nodes_[node.value].depth + 1;
  if (depth > kMaxDepth) {
    settle(node, EvaluationError{.message = fmt::format("sets with recurseForDerivations are nested deeper than {}", kMaxDepth)});
    return;
  }
  if (names.size() > kMaxAttributes - nodes_.size()) {
    settle(node, EvaluationError{.message = fmt::format("the job has more than {} attributes", kMaxAttributes)});
    return;
  }
  const NodeRange children{static_cast<std::uint32_t>(nodes_.size()), static_cast<std::uint32_t>(nodes_.size() + names.size())};
  const AttributePath parent = path(node);
  const bool leads_on = node.value == 0 || foremost_paths_.contains(parent);
  for (std::uint32_t i = 0; i < children.size(); ++i) {
    const bool foremost = foremost_names_.contains(names[i]) || (leads_on && foremost_paths_.contains(parent.child(names[i])));
    nodes_.push_back({.parent = node.value, .index = i, .depth = depth, .foremost = foremost, .name = std::move(names[i])});
  }
  nodes_[node.value].children = children;
  queue(children);
  settle(node, AttributeSet{.recursed = true});
}

/// Foremost children stand alone, and what lies between them stays together.
void Walk::queue(NodeRange children) {
  NodeRange rest{children.first, children.first};
  for (std::uint32_t id = children.first; id < children.end; ++id) {
    rest.end = id + 1;
    if (!nodes_[id].foremost) continue;
    foremost_.push_back(NodeId{id});
    rest.end = id;
    if (rest.size() > 0) ranges_.push_back(rest);
    rest.first = id + 1;
  }
  if (rest.end > rest.first) ranges_.push_back(rest);
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
  foremost_.clear();
  ranges_.clear();
}

std::optional<NodeId> Walk::next_foremost() {
  if (foremost_.empty()) return std::nullopt;
  const NodeId node = foremost_.front();
  foremost_.pop_front();
  return node;
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
