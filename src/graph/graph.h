#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/chunked.h"
#include "graph/node_id.h"
#include "model/evaluation.h"
#include "model/store_path.h"

/// Derivations and what they are built from, as numbers. A node's inputs have lower ids than the node itself, so that going up or
/// down the ids is going through the graph in an order of building, and most questions are one pass over arrays without a stack.
namespace ekaci::graph {

/// The nodes that a graph had when the snapshot was taken. Immutable, cheap to copy, and safe to read on any thread while the
/// graph goes on growing on its own.
class Snapshot {
 public:
  /// Nodes; their ids are 0 to size() - 1. All functions below want one of these.
  [[nodiscard]] std::uint32_t size() const { return nodes_.size(); }
  [[nodiscard]] std::uint64_t edge_count() const { return edge_count_; }

  /// What a node is built from: ascending, each once, all below the node. Valid as long as the snapshot.
  [[nodiscard]] std::span<const NodeId> inputs(NodeId node) const {
    const Node& found = nodes_[node.value];
    return edges_.span(found.first_input, found.input_count);
  }
  [[nodiscard]] const StoreHash& hash(NodeId node) const { return nodes_[node.value].hash; }
  /// `hello-1.0.drv`. Valid as long as the snapshot.
  [[nodiscard]] std::string_view name(NodeId node) const;
  [[nodiscard]] StorePath path(NodeId node) const;

 private:
  friend class Graph;
  struct Node {
    StoreHash hash{};
    std::uint32_t name = 0;  ///< where in names_: a byte with the length, then the characters
    std::uint32_t first_input = 0;
    std::uint32_t input_count = 0;
  };
  static constexpr unsigned kEdgeBits = 18;

  ChunkedArray<Node> nodes_{14};
  ChunkedArray<NodeId> edges_{kEdgeBits};
  ChunkedArray<char> names_{18};
  std::uint64_t edge_count_ = 0;
};

/// Where a graph is full; each at most 2^32 - 1.
struct GraphLimits {
  std::uint32_t nodes = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t edges = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t name_bytes = std::numeric_limits<std::uint32_t>::max();
};

/// All derivations that were ever read, each once, keyed by the hash of its store path. Grows only. One thread at a time;
/// readers on other threads take a snapshot().
///
/// Memory for each node: 32 bytes, its name and one more, 8 to 16 of the index; for each edge 4 bytes.
class Graph {
 public:
  /// The most inputs of one node.
  static constexpr std::size_t kMaxInputs = std::size_t{1} << Snapshot::kEdgeBits;

  explicit Graph(GraphLimits limits = {}) : limits_(limits) {}

  /// Adds a node; neither the order of inputs nor doubles among them matter. One that is there already is found again. Fails,
  /// leaving the graph as it was, with invalid_argument where an input is no node, conflict where the node is there with another
  /// name or other inputs, resource_exhausted where the graph is full.
  Result<NodeId> add(const StorePath& path, std::span<const NodeId> inputs);
  /// Adds a derivation whose inputs were added before; not_found, naming it, where one was not.
  Result<NodeId> add(const DerivationRecord& record);

  [[nodiscard]] std::optional<NodeId> find(const StoreHash& hash) const;
  [[nodiscard]] std::optional<NodeId> find(const StorePath& path) const { return find(path.hash()); }

  /// The nodes of now, to be asked for inputs, names and paths until the next add().
  [[nodiscard]] const Snapshot& nodes() const { return nodes_; }
  /// The nodes of now, to be kept and read anywhere.
  [[nodiscard]] Snapshot snapshot() const { return nodes_; }
  /// Bytes held, the index included.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  [[nodiscard]] bool is_same(NodeId node, const StorePath& path) const;
  [[nodiscard]] Status check_room(const StorePath& path) const;
  [[nodiscard]] std::size_t slot_of(const StoreHash& hash) const;
  NodeId append(const StorePath& path);
  void grow_index();

  GraphLimits limits_;
  Snapshot nodes_;
  std::vector<std::uint32_t> index_ = std::vector<std::uint32_t>(1024);  ///< open addressing: id + 1, or 0; 2^n slots
  std::vector<NodeId> row_;                                              ///< the inputs of the node being added
};

}  // namespace ekaci::graph
