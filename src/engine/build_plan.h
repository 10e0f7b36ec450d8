#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "engine/build_events.h"
#include "engine/build_roots.h"
#include "engine/build_urgency.h"
#include "graph/graph.h"
#include "model/outcome.h"

namespace ekaci::engine {

/// Where a node stands. Every state but `unknown` and `finished` has something under way that will end it.
enum class BuildState : std::uint8_t {
  unknown,          ///< nobody wants it
  asking_outcome,   ///< what is remembered of it is being looked up
  asking_validity,  ///< the store is being asked for its outputs
  asking_traits,    ///< it has to be built, and its derivation is being read
  waiting,          ///< for inputs
  ready,            ///< could be built now
  running,
  storing,      ///< it ran; the attempt is being stored
  backing_off,  ///< something failed that is worth another try, later
  finished,
};
inline constexpr std::size_t kBuildStates = 10;

/// What is remembered of a node, for the assurance that is asked for.
enum class Memory : std::uint8_t { nothing, succeeded, succeeded_weaker, failed, timed_out };

/// How many nodes there are of each kind. The states' numbers sum to the nodes of the graph.
struct BuildCounts {
  std::array<std::uint32_t, kBuildStates> states{};            ///< by BuildState
  std::array<std::uint32_t, kOutcomeKinds.size()> outcomes{};  ///< of the finished ones, by OutcomeKind
  /// How long what waits, is ready or runs takes, one after the other.
  std::chrono::milliseconds work{};

  [[nodiscard]] std::uint32_t of(BuildState state) const { return states[static_cast<std::size_t>(state)]; }
  [[nodiscard]] std::uint32_t of(OutcomeKind kind) const { return outcomes[static_cast<std::size_t>(kind)]; }
  /// Nodes that are wanted and not finished.
  [[nodiscard]] std::uint32_t unfinished() const;
};

/// What follows from what the plan was told: each node once, ascending, and only where it still stands so.
struct BuildAgenda {
  std::vector<graph::NodeId> find_outcome{};     ///< outcome_found() is due
  std::vector<graph::NodeId> ask_validity{};     ///< validity_found() is due
  std::vector<graph::NodeId> place{};            ///< expand() or finish() is due, once its traits are known
  std::vector<graph::NodeId> withdrawn{};        ///< not ready any more
  std::vector<graph::NodeId> ready{};            ///< newly ready
  std::vector<graph::NodeId> stop{};             ///< runs, and nobody wants it any more
  std::vector<graph::NodeId> found_valid{};      ///< is there without having been remembered
  std::vector<graph::NodeId> outcome_changed{};  ///< for readers

  [[nodiscard]] bool is_empty() const;
};

/// What is wanted and what is ready, over a graph that may grow meanwhile. Knows neither builders nor time nor Nix. A node is
/// looked at only where something wanted needs it: below an output that is valid or can be fetched there is nothing to do.
///
///   unknown -> asking outcome -> asking validity -> asking traits -> waiting -> ready -> running -> storing -> finished
///
/// A node that fails for a reason of its own is a root. Everything above it that had to wait for it ends at once as
/// dependency_failed (or as the infrastructure, no_builder, cancelled, not_built that it waited for, in that order of strength),
/// with the roots of that kind. What else such a node needs and nobody knows the outcome of is built all the same, so that in the end
/// the roots are all of them, whatever failed first; but what is known to succeed is not made again for it.
///
/// Told of a node that does not stand where the call belongs (an answer that comes late), it does nothing. 56 bytes for each node
/// and 8 for each edge that was needed; each call takes time in proportion to the edges of the nodes that it changes.
/// Engine thread only.
class BuildPlan {
 public:
  /// Keeps at most so many roots of one node.
  explicit BuildPlan(std::size_t root_bound) : root_sets_(root_bound) {}

  /// A want for each of the nodes; the snapshot is the one of before or has grown since.
  void want(const Wanted& wanted);
  /// Takes a want back. What nobody wants any more is forgotten, except outcomes that last.
  void unwant(const Unwanted& unwanted);

  void outcome_found(graph::NodeId id, Memory memory);
  void validity_found(graph::NodeId id, Validity validity);
  /// It can be built, and takes about so long: its inputs are wanted now.
  void expand(graph::NodeId id, std::chrono::milliseconds time);
  /// It ends here for a reason of its own. With `succeeded` its outputs are valid.
  void finish(graph::NodeId id, OutcomeKind kind);
  void start(graph::NodeId id);
  /// It does not run any more.
  void store(graph::NodeId id);
  /// It is tried again from resume() on.
  void back_off(graph::NodeId id);
  void resume(graph::NodeId id);
  /// The inputs of a node that is to be tried again may have been collected: they are asked for, and made again.
  void doubt_inputs(graph::NodeId id);
  /// A binary cache has it and does not give it: it is built when it is tried again.
  void doubt_cache(graph::NodeId id);
  /// Everything unfinished that does not run or is being stored ends as cancelled, and everything wanted from now on.
  void cancel_all();

  [[nodiscard]] BuildAgenda take_agenda();
  /// Works out anew how urgent nodes are, and says which ready ones have another rank than before. Best put off until something
  /// can be started: what was wanted until then is spread in one go.
  [[nodiscard]] std::vector<graph::NodeId> take_reranked();

