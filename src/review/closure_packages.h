#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/closure_size.h"
#include "review/runtime_graph.h"

namespace ekaci::review {

/// Of what packages the paths of a graph are (package_of()), as numbers whose order is that of the names and versions.
class PackageTable {
 public:
  using Node = RuntimeGraph::Node;
  using Package = std::uint32_t;  ///< ascending by name
  using Label = std::uint32_t;    ///< a package in one version: ascending by name, then as compare_versions()

  /// The graph grows no more.
  explicit PackageTable(const RuntimeGraph& graph);

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] Label label(Node node) const { return labels_[node]; }
  [[nodiscard]] Package package(Label label) const { return packages_[label]; }
  [[nodiscard]] Package package_at(Node node) const { return package(label(node)); }
  [[nodiscard]] const std::string& name(Package package) const { return names_[package]; }
  [[nodiscard]] const std::string& version(Label label) const { return versions_[label]; }
  /// The labels of the nodes, ascending, each once.
  [[nodiscard]] std::vector<Label> labels(std::span<const Node> nodes) const;

 private:
  std::vector<Label> labels_;  ///< by node
  std::vector<Package> packages_;
  std::vector<std::string> versions_;  ///< by label
  std::vector<std::string> names_;     ///< by package
};

/// A package that two closures have in different versions, or only one of them has.
struct PackageDifference {
  std::vector<PackageTable::Label> base{};  ///< ascending; all labels, here and at head, are of one package
  std::vector<PackageTable::Label> head{};  ///< not empty where base's is
  [[nodiscard]] PackageTable::Label any_label() const { return base.empty() ? head.front() : base.front(); }
  [[nodiscard]] RetainedKind kind() const;
  friend auto operator<=>(const PackageDifference&, const PackageDifference&) = default;
};

/// What differs between two closures, given as PackageTable::labels(), by name of package.
std::vector<PackageDifference> differences(const PackageTable& packages, std::span<const PackageTable::Label> base,
                                           std::span<const PackageTable::Label> head);

/// Sums up sizes by package, for two closures at a time; keeps some bytes for each package of the table.
class PackageTally {
 public:
  using Nodes = std::span<const RuntimeGraph::Node>;

  PackageTally(const RuntimeGraph& graph, const PackageTable& packages) : graph_(&graph), packages_(&packages), sizes_(packages.size()) {}

  /// The packages whose sizes differ the most, at most SizeChange::kMostResponsible, the largest difference first, then by name; none
  /// where the two closures are of one size.
  std::vector<PackageSize> responsible(Nodes base, Nodes head);

 private:
  struct Sizes {
    std::uint64_t base = 0;
    std::uint64_t head = 0;
    bool counted = false;
    [[nodiscard]] std::uint64_t difference() const { return base < head ? head - base : base - head; }
  };
  Sizes& sizes_of(RuntimeGraph::Node node);

  const RuntimeGraph* graph_;
  const PackageTable* packages_;
  std::vector<Sizes> sizes_;                    ///< by package
  std::vector<PackageTable::Package> counted_;  ///< those whose sizes are not cleared
};

}  // namespace ekaci::review
