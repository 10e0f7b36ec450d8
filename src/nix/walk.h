#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/strong_id.h"
#include "engine/ports.h"
#include "model/attribute.h"

namespace ekaci::nix {

/// An attribute of a walk. The root is 0.
using NodeId = StrongId<struct WalkNodeTag, std::uint32_t>;

/// Neighbours that are evaluated one after the other by one worker: they share most of what they need.
struct NodeRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  [[nodiscard]] std::uint32_t size() const { return end - first; }
};

/// The attributes that are known to exist, what came of each, and which are still to be done. One thread.
class Walk {
 public:
  /// Sets deeper than this are an error: a set that contains itself would never end.
  static constexpr std::uint32_t kMaxDepth = 32;
  static constexpr std::uint32_t kMaxAttributes = 2'000'000;

  explicit Walk(engine::Foremost foremost = {});

  /// The names' positions from the root down: how a worker is asked.
  [[nodiscard]] std::vector<std::uint32_t> indices(NodeId node) const;

  /// Its names from the root down.
  [[nodiscard]] AttributePath path(NodeId node) const;
  /// Whether it is one of those that come before all others, or a set on the way to one.
  [[nodiscard]] bool is_foremost(NodeId node) const { return nodes_[node.value].foremost; }

  /// The attribute is a set to be walked: its names, ascending, become attributes to be done.
  void list(NodeId node, std::vector<std::string> names);
  /// What came of an attribute; the first result stays.
  void settle(NodeId node, AttributeResult result, std::optional<Metadata> metadata = std::nullopt);
  [[nodiscard]] bool is_settled(NodeId node) const { return nodes_[node.value].result.has_value(); }
  /// Every attribute without a result gets this one.
  void settle_rest(const EvaluationError& error);

  /// A foremost attribute nobody works at yet; nullopt where there is none.
  std::optional<NodeId> next_foremost();
  /// Neighbours nobody works at yet, without foremost ones; nullopt where there are none.
  std::optional<NodeRange> next_range();
  /// Neighbours that a worker gives back.
  void give_back(NodeRange range);

  [[nodiscard]] std::uint64_t known() const { return nodes_.size() - 1; }
  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }
  [[nodiscard]] bool is_finished() const { return settled_ == nodes_.size(); }

  /// Every attribute with its result, in path order. The root is one only where it is no walked set. Call once, at the end.
  std::vector<Attribute> take_attributes();

 private:
  struct Node {
    std::uint32_t parent = 0;
    std::uint32_t index = 0;
    std::uint32_t depth = 0;
    bool foremost = false;
    NodeRange children{};
    std::string name{};
    std::optional<AttributeResult> result{};
    std::optional<Metadata> metadata{};
  };
  void collect(std::vector<Attribute>& into);
  void queue(NodeRange children);

  std::set<std::string> foremost_names_;
  std::set<AttributePath> foremost_paths_;  ///< with the sets on the way to them
  std::vector<Node> nodes_;
  std::deque<NodeId> foremost_;
  std::deque<NodeRange> ranges_;
  std::uint64_t settled_ = 0;
  std::uint64_t done_ = 0;  ///< settled, but the root
  std::uint64_t errors_ = 0;
};

}  // namespace ekaci::nix