  [[nodiscard]] BuildState state(graph::NodeId node) const { return is_known(node) ? at(node).state : BuildState::unknown; }
  /// Known from the moment a node first finishes, also while it is made again for its outputs.
  [[nodiscard]] std::optional<OutcomeKind> outcome(graph::NodeId node) const;
  /// What a node waited for in vain, in path order, bounded. Empty for one that ended for a reason of its own.
  [[nodiscard]] std::span<const graph::NodeId> roots(graph::NodeId node) const;
  [[nodiscard]] BuildMode mode(graph::NodeId node) const { return at(node).mode; }
  [[nodiscard]] bool is_needed(graph::NodeId node) const { return is_known(node) && at(node).needs > 0; }
  [[nodiscard]] BuildRank rank(graph::NodeId id) const;
  [[nodiscard]] const BuildCounts& counts() const { return counts_; }
  [[nodiscard]] const graph::Snapshot& graph() const { return graph_; }
  [[nodiscard]] bool is_cancelled() const { return is_cancelled_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  /// No link.
  static constexpr std::uint32_t kNone = 0;

  struct Node {
    Urgency urgency{};
    std::uint32_t needs = 0;         ///< wants, and users that are expanded
    std::uint32_t output_needs = 0;  ///< those of them that need outputs
    std::uint32_t unmet = 0;         ///< while waiting: inputs that are not present
    std::uint32_t first_user = kNone;
    std::uint32_t time = 0;  ///< milliseconds that building it takes
    RootSetId roots{};
    BuildState state = BuildState::unknown;
    BuildMode mode = BuildMode::build;
    bool has_kind : 1 = false;
    bool is_present : 1 = false;           ///< as far as is known, its outputs are valid
    bool is_expanded : 1 = false;          ///< it holds a need for each of its inputs
    bool is_doomed : 1 = false;            ///< it is expanded and blocked: those needs are for outcomes only
    bool is_linked : 1 = false;            ///< it is among the users of its inputs
    bool is_remembered : 1 = false;        ///< its outcome was asked for
    bool is_weak : 1 = false;              ///< what is there was made under a weaker assurance
    bool is_unfetchable : 1 = false;       ///< a binary cache had it and did not give it
    bool is_in_urgency_queue : 1 = false;  ///< it has more to say to its inputs, or another rank
    bool is_in_block_queue : 1 = false;
    OutcomeKind kind = OutcomeKind::not_built;  ///< where has_kind
  };
  static_assert(sizeof(Node) <= 56);
  /// One user of a node, and where the next is. Links stay for good: inputs of a derivation never change.
  struct Link {
    graph::NodeId user{};
    std::uint32_t next = kNone;
  };
  /// Why a node cannot go on: the strongest kind among its inputs, and whose that is.
  struct Block {
    OutcomeKind kind = OutcomeKind::succeeded;  ///< nothing is in the way
    RootSetId roots{};
  };

  [[nodiscard]] bool is_known(graph::NodeId node) const { return node.value < nodes_.size(); }
  [[nodiscard]] const Node& at(graph::NodeId node) const { return nodes_[node.value]; }
  Node& at(graph::NodeId node) { return nodes_[node.value]; }
  [[nodiscard]] bool stands(graph::NodeId node, BuildState state) const { return is_known(node) && at(node).state == state; }

  void grow(const graph::Snapshot& graph);
  void set_state(graph::NodeId id, BuildState state);
  void set_kind(graph::NodeId id, OutcomeKind kind, RootSetId roots);
  void set_present(graph::NodeId id, bool present);
  void add_need(graph::NodeId id, Need need);
  void drop_need(graph::NodeId id, Need need);
  void release_unneeded();
  void release(graph::NodeId id);
  void forget(graph::NodeId id);
  void ask_validity(graph::NodeId id);
  void make(graph::NodeId id, BuildMode mode);
  void link(graph::NodeId id);
  void collapse(graph::NodeId id);
  /// Ready, waiting or blocked: what its inputs say.
  void evaluate(graph::NodeId id);
  void become_ready(graph::NodeId id);
  void settle(graph::NodeId id, OutcomeKind kind);
  void end(graph::NodeId id, OutcomeKind kind);
  [[nodiscard]] Block block_by(graph::NodeId input);
  void add_block(Block& block, const Block& other);
  void block_user(graph::NodeId id, const Block& block);
  void block_users();
  /// What is blocked needs no outputs.
  void lower_needs();
  void spare(graph::NodeId id);
  void queue_urgency(graph::NodeId id);
  void queue_block(graph::NodeId id);
  std::vector<graph::NodeId> chosen(std::vector<graph::NodeId>& nodes, BuildState state) const;
  /// Calls `use(user)` for each expanded user.
  template <class Use>
  void for_each_user(graph::NodeId node, Use use);

  graph::Snapshot graph_{};
  std::vector<Node> nodes_{};
  std::vector<Link> links_{Link{}};  ///< the first is none
  RootSets root_sets_;
  BuildCounts counts_{};
  BuildAgenda agenda_{};
  std::vector<graph::NodeId> unneeded_{};
  std::vector<graph::NodeId> doomed_{};                 ///< whose needs are to be lowered
  std::priority_queue<graph::NodeId> urgency_queue_{};  ///< highest first: users before their inputs
  std::priority_queue<graph::NodeId, std::vector<graph::NodeId>, std::greater<>> block_queue_{};  ///< inputs before their users
  std::uint32_t wants_ = 0;                                                                       ///< so far
  bool is_cancelled_ = false;
};

}  // namespace ekaci::engine
