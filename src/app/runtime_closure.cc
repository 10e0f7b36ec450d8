#include "app/runtime_closure.h"

#include <algorithm>
#include <set>
#include <span>

#include "review/package_name.h"

namespace ekaci::app {
namespace {

struct VersionOrder {
  bool operator()(const std::string& left, const std::string& right) const {
    return review::compare_versions(left, right) == std::strong_ordering::less;
  }
};

bool is_meant(const StorePath& path, std::string_view dependency) {
  if (path.name() == dependency || path.base_name() == dependency || path.to_string() == dependency) return true;
  const review::DerivationName package = review::package_of(path.name());
  return package.name == dependency || (!package.version.empty() && package.name + "-" + package.version == dependency);
}

}  // namespace

RuntimeClosure::RuntimeClosure(const review::Measurements& known, const StorePath& derivation) : graph_(known.info) {
  const review::Making* const making = known.making(derivation);
  if (making == nullptr || !making->all_outputs) return;
  std::vector<review::RuntimeGraph::Node> roots;
  for (const auto& [name, output] : making->outputs) {
    graph_.add(output);
    if (const auto root = graph_.find(output)) roots.push_back(*root);
  }
  walk_.emplace(graph_);
  const auto walked = walk_->run(roots);
  if (!walked) return;
  nodes_.assign(walked->begin(), walked->end());
  is_known_ = true;
}

std::uint64_t RuntimeClosure::bytes() const { return review::total_size(graph_, nodes_); }

std::map<std::string, KeptPackage> RuntimeClosure::packages() const {
  std::map<std::string, KeptPackage> packages;
  std::map<std::string, std::set<std::string, VersionOrder>> versions;
  for (const review::RuntimeGraph::Node node : nodes_) {
    const review::DerivationName package = review::package_of(graph_.path(node).name());
    KeptPackage& kept = packages[package.name];
    kept.bytes = review::add_sizes(kept.bytes, graph_.nar_size(node));
    versions[package.name].insert(package.version);
  }
  for (auto& [name, package] : packages) package.versions.assign(versions[name].begin(), versions[name].end());
  return packages;
}

std::vector<StorePath> RuntimeClosure::way_to(std::string_view dependency) const {
  const auto found =
      std::ranges::find_if(nodes_, [this, dependency](review::RuntimeGraph::Node node) { return is_meant(graph_.path(node), dependency); });
  std::vector<StorePath> way;
  if (found == nodes_.end() || !walk_) return way;
  for (const review::RuntimeGraph::Node node : walk_->way_to(*found)) way.push_back(graph_.path(node));
  return way;
}

}  // namespace ekaci::app
