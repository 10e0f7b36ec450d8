#include "review/runtime_graph.h"

#include <algorithm>
#include <limits>

namespace ekaci::review {

void RuntimeGraph::add(const StorePath& path) {
  number(path);
  // All before have their row: what follows was met for the first time by this call.
  while (first_reference_.size() <= paths_.size()) expand(static_cast<Node>(first_reference_.size() - 1));
}

std::optional<RuntimeGraph::Node> RuntimeGraph::find(const StorePath& path) const {
  const auto found = numbers_.find(path);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

RuntimeGraph::Node RuntimeGraph::number(const StorePath& path) {
  const auto [entry, is_new] = numbers_.try_emplace(path, size());
  if (is_new) paths_.push_back(path);
  return entry->second;
}

void RuntimeGraph::expand(Node node) {
  const PathInfo* info = info_(paths_[node]);
  known_.push_back(info != nullptr);
  nar_sizes_.push_back(info == nullptr ? 0 : info->nar_size);
  if (info != nullptr) {
    for (const StorePath& reference : info->references) {
      if (const Node referred = number(reference); referred != node) references_.push_back(referred);
    }
  }
  first_reference_.push_back(references_.size());
}

std::uint64_t add_sizes(std::uint64_t one, std::uint64_t other) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return std::min(one, kMost) + std::min(other, kMost - std::min(one, kMost));
}

std::uint64_t total_size(const RuntimeGraph& graph, std::span<const RuntimeGraph::Node> nodes) {
  std::uint64_t total = 0;
  for (const RuntimeGraph::Node node : nodes) total = add_sizes(total, graph.nar_size(node));
  return total;
}

std::optional<std::span<const RuntimeGraph::Node>> ClosureWalk::run(std::span<const Node> roots) {
  ++walk_;
  met_.clear();
  for (const Node root : roots) meet(root, root);
  for (std::size_t at = 0; at < met_.size(); ++at) {  // NOLINT(modernize-loop-convert): it grows on the way
    const Node user = met_[at];
    if (!graph_->is_known(user)) return std::nullopt;
    for (const Node reference : graph_->references(user)) meet(reference, user);
  }
  return met_;
}

std::vector<RuntimeGraph::Node> ClosureWalk::way_to(Node node) const {
  std::vector<Node> way{node};
  while (parents_[way.back()] != way.back()) way.push_back(parents_[way.back()]);
  std::ranges::reverse(way);
  return way;
}

void ClosureWalk::meet(Node node, Node parent) {
  if (seen_[node] == walk_) return;
  seen_[node] = walk_;
  parents_[node] = parent;
  met_.push_back(node);
}

}  // namespace ekaci::review
