#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/node_id.h"

namespace ekaci::graph {

/// Nodes of one snapshot, a bit for each.
class NodeSet {
 public:
  /// Empty, for nodes 0 to size - 1.
  explicit NodeSet(std::uint32_t size) : words_((std::size_t{size} + kBits - 1) / kBits) {}
  NodeSet(std::uint32_t size, std::span<const NodeId> nodes);

  /// Says whether it was not there yet. A node that is none of the snapshot's is a defect and throws std::out_of_range.
  bool insert(NodeId node) {
    std::uint64_t& word = words_.at(node.value / kBits);
    const std::uint64_t before = word;
    word |= bit_of(node);
    return word != before;
  }
  [[nodiscard]] bool contains(NodeId node) const {
    const std::size_t word = node.value / kBits;
    return word < words_.size() && (words_[word] & bit_of(node)) != 0;
  }
  [[nodiscard]] std::uint32_t count() const;
  /// In ascending order.
  [[nodiscard]] std::vector<NodeId> to_vector() const;

  /// Calls `use` for each, lowest first; it may insert nodes above the one it is called for, and hears of those too.
  template <class Use>
  void for_each_ascending(Use use) const {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      std::uint64_t ahead = ~std::uint64_t{0};
      while (const std::uint64_t left = words_[word] & ahead) {
        const std::uint64_t lowest = left & (~left + 1);
        ahead = ~(lowest | (lowest - 1));
        use(node_at(word, lowest));
      }
    }
  }
  /// Calls `use` for each, highest first; it may insert nodes below the one it is called for, and hears of those too.
  template <class Use>
  void for_each_descending(Use use) const {
    for (std::size_t word = words_.size(); word-- > 0;) {
      std::uint64_t ahead = ~std::uint64_t{0};
      while (const std::uint64_t left = words_[word] & ahead) {
        const std::uint64_t highest = std::bit_floor(left);
        ahead = highest - 1;
        use(node_at(word, highest));
      }
    }
  }

  friend bool operator==(const NodeSet&, const NodeSet&) = default;

 private:
  static constexpr std::uint32_t kBits = 64;
  static std::uint64_t bit_of(NodeId node) { return std::uint64_t{1} << (node.value % kBits); }
  static NodeId node_at(std::size_t word, std::uint64_t bit) {
    return {static_cast<std::uint32_t>(word * kBits) + static_cast<std::uint32_t>(std::countr_zero(bit))};
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace ekaci::graph
