#include "review/closure_packages.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "review/package_name.h"

namespace ekaci::review {
namespace {

using Label = PackageTable::Label;
using Package = PackageTable::Package;

struct NamedNode {
  DerivationName name{};
  RuntimeGraph::Node node = 0;
};

bool is_before(const NamedNode& left, const NamedNode& right) {
  if (left.name.name != right.name.name) return left.name.name < right.name.name;
  return compare_versions(left.name.version, right.name.version) < 0;
}

std::vector<NamedNode> sorted_names(const RuntimeGraph& graph) {
  std::vector<NamedNode> nodes;
  nodes.reserve(graph.size());
  for (RuntimeGraph::Node node = 0; node < graph.size(); ++node)
    nodes.push_back({.name = package_of(graph.path(node).name()), .node = node});
  std::ranges::sort(nodes, is_before);
  return nodes;
}

/// Takes off the front what is of one package.
std::span<const Label> take(const PackageTable& packages, std::span<const Label>& labels, Package package) {
  const auto end = std::ranges::find_if(labels, [&](Label label) { return packages.package(label) != package; });
  const std::span<const Label> taken = labels.first(static_cast<std::size_t>(end - labels.begin()));
  labels = labels.subspan(taken.size());
  return taken;
}

}  // namespace

PackageTable::PackageTable(const RuntimeGraph& graph) : labels_(graph.size()) {
  for (NamedNode& named : sorted_names(graph)) {
    const bool is_new_name = names_.empty() || names_.back() != named.name.name;
    if (is_new_name) names_.push_back(std::move(named.name.name));
    if (is_new_name || versions_.back() != named.name.version) {
      versions_.push_back(std::move(named.name.version));
      packages_.push_back(static_cast<Package>(names_.size() - 1));
    }
    labels_[named.node] = static_cast<Label>(versions_.size() - 1);
  }
}

std::vector<Label> PackageTable::labels(std::span<const Node> nodes) const {
  std::vector<Label> labels;
  labels.reserve(nodes.size());
  for (const Node node : nodes) labels.push_back(label(node));
  std::ranges::sort(labels);
  const auto repeated = std::ranges::unique(labels);
  labels.erase(repeated.begin(), repeated.end());
  return labels;
}

RetainedKind PackageDifference::kind() const {
  if (base.empty()) return RetainedKind::gained;
  return head.empty() ? RetainedKind::lost : RetainedKind::version_changed;
}

std::vector<PackageDifference> differences(const PackageTable& packages, std::span<const Label> base, std::span<const Label> head) {
  std::vector<PackageDifference> found;
  while (!base.empty() || !head.empty()) {
    const bool base_is_first = head.empty() || (!base.empty() && base.front() < head.front());
    const Package package = packages.package(base_is_first ? base.front() : head.front());
    const std::span<const Label> before = take(packages, base, package);
    const std::span<const Label> after = take(packages, head, package);
    if (std::ranges::equal(before, after)) continue;
    found.push_back({.base = {before.begin(), before.end()}, .head = {after.begin(), after.end()}});
  }
  return found;
}

std::vector<PackageSize> PackageTally::responsible(Nodes base, Nodes head) {
  if (total_size(*graph_, base) == total_size(*graph_, head)) return {};
  for (const RuntimeGraph::Node node : base) sizes_of(node).base = add_sizes(sizes_of(node).base, graph_->nar_size(node));
  for (const RuntimeGraph::Node node : head) sizes_of(node).head = add_sizes(sizes_of(node).head, graph_->nar_size(node));
  std::vector<std::pair<Package, Sizes>> differing;
  for (const Package package : counted_) {
    const Sizes sizes = std::exchange(sizes_[package], {});
    if (sizes.difference() > 0) differing.emplace_back(package, sizes);
  }
  counted_.clear();
  const std::size_t kept = std::min(differing.size(), SizeChange::kMostResponsible);
  std::ranges::partial_sort(differing, differing.begin() + static_cast<std::ptrdiff_t>(kept), [](const auto& left, const auto& right) {
    return std::pair(right.second.difference(), left.first) < std::pair(left.second.difference(), right.first);
  });
  differing.resize(kept);
  std::vector<PackageSize> result;
  result.reserve(kept);
  for (const auto& [package, sizes] : differing) {
    result.push_back({.name = packages_->name(package), .base = sizes.base, .head = sizes.head});
  }
  return result;
}

PackageTally::Sizes& PackageTally::sizes_of(RuntimeGraph::Node node) {
  const Package package = packages_->package_at(node);
  Sizes& sizes = sizes_[package];
  if (!std::exchange(sizes.counted, true)) counted_.push_back(package);
  return sizes;
}

}  // namespace ekaci::review
