#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/build_events.h"
#include "engine/builds.h"
#include "graph/graph.h"
#include "model/outcome.h"
#include "model/store_path.h"

namespace ekaci::engine {

/// How much of base is built.
enum class BaseBuilds {
  none,
  deciding,  ///< of what fails at head, and of what succeeds there where a size check compares the two
  all,       ///< besides, of what succeeds at head, for sizes: the verdict does not wait for it, the report does
};

/// What an attribute's derivations are for.
enum class BuildPurpose : std::uint8_t {
  transition,  ///< to tell what becomes of building it
  size_check,  ///< besides, to tell how much it has grown: base's decides as well where head's succeeds
};

/// One changed attribute, as far as building is concerned.
struct BuildPair {
  graph::NodeId head;
  std::optional<graph::NodeId> base{};
  BuildPurpose purpose = BuildPurpose::transition;
  /// Where its sizes are compared: `outputs` where they have to be there for it.
  Need head_need = Need::outcome;
  Need base_need = Need::outcome;
};

/// What building is asked of one review. Several may follow each other: each graph is the one before or has grown since.
struct BuildWish {
  graph::Snapshot graph;
  std::vector<BuildPair> pairs{};
  BaseBuilds base = BaseBuilds::deciding;
};

/// What building found out.
struct BuildFindings {
  std::unordered_map<StorePath, Outcome> outcomes{};     ///< of every node of a pair, and of their roots
  std::unordered_map<StorePath, std::string> reasons{};  ///< as Builds::reason(), of those that have one
  std::uint64_t built = 0;
  std::uint64_t substituted = 0;
  std::uint64_t reused = 0;
};

/// The building of one review: wants head's changed attributes, and of base what the answer depends on, and knows when all is known.
/// Deterministic, as Builds is. Engine thread only.
class BuildRun {
 public:
  explicit BuildRun(BuildPolicy policy) : builds_(policy) {}

  /// Call once, first.
  std::vector<BuildEffect> start(Clock::Instant now, std::span<const BuilderDescription> builders);
  /// Wants more. A node of head that was wanted before is not wanted again; a pair may tell the base of one.
  std::vector<BuildEffect> want(Clock::Instant now, BuildWish wish);
  /// Nothing more will be wanted.
  void close() { is_closed_ = true; }
  std::vector<BuildEffect> handle(Clock::Instant now, const BuildEvent& event);

  /// Never before close().
  [[nodiscard]] bool is_done() const { return is_closed_ && builds_.is_done(); }
  [[nodiscard]] const Builds& builds() const { return builds_; }
  [[nodiscard]] const graph::Snapshot& graph() const { return graph_; }
  /// Once is_done().
  [[nodiscard]] BuildFindings findings() const;

 private:
  std::vector<BuildEffect> tell(Clock::Instant now, const BuildEvent& event);
  void note(const BuildEffect& effect);
  void note_attempt(const StoreAttempt& effect);
  /// What of base became worth knowing since the last call.
  std::vector<BuildEffect> want_base(Clock::Instant now);
  /// What base has in the place of a node of head.
  struct Counterpart {
    graph::NodeId node;
    BuildPurpose purpose = BuildPurpose::transition;
    Need need = Need::outcome;
  };
  /// What is to be wanted together.
  struct BaseWants {
    Wanted deciding;
    Wanted measured;  ///< decides as well, by its sizes
    Wanted sizes;
  };
  /// Head's nodes of which so much is needed and was not wanted before.
  Wanted head_wanted(std::span<const BuildPair> pairs, Need need);
  /// When a counterpart is to be built, now that head's outcome is known; nullopt where it is not.
  [[nodiscard]] std::optional<Priority> priority_of(const Counterpart& base, OutcomeKind head) const;
  /// Wants what base has in the place of a node of head whose outcome is known, where that is to be built.
  void sort_base_of(graph::NodeId head, BaseWants& wants);
  void add_outcome(graph::NodeId node, BuildFindings& findings) const;

  graph::Snapshot graph_{};
  BaseBuilds base_ = BaseBuilds::deciding;
  bool is_closed_ = false;
  Builds builds_;
  std::unordered_set<graph::NodeId> heads_{};                      ///< of which the outcome was wanted
  std::unordered_set<graph::NodeId> measured_heads_{};             ///< of which the outputs were wanted
  std::unordered_set<graph::NodeId> bases_{};                      ///< of pairs
  std::unordered_multimap<graph::NodeId, Counterpart> base_of_{};  ///< by head: pairs of which base was not wanted
  std::vector<graph::NodeId> changed_{};                           ///< nodes whose outcome is new since want_base()
  std::unordered_map<graph::NodeId, std::uint32_t> attempts_{};
  std::uint64_t built_ = 0;
  std::uint64_t substituted_ = 0;
};

}  // namespace ekaci::engine
