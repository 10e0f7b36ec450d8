#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/closure_size.h"
#include "model/store_path.h"

namespace ekaci::review {

/// Store paths and what they refer to, each path once however many closures have it. Unlike derivations they may refer to each other
/// in circles, so nothing is in an order that a closure could be summed up along. For one thread.
class RuntimeGraph {
 public:
  using Node = std::uint32_t;  ///< counted from 0 in the order in which paths were met
  using FindInfo = std::function<const PathInfo*(const StorePath& path)>;

  /// `info` gives nullptr for what is not known; it is asked once for each path.
  explicit RuntimeGraph(FindInfo info) : info_(std::move(info)) {}

  /// Takes in a path with all that it refers to, as far as that is known.
  void add(const StorePath& path);

  [[nodiscard]] Node size() const { return static_cast<Node>(paths_.size()); }
  [[nodiscard]] std::optional<Node> find(const StorePath& path) const;
  [[nodiscard]] const StorePath& path(Node node) const { return paths_[node]; }
  /// Whether its size and references are. Else it has none.
  [[nodiscard]] bool is_known(Node node) const { return known_[node]; }
  [[nodiscard]] std::uint64_t nar_size(Node node) const { return nar_sizes_[node]; }
  /// In the order in which the path has them; itself is left out.
  [[nodiscard]] std::span<const Node> references(Node node) const {
    return std::span(references_).subspan(first_reference_[node], first_reference_[node + 1] - first_reference_[node]);
  }

 private:
  Node number(const StorePath& path);
  void expand(Node node);

  FindInfo info_;
  std::unordered_map<StorePath, Node> numbers_;
  std::vector<StorePath> paths_;
  std::vector<bool> known_;
  std::vector<std::uint64_t> nar_sizes_;
  std::vector<std::size_t> first_reference_{0};  ///< one more than there are nodes
  std::vector<Node> references_;
};

/// NAR sizes together, but at most the largest difference that can be told.
std::uint64_t add_sizes(std::uint64_t one, std::uint64_t other);
std::uint64_t total_size(const RuntimeGraph& graph, std::span<const RuntimeGraph::Node> nodes);

/// Walks closures of a graph that grows no more, one after another. It keeps some bytes for each node of the graph, and clears none of
/// them between two walks.
class ClosureWalk {
 public:
  using Node = RuntimeGraph::Node;

  explicit ClosureWalk(const RuntimeGraph& graph) : graph_(&graph), seen_(graph.size()), parents_(graph.size()) {}

  /// The roots with all that they refer to, each once, nearest first; valid until the next walk. nullopt where anything of it is not
  /// known: a part of a closure is no closure.
  std::optional<std::span<const Node>> run(std::span<const Node> roots);

  /// From a root to a node that the last walk met: a shortest way, both included.
  [[nodiscard]] std::vector<Node> way_to(Node node) const;

 private:
  void meet(Node node, Node parent);

  const RuntimeGraph* graph_;
  std::uint32_t walk_ = 0;
  std::vector<std::uint32_t> seen_;  ///< the last walk that met the node
  std::vector<Node> parents_;        ///< of a root the root itself
  std::vector<Node> met_;
};

}  // namespace ekaci::review
