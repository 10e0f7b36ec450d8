#include "nix/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ekaci::nix {
namespace {

/// The attribute of a derivation that has its tests: nixpkgs' mkDerivation puts `passthru.tests` there.
constexpr std::string_view kTests = "tests";

}  // namespace

Walk::Walk(engine::Foremost foremost, const std::set<AttributePath>& tests_of)
    : foremost_names_(std::move(foremost.names)), nodes_(1), ranges_{{0, 1}} {
  for (const AttributePath& path : foremost.paths) {
    AttributePath prefix;
    for (const std::string& name : path.names()) {
      prefix = prefix.child(name);
      foremost_paths_.insert(prefix);
    }
  }
  for (const AttributePath& path : tests_of) {
    AttributePath prefix;
    for (const std::string& name : path.names()) {
      ways_.emplace(prefix, Role::way);
      prefix = prefix.child(name);
    }
    ways_.insert_or_assign(path, Role::tested);
  }
  if (const auto root = ways_.find(AttributePath()); root != ways_.end()) nodes_.front().role = root->second;
  if (nodes_.front().role == Role::tested) tested_.emplace(AttributePath(), 0);
}

Question Walk::first_question(NodeId node) const {
  switch (nodes_[node.value].role) {
    case Role::wanted:
      return node.value == 0 ? Question::root : Question::describe;
    case Role::way:
    case Role::tests:
      return Question::root;
    case Role::tested:
      return Question::members;
  }
  return Question::describe;
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
  if (std::optional<EvaluationError> excess = excess_of(node, names.size())) {
    settle(node, std::move(*excess));
    return;
  }
  NodeRange children{static_cast<std::uint32_t>(nodes_.size()), static_cast<std::uint32_t>(nodes_.size())};
  const std::uint32_t depth = nodes_[node.value].depth + 1;
  const Role parent_role = nodes_[node.value].role;
  const AttributePath parent = path(node);
  const bool leads_on = node.value == 0 || foremost_paths_.contains(parent);
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const std::optional<Role> role = is_wanted(parent_role) ? Role::wanted : role_below(parent_role, parent.child(names[i]));
    if (!role) continue;
    if (role == Role::tested) tested_.emplace(parent.child(names[i]), children.end);
    const bool foremost = foremost_names_.contains(names[i]) || (leads_on && foremost_paths_.contains(parent.child(names[i])));
    nodes_.push_back({.parent = node.value, .index = i, .depth = depth, .foremost = foremost, .role = *role, .name = std::move(names[i])});
    ++children.end;
  }
  if (!ways_.empty() && is_wanted(parent_role)) tests_ += children.size();
  nodes_[node.value].children = children;
  queue(children);
  settle(node, AttributeSet{.recursed = true});
}

std::optional<EvaluationError> Walk::excess_of(NodeId node, std::size_t names) const {
  const Node& set = nodes_[node.value];
  if (set.depth >= kMaxDepth) {
    return EvaluationError{.message = fmt::format("sets with recurseForDerivations are nested deeper than {}", kMaxDepth)};
  }
  if (names > kMaxAttributes - nodes_.size()) {
    return EvaluationError{.message = fmt::format("the job has more than {} attributes", kMaxAttributes)};
  }
  if (!ways_.empty() && is_wanted(set.role) && names > kMaxTests - tests_) {
    // Which sets find no room depends on the order in which they were listed: a limit of this run.
    return EvaluationError{.failure = EvaluationFailure::output_limit,
                           .message = fmt::format("its {} tests are left out: with them there are more than {}", names, kMaxTests)};
  }
  return std::nullopt;
}

std::optional<Walk::Role> Walk::role_below(Role parent, const AttributePath& path) const {
  if (parent == Role::tested) return path.names().back() == kTests ? std::optional(Role::tests) : std::nullopt;
  const auto found = ways_.find(path);
  return found == ways_.end() ? std::nullopt : std::optional(found->second);
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
  if (!ways_.empty()) add_unknown_tests(attributes);
  return attributes;
}

bool Walk::is_part_of_result(std::uint32_t id) const {
  const Node& node = nodes_[id];
  const bool is_walked_root = id == 0 && node.result && std::holds_alternative<AttributeSet>(*node.result);
  return is_wanted(node.role) && !is_walked_root;
}

/// What could not even be asked has tests that are not known.
void Walk::add_unknown_tests(std::vector<Attribute>& into) {
  for (const auto& [path, role] : ways_) {
    if (role != Role::tested) continue;
    EvaluationError error{.failure = EvaluationFailure::crashed, .message = "it could not be asked for its tests"};
    if (const auto found = tested_.find(path); found != tested_.end()) {
      const std::optional<AttributeResult>& result = nodes_[found->second].result;
      const auto* const failed = result ? std::get_if<EvaluationError>(&*result) : nullptr;
      if (failed == nullptr) continue;
      error = *failed;
    }
    into.push_back({path.child(std::string(kTests)), std::move(error)});
  }
  std::ranges::sort(into, {}, &Attribute::path);
}

void Walk::collect(std::vector<Attribute>& into) {
  struct Level {
    AttributePath path;
    NodeRange rest;
  };
  const auto visit = [&](std::uint32_t id, AttributePath path) -> Level {
    Node& node = nodes_[id];
    if (is_part_of_result(id)) into.push_back({path, std::move(*node.result), std::move(node.metadata)});
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
