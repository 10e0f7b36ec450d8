#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/events.h"
#include "engine/request.h"
#include "engine/review_plan.h"
#include "engine/slots.h"
#include "graph/graph.h"
#include "model/review.h"
#include "review/judge.h"

namespace ekaci::engine {

/// Where a review stands, for people.
enum class Phase { resolving, merging, configuring, evaluating, comparing, building, measuring, finished };

/// How far one evaluation of a review has come.
struct TaskProgress {
  std::string job{};
  std::string system{};
  Side side = Side::base;
  enum class State { looking_up, waiting, evaluating, loading, done } state = State::looking_up;
  bool reused = false;
  std::uint64_t known = 0;
  std::uint64_t done = 0;
  std::uint64_t errors = 0;
};

/// What the change does to one attribute, told before the whole is known.
struct EarlyChange {
  std::string job;
  std::string system;
  Change change;
};

/// The life of one review as a state machine: told what happened, it answers what to do next. Deterministic, no clock, no I/O:
/// the same events in the same order give the same review. Engine thread only.
///
///   resolve -> merge -> configure [-> done: nothing that changed needs a review] -> for each job, system, side: look up [-> run] -> load
///   -> compare [-> build -> measure] -> judge
///
/// Where a job wants the tests of what is directly changed, they are looked up [and run] and loaded after comparing, and all is compared
/// again.
///
/// What is certain to have changed is built from the moment it is found, while evaluations run.
class ReviewLife {
 public:
  explicit ReviewLife(ReviewRequest request);

  /// What to do first. Call once.
  std::vector<Effect> start();
  /// What to do after something happened. Events of a finished review are ignored: its effects may still be under way.
  std::vector<Effect> handle(Event event);

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] std::vector<TaskProgress> progress() const;
  /// Changes that became certain since the last call, while evaluations still run.
  [[nodiscard]] std::vector<EarlyChange> take_early_changes() { return std::exchange(early_changes_, {}); }
  /// What changed in each job, while it is built; nullptr before and after. Valid until the next event.
  [[nodiscard]] const std::vector<JobReview>* jobs_to_build() const { return phase_ == Phase::building ? &review_->jobs : nullptr; }
  /// The review, or why there is none. Set once phase() is finished; its `wall`, `sandboxed` are the caller's to fill.
  [[nodiscard]] const std::optional<Result<Review>>& result() const { return result_; }

 private:
  /// One job and system; the tasks that evaluate its sides, empty where the side has no such job or shares the other's tree.
  struct Pair {
    PlannedJob planned;
    std::optional<TaskId> base{};
    std::optional<TaskId> head{};
    std::optional<TaskId> base_tests{};  ///< the tests of what is directly changed, once that is known
    std::optional<TaskId> head_tests{};
  };
  struct Trees {
    TreeId base;
    TreeId merged;
  };
  struct Task {
    std::size_t pair = 0;
    Side side = Side::base;
    TreeId tree;
    std::set<AttributePath> tests_of{};  ///< as in EvaluationRequest
    TaskProgress::State state = TaskProgress::State::looking_up;
    bool reused = false;
    EvaluationProgressed reached{};
    std::optional<EvaluationSlots::Slot> slot{};
    std::shared_ptr<const Evaluation> evaluation{};
    std::map<AttributePath, Attribute> found{};  ///< foremost attributes, while it runs
    std::vector<StorePath> unread{};             ///< derivations among them that changed and are to be built, while it runs
  };

  std::vector<Effect> on(const RangeResolved& event);
  std::vector<Effect> on(const TreesMerged& event);
  std::vector<Effect> on(const ConfigurationsRead& event);
  std::vector<Effect> on(const EvaluationLookedUp& event);
  std::vector<Effect> on(const EvaluationProgressed& event);
  std::vector<Effect> on(const ForemostFound& event);
  std::vector<Effect> on(const EvaluationRan& event);
  std::vector<Effect> on(const ForemostLoaded& event);
  std::vector<Effect> on(const DerivationsLoaded& event);
  std::vector<Effect> on(const MemoLost& event);
  std::vector<Effect> on(const SidesCompared& event);
  std::vector<Effect> on(const ChangesBuilt& event);
  std::vector<Effect> on(const OutcomesRecalled& event);
  std::vector<Effect> on(const FailuresDescribed& event);
  std::vector<Effect> on(ChangesMeasured& event);
  std::vector<Effect> on(const EffectFailed& event);

  /// The verdict on a change that needs no review by base's rules; nullopt where it has to be looked at.
  [[nodiscard]] std::optional<Verdict> skip(const ConfigurationsRead& configurations) const;
  void add_pair(PlannedJob planned);
  TaskId add_task(std::size_t pair, Side side, const TreeId& tree);
  /// Looks up the tests of what is directly changed, in the jobs that want them; none where that was done.
  std::vector<Effect> look_up_tests(const std::vector<JobReview>& jobs);
  std::optional<TaskId> add_tests_task(TaskId of, std::set<AttributePath> tests_of);
  [[nodiscard]] LookUpEvaluation look_up(TaskId id) const;
  /// Every effect that is due: runs for tasks with a free slot, the next load, the comparison once all is loaded.
  std::vector<Effect> advance();
  void start_waiting(std::vector<Effect>& effects);
  void load_next(std::vector<Effect>& effects);
  /// Has an attribute's derivation at head built before its evaluation ends, where it is certain that base has another or none.
  void hurry(TaskId base_task, TaskId head_task, const AttributePath& path);
  [[nodiscard]] Effect comparison() const;
  [[nodiscard]] SidesOfJob sides_of(const Pair& pair) const;
  /// What an evaluation of a side gave, with its tests; an absent side is an empty evaluation.
  [[nodiscard]] std::shared_ptr<const Evaluation> evaluation_of(std::optional<TaskId> task, std::optional<TaskId> tests) const;
  [[nodiscard]] std::vector<graph::NodeId> roots_of(const Evaluation& evaluation) const;
  [[nodiscard]] RunEvaluation run_of(TaskId id) const;
  /// What a side says of an attribute so far; null where that is not known yet or it has none.
  [[nodiscard]] const Attribute* find_attribute(TaskId task_id, const AttributePath& path) const;
  Status add_to_graph(const std::vector<GraphRow>& rows);
  std::vector<Effect> finish(Result<Review> result);
  std::vector<Effect> conclude();

  ReviewRequest request_;
  BuildSettings build_;  ///< of the request, where it has them
  Phase phase_ = Phase::resolving;
  std::unique_ptr<Review> review_{};      ///< from the range's resolving on
  std::unique_ptr<const Trees> trees_{};  ///< from merging on
  review::ConfigurationDifference configuration_{};
  EvaluationSlots slots_;
  std::vector<Pair> pairs_{};
  std::vector<Task> tasks_{};
  std::set<TaskId> waiting_for_slot_{};
  std::deque<TaskId> waiting_for_load_{};
  bool loading_ = false;
  graph::Graph graph_{};
  std::shared_ptr<const std::vector<std::string>> changed_files_ = std::make_shared<const std::vector<std::string>>();
  bool only_files_ = false;                               ///< as TreesMerged has it
  std::unordered_map<StorePath, Outcome> outcomes_{};     ///< that building found
  std::unordered_map<StorePath, std::string> reasons_{};  ///< likewise, as BuildFindings has them
  std::vector<EarlyChange> early_changes_{};
  std::optional<Result<Review>> result_{};
};

}  // namespace ekaci::engine
