#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/strong_id.h"
#include "engine/ports.h"
#include "model/attribute.h"
#include "nix/walker.h"

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
///
/// A walk to the tests of some attributes goes only where they are, and only tests come of it: what is below `tests` of each, under
/// the same rules as everything else. A derivation's own attributes are never walked, so tests of tests are not.
class Walk {
 public:
  /// Sets deeper than this are an error: a set that contains itself would never end.
  static constexpr std::uint32_t kMaxDepth = 32;
  static constexpr std::uint32_t kMaxAttributes = 2'000'000;

  /// More tests than this are not walked to, of all attributes together.
  static constexpr std::size_t kMaxTests = 10'000;

  /// `tests_of` as in engine::EvaluationRequest.
  explicit Walk(engine::Foremost foremost = {}, const std::set<AttributePath>& tests_of = {});

  /// The names' positions from the root down: how a worker is asked.
  [[nodiscard]] std::vector<std::uint32_t> indices(NodeId node) const;

  /// Its names from the root down.
  [[nodiscard]] AttributePath path(NodeId node) const;
  /// Whether it is one of those that come before all others, or a set on the way to one.
  [[nodiscard]] bool is_foremost(NodeId node) const { return nodes_[node.value].foremost; }

  /// What an attribute is asked before anything else.
  [[nodiscard]] Question first_question(NodeId node) const;

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
  /// What an attribute is to the walk.
  enum class Role {
    wanted,  ///< part of the result
    way,     ///< a set on the way to what has tests
    tested,  ///< a derivation that is asked for its tests
    tests,   ///< what a derivation has as tests; part of the result
  };
  struct Node {
    std::uint32_t parent = 0;
    std::uint32_t index = 0;
    std::uint32_t depth = 0;
    bool foremost = false;
    Role role = Role::wanted;
    NodeRange children{};
    std::string name{};
    std::optional<AttributeResult> result{};
    std::optional<Metadata> metadata{};
  };
  /// Whether it is part of the result, and so is everything below it.
  static bool is_wanted(Role role) { return role == Role::wanted || role == Role::tests; }
  [[nodiscard]] bool is_part_of_result(std::uint32_t id) const;
  /// Why a set cannot be walked; nullopt where it can.
  [[nodiscard]] std::optional<EvaluationError> excess_of(NodeId node, std::size_t names) const;
  /// What an attribute of this one is; nullopt where the walk does not go there.
  [[nodiscard]] std::optional<Role> role_below(Role parent, const AttributePath& path) const;
  void collect(std::vector<Attribute>& into);
  void add_unknown_tests(std::vector<Attribute>& into);
  void queue(NodeRange children);

  std::set<std::string> foremost_names_;
  std::set<AttributePath> foremost_paths_;           ///< with the sets on the way to them
  std::map<AttributePath, Role> ways_;               ///< to what has tests; empty where everything is walked
  std::map<AttributePath, std::uint32_t> tested_{};  ///< what was found to ask for its tests
  std::size_t tests_ = 0;
  std::vector<Node> nodes_;
  std::deque<NodeId> foremost_;
  std::deque<NodeRange> ranges_;
  std::uint64_t settled_ = 0;
  std::uint64_t done_ = 0;  ///< settled, but the root
  std::uint64_t errors_ = 0;
};

}  // namespace ekaci::nix
