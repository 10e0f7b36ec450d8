#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/strong_id.h"
#include "engine/build_run.h"
#include "engine/ports.h"
#include "graph/graph.h"
#include "model/evaluation.h"
#include "model/job.h"
#include "model/object_id.h"
#include "model/review.h"

/// What a review's life asks for (effects) and what it is told (events). Values: no effect has a meaning outside the review that
/// asked for it. Performing effects is engine/performer.h's work; deciding on them engine/review_life.h's.
namespace ekaci::engine {

enum class Side { base, head };

/// One evaluation of a review: a job, a system, a side.
using TaskId = StrongId<struct TaskTag, std::size_t>;

// Effects, in the order of a review's life.

/// What becomes of a range whose ends are the same commit.
enum class EmptyRange {
  refuse,  ///< invalid_argument: most likely not what was meant
  review,  ///< the one tree is evaluated and remembered
};

struct ResolveRange {
  std::optional<std::string> base;  ///< empty: the default
  std::string head;
  EmptyRange if_empty = EmptyRange::refuse;
};

struct MergeTrees {
  CommitId base;
  CommitId head;
};

/// Reads the repository's configuration of both trees, and asks for the machine's own system.
struct ReadConfigurations {
  TreeId base;
  TreeId head;
  bool wanted = true;  ///< false where the request brings its own job: only the system is asked for
};

struct LookUpEvaluation {
  TaskId task;
  TreeId tree;
  Job job;
  System system;
  std::set<AttributePath> tests_of{};  ///< as in EvaluationRequest
};

struct RunEvaluation {
  TaskId task;
  TreeId tree;
  Job job;
  System system;
  EvaluationLimits limits;
  Foremost foremost{};
  std::set<AttributePath> tests_of{};  ///< as in EvaluationRequest
  Side side = Side::head;
};

/// Reads derivations that a running evaluation has found, so that they can be built before it ends. Not while derivations are loaded.
struct LoadForemost {
  TaskId task;
  std::vector<StorePath> roots;
};

/// Reads the derivations of a task's evaluation that the graph does not have yet, and remembers a new evaluation. One at a time.
struct LoadDerivations {
  TaskId task;
  std::shared_ptr<const Evaluation> evaluation;
};

/// What is known of both sides of one job and system, for comparing them.
struct SidesOfJob {
  std::string job;
  std::string system;
  JobReview::Presence presence = JobReview::Presence::both;
  std::optional<SizeCheck> size_check{};     ///< as base's configuration has it
  std::shared_ptr<const Evaluation> base{};  ///< never null: an absent side is an empty evaluation
  std::shared_ptr<const Evaluation> head{};
  std::vector<graph::NodeId> base_roots{};  ///< the derivations among its attributes
  std::vector<graph::NodeId> head_roots{};
  bool base_reused = false;
  bool head_reused = false;
};

struct CompareSides {
  std::vector<SidesOfJob> jobs;
  graph::Snapshot graph;
  std::shared_ptr<const std::vector<std::string>> changed_files;  ///< sorted
  TreeId base;
  TreeId head;
};

/// Builds what is certain to have changed, while the rest is still evaluated; BuildChanges follows. Not answered.
struct BuildForemost {
  BuildPolicy policy;
  BuildWish wish;
};

/// Builds what changed. It and BuildForemost are carried out by other events and effects than these (build_crew.h).
struct BuildChanges {
  BuildPolicy policy;
  BuildWish wish;
};

/// What is remembered of derivations that nothing was asked of: of base, where that decides nothing.
struct RecallOutcomes {
  std::vector<StorePath> derivations;
  Assurance wanted{};
};

/// Says of each what its newest attempt tells, where it has no message yet.
struct DescribeFailures {
  std::vector<RootFailure> failures;
};

/// Says of each change what it does to sizes and build times, and of each job what that keeps. The jobs go out and come back with
/// ChangesMeasured.
struct MeasureChanges {
  std::vector<JobReview> jobs;
};

using Effect = std::variant<ResolveRange, MergeTrees, ReadConfigurations, LookUpEvaluation, RunEvaluation, LoadForemost, LoadDerivations,
                            CompareSides, BuildForemost, BuildChanges, RecallOutcomes, DescribeFailures, MeasureChanges>;

// Events: what became of the effects.

struct RangeResolved {
  std::string base_name;
  CommitId base;
  CommitId head;
};

struct TreesMerged {
  TreeId base_tree;
  MergeResult result;
  std::vector<std::string> changed_files{};  ///< between base and the merged tree, sorted
  bool only_files = false;  ///< `changed_files` is all that differs, and nothing of it is a symlink or a submodule on either side
};

struct ConfigurationsRead {
  System native_system;
  std::optional<RepositoryConfiguration> base;
  std::optional<RepositoryConfiguration> head;
  std::optional<Error> head_error;  ///< head's file is there and wrong
};

struct EvaluationLookedUp {
  TaskId task;
  EvaluatorIdentity evaluator;
  std::shared_ptr<const Evaluation> evaluation;  ///< null: not remembered
};

/// An evaluation that runs has come so far.
struct EvaluationProgressed {
  TaskId task;
  std::uint64_t known = 0;
  std::uint64_t done = 0;
  std::uint64_t errors = 0;
};

/// What came of an attribute that the change is likely to be about, while the evaluation runs.
struct ForemostFound {
  TaskId task;
  Attribute attribute;
};

struct EvaluationRan {
  TaskId task;
  std::shared_ptr<const Evaluation> evaluation;
};

/// A derivation and its direct inputs, on its way into the graph.
struct GraphRow {
  StorePath path;
  std::vector<StorePath> inputs;
};

struct DerivationsLoaded {
  TaskId task;
  std::vector<GraphRow> rows;      ///< inputs before their users
  std::vector<std::string> notes;  ///< why the evaluation could not be remembered
};

/// The derivations of LoadForemost; none where they cannot be read before the evaluation has ended.
struct ForemostLoaded {
  TaskId task;
  std::vector<StorePath> roots;
  std::vector<GraphRow> rows;  ///< inputs before their users
};

/// What was remembered cannot be read back: it has to be made again.
struct MemoLost {
  TaskId task;
  Error error;
};

struct SidesCompared {
  std::vector<JobReview> jobs;
  std::uint64_t rebuild_count = 0;  ///< Review::rebuild_count
  /// Of the derivations whose sizes a size check compares, those that can be measured although they may be gone.
  std::unordered_set<StorePath> remembered{};
};

struct ChangesBuilt {
  BuildFindings findings;
  std::vector<std::string> builders;  ///< in words
};

struct OutcomesRecalled {
  std::unordered_map<StorePath, Outcome> outcomes;
};

struct FailuresDescribed {
  std::vector<RootFailure> failures;
};

struct ChangesMeasured {
  std::vector<JobReview> jobs;
  std::vector<std::string> notes{};  ///< why sizes are not known
};

struct EffectFailed {
  Error error;
};

using Event = std::variant<RangeResolved, TreesMerged, ConfigurationsRead, EvaluationLookedUp, EvaluationProgressed, ForemostFound,
                           EvaluationRan, ForemostLoaded, DerivationsLoaded, MemoLost, SidesCompared, ChangesBuilt, OutcomesRecalled,
                           FailuresDescribed, ChangesMeasured, EffectFailed>;

}  // namespace ekaci::engine
