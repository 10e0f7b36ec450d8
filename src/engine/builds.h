#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "engine/build_events.h"
#include "engine/build_plan.h"
#include "engine/build_queue.h"

namespace ekaci::engine {

/// How building is done.
struct BuildPolicy {
  Assurance assurance{};  ///< asked for; a weaker outcome counts as unknown, a weaker builder is not used
  BuildLimits limits{};
  /// Whether failures and timeouts that are remembered are asked for again.
  enum class Failures : std::uint8_t { remember, ask_again } failures = Failures::remember;
  std::uint32_t max_builds = std::numeric_limits<std::uint32_t>::max();  ///< nodes; what is left out is `not_built`
  std::uint32_t retries = 3;                                             ///< of one node, for failures of the infrastructure
  std::chrono::milliseconds first_backoff{5'000};                        ///< before the first of them; twice that before the next
  std::chrono::milliseconds longest_backoff{300'000};
  std::chrono::milliseconds patience{600'000};     ///< with a builder that went away, before what only it can build is given up
  std::chrono::milliseconds unknown_time{30'000};  ///< what a build is taken to last that never succeeded
  std::size_t roots = 32;                          ///< kept of a node
  std::size_t batch = 4096;                        ///< nodes of one question
};

/// A build that runs, for people.
struct RunningBuild {
  BuildId id;
  graph::NodeId node;
  BuilderId builder;
  BuildMode mode = BuildMode::build;
  Clock::Instant since{};
};

/// What waits for another try, for people.
struct WaitingBuild {
  graph::NodeId node;
  Clock::Instant until{};
  std::string_view reason{};  ///< what kept it the last time; printable, one line
};

/// What is needed for saying how long it will take.
struct RemainingWork {
  std::chrono::milliseconds work{};     ///< of all nodes that are known to be built yet, one after the other
  std::chrono::milliseconds longest{};  ///< the longest chain that one of those running began, from its start
  std::uint32_t slots = 0;
  std::uint32_t undecided = 0;  ///< nodes of which it is not yet known whether they have to be built
};

/// Building as a state machine: told what happened, it answers what to do next. Deterministic, no clock, no I/O. Joins the plan
/// (what is wanted and ready) with the queue (who is next, and where), and adds what takes time: attempts that are stored before
/// they count, retries, builders that go and come, bounds. After a crash a new one is made, told of builders and wants again, and
/// goes on from what was stored and what is valid. Engine thread only.
class Builds {
 public:
  explicit Builds(BuildPolicy policy);

  /// What to do after something happened. `now` never goes back. Answers to what was given up meanwhile are ignored.
  std::vector<BuildEffect> handle(Clock::Instant now, const BuildEvent& event);

  /// Each takes constant time, but for the ones that return lists.
  [[nodiscard]] const BuildCounts& counts() const { return plan_.counts(); }
  /// Nothing is under way, and nothing wanted is unfinished.
  [[nodiscard]] bool is_done() const { return plan_.counts().unfinished() == 0; }
  [[nodiscard]] BuildState state(graph::NodeId node) const { return plan_.state(node); }
  /// Known from the moment a node first finishes. One that waited for a failure in vain can still become stronger: from
  /// `infrastructure` to `dependency_failed`, and get more roots.
  [[nodiscard]] std::optional<OutcomeKind> outcome(graph::NodeId node) const { return plan_.outcome(node); }
  /// Why it did not come to a build of its own, in path order, bounded by the policy. Final as soon as is_done().
  [[nodiscard]] std::span<const graph::NodeId> roots(graph::NodeId node) const { return plan_.roots(node); }
  /// In the order of being started.
  [[nodiscard]] std::vector<RunningBuild> running() const;
  /// What is tried again next, where that is what happens next; valid until handle(). Constant time.
  [[nodiscard]] std::optional<WaitingBuild> waiting() const;
  /// Why a node's outcome is `infrastructure`, where no stored attempt tells; else empty. One line, printable.
  [[nodiscard]] std::string_view reason(graph::NodeId node) const;
  [[nodiscard]] BuildQueue::Load load(BuilderId builder) const { return queue_.load(builder); }
  [[nodiscard]] RemainingWork remaining() const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  /// For people; one text for all nodes that one failure concerns.
  using Reason = std::shared_ptr<const std::string>;
  /// A build from its start until its attempt is stored.
  struct Run {
    graph::NodeId node;
    BuildMode mode = BuildMode::build;
    BuilderId builder;
    Clock::Instant since{};
    std::optional<BuildQueue::Slot> slot{};  ///< until it ended
    bool is_stopping = false;                ///< because nobody wanted it any more
    AttemptResult result = AttemptResult::stopped;
    bool differs_from_store = false;
    Reason reason{};  ///< what kept it, once it ended
  };
  /// One failure that was not the package's.
  struct Setback {
    Reason reason{};
    std::optional<BuilderId> builder{};  ///< where an attempt was made, which is stored
  };
  /// Those of a node.
  struct Trouble {
    Reason reason{};  ///< of the last
    std::uint32_t failures = 0;
    std::uint32_t alarm = 0;  ///< the number of the one that counts
    std::optional<BuilderId> builder{};
  };
  using Waker = std::variant<graph::NodeId, BuilderId>;
  struct Alarm {
    Clock::Instant instant{};
    std::uint32_t number = 0;
    Waker wakes{};
    friend bool operator>(const Alarm& left, const Alarm& right) {
      return std::tie(left.instant, left.number) > std::tie(right.instant, right.number);
    }
  };

  void on(const Wanted& event);
  void on(const Unwanted& event);
  void on(const OutcomesFound& event);
  void on(const ValidityFound& event);
  void on(const TraitsRead& event);
  void on(const QuestionFailed& event);
  void on(const BuildEnded& event);
  void on(const AttemptStored& event);
  void on(const StoringFailed& event);
  void on(const BuilderPresent& event);
  void on(const BuilderLost& event);
  void on(const Woke& event);
  void on(const AllCancelled& event);

  std::uint32_t& attempts_of(graph::NodeId node);
  [[nodiscard]] Memory recall(const std::optional<Outcome>& outcome) const;
  void place(graph::NodeId node);
  /// What a run says of its node. Where the store keeps what was made under less, nothing can be said that holds under more: neither of the
  /// node nor of what would be built with it.
  [[nodiscard]] static OutcomeKind outcome_of(const Run& run);
  void conclude(const Run& run);
  /// What was to be substituted.
  void build_instead(graph::NodeId node);
  void try_again(graph::NodeId node, const Setback& setback);
  /// It ends for the infrastructure, and no attempt tells why.
  void give_up(graph::NodeId node, Reason reason);
  void wake(graph::NodeId node, std::uint32_t alarm);
  void wake(BuilderId builder, std::uint32_t alarm);
  std::uint32_t set_alarm(std::chrono::milliseconds wait, Waker wakes);
  void finish(graph::NodeId node, OutcomeKind kind);
  void finish_without_builder(graph::NodeId node);
  /// Ends what no builder will take any more.
  void finish_hopeless();

  /// Every effect that is due.
  void advance();
  void carry_out(const BuildAgenda& agenda);
  void stop(graph::NodeId node);
  template <class Question>
  void ask(const std::vector<graph::NodeId>& nodes);
  void enqueue(graph::NodeId node);
  void start_builds();
  void start_build(BuildQueue::Next next);
  bool is_within_bound(graph::NodeId node);
  void ask_for_alarm();

  BuildPolicy policy_;
  BuildPlan plan_;
  BuildQueue queue_;  ///< before what holds its slots
  std::map<BuildId, Run> runs_{};
  std::unordered_map<graph::NodeId, Trouble> troubles_{};
  std::unordered_map<graph::NodeId, Reason> reasons_{};      ///< see reason()
  std::vector<std::uint32_t> attempts_{};                    ///< by node: made so far, over all reviews
  std::vector<std::uint32_t> times_{};                       ///< by node: milliseconds of the last success, 0 where unknown
  std::unordered_set<graph::NodeId> begun_{};                ///< counted against max_builds
  std::unordered_map<BuilderId, std::uint32_t> absences_{};  ///< the alarm that ends patience with a builder
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_{};
  std::optional<Clock::Instant> asked_alarm_{};
  Clock::Instant now_{};
  std::vector<BuildEffect> effects_{};
  std::uint64_t last_build_ = 0;
  std::uint32_t last_alarm_ = 0;
};

}  // namespace ekaci::engine
