#include "engine/review_life.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "engine/foremost.h"
#include "engine/package_tests.h"
#include "engine/review_builds.h"
#include "engine/review_plan.h"
#include "review/compare.h"
#include "review/skip.h"
#include "review/transitions.h"

namespace ekaci::engine {
namespace {

const EvaluatedDerivation* derivation_of(const Attribute* attribute) {
  return attribute == nullptr ? nullptr : std::get_if<EvaluatedDerivation>(&attribute->result);
}

template <class... Items>
std::vector<Effect> effects_of(Items... items) {
  std::vector<Effect> effects;
  (effects.emplace_back(std::move(items)), ...);
  return effects;
}

}  // namespace

ReviewLife::ReviewLife(ReviewRequest request)
    : request_(std::move(request)), build_(request_.build.value_or(BuildSettings{})), slots_(request_.budget) {}

std::vector<Effect> ReviewLife::start() { return effects_of(ResolveRange{request_.base, request_.head, request_.if_empty}); }

std::vector<Effect> ReviewLife::handle(Event event) {
  if (result_) return {};
  return std::visit([this](auto& happened) { return on(happened); }, event);
}

std::vector<Effect> ReviewLife::on(const RangeResolved& event) {
  review_ = std::make_unique<Review>(Review{.base_name = request_.base_name.value_or(event.base_name),
                                            .head_name = request_.head_name.value_or(request_.head),
                                            .base = event.base,
                                            .head = event.head});
  phase_ = Phase::merging;
  return effects_of(MergeTrees{event.base, event.head});
}

std::vector<Effect> ReviewLife::on(const TreesMerged& event) {
  review_->base_tree = event.base_tree;
  review_->changed_files = event.changed_files.size();
  const std::size_t kept = std::min(event.changed_files.size(), Review::kMaxChangedPaths);
  review_->changed_paths.assign(event.changed_files.begin(), event.changed_files.begin() + static_cast<std::ptrdiff_t>(kept));
  changed_files_ = std::make_shared<const std::vector<std::string>>(event.changed_files);
  only_files_ = event.only_files;
  if (const auto* conflict = std::get_if<MergeConflict>(&event.result)) {
    review_->conflicts = conflict->files;
    return conclude();
  }
  const TreeId& merged = std::get<MergedTree>(event.result).tree;
  review_->merged_tree = merged;
  trees_ = std::make_unique<const Trees>(Trees{.base = event.base_tree, .merged = merged});
  phase_ = Phase::configuring;
  return effects_of(ReadConfigurations{event.base_tree, merged, !request_.job});
}

std::optional<Verdict> ReviewLife::skip(const ConfigurationsRead& configurations) const {
  // Who names jobs wants to see what becomes of them.
  if (!request_.jobs.empty() || !configurations.base || !only_files_) return std::nullopt;
  const std::vector<std::string> patterns = review::skipping_patterns(*configurations.base, *changed_files_);
  if (patterns.empty()) return std::nullopt;
  return review::judge_skipped(*review_, {.file = configurations.base->file, .patterns = patterns});
}

std::vector<Effect> ReviewLife::on(const ConfigurationsRead& event) {
  if (std::optional<Verdict> verdict = skip(event)) {
    review_->verdict = std::move(*verdict);
    return finish(std::move(*review_));
  }
  Result<ReviewPlan> plan = plan_review(request_, event);
  if (!plan) return finish(fail(plan.error()));
  configuration_ = std::move(plan->configuration);
  review_->notes.insert(review_->notes.end(), plan->notes.begin(), plan->notes.end());
  for (PlannedJob& job : plan->jobs) add_pair(std::move(job));
  phase_ = Phase::evaluating;
  std::vector<Effect> effects;
  effects.reserve(tasks_.size());
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    effects.emplace_back(look_up(TaskId{i}));
  }
  return effects;
}

LookUpEvaluation ReviewLife::look_up(TaskId id) const {
  const Task& task = tasks_[id.value];
  const PlannedJob& planned = pairs_[task.pair].planned;
  return {.task = id, .tree = task.tree, .job = planned.job, .system = planned.system, .tests_of = task.tests_of};
}

void ReviewLife::add_pair(PlannedJob planned) {
  const std::size_t index = pairs_.size();
  Pair pair{.planned = std::move(planned)};
  const JobReview::Presence presence = pair.planned.presence;
  if (presence != JobReview::Presence::added) pair.base = add_task(index, Side::base, trees_->base);
  const bool shared = presence == JobReview::Presence::both && trees_->base == trees_->merged;
  if (shared) {
    pair.head = pair.base;
  } else if (presence != JobReview::Presence::removed) {
    pair.head = add_task(index, Side::head, trees_->merged);
  }
  pairs_.push_back(std::move(pair));
}

TaskId ReviewLife::add_task(std::size_t pair, Side side, const TreeId& tree) {
  tasks_.push_back({.pair = pair, .side = side, .tree = tree});
  return TaskId{tasks_.size() - 1};
}

std::vector<Effect> ReviewLife::on(const EvaluationLookedUp& event) {
  Task& task = tasks_[event.task.value];
  review_->evaluator = event.evaluator;
  if (event.evaluation) {
    task.evaluation = event.evaluation;
    task.reused = true;
    task.state = TaskProgress::State::loading;
    waiting_for_load_.push_back(event.task);
  } else {
    task.state = TaskProgress::State::waiting;
    waiting_for_slot_.insert(event.task);
  }
  return advance();
}

std::vector<Effect> ReviewLife::on(const EvaluationProgressed& event) {
  tasks_[event.task.value].reached = event;
  return {};
}

std::vector<Effect> ReviewLife::on(const ForemostFound& event) {
  Task& task = tasks_[event.task.value];
  const Attribute& found = task.found.insert_or_assign(event.attribute.path, event.attribute).first->second;
  const Pair& pair = pairs_[task.pair];
  if (!pair.base || !pair.head) return {};
  const TaskId base_task = *pair.base;
  const TaskId head_task = *pair.head;
  std::vector<Effect> effects;
  hurry(base_task, head_task, found.path);
  load_next(effects);
  const bool is_base = task.side == Side::base;
  const Attribute* other = find_attribute(is_base ? head_task : base_task, found.path);
  if (other == nullptr) return effects;
  Change change = review::compare_attribute(is_base ? found : *other, is_base ? *other : found, *changed_files_);
  if (is_change(change.kind)) early_changes_.push_back({pair.planned.job.name, pair.planned.system.to_string(), std::move(change)});
  return effects;
}

void ReviewLife::hurry(TaskId base_task, TaskId head_task, const AttributePath& path) {
  Task& head = tasks_[head_task.value];
  if (!request_.build || head.state != TaskProgress::State::evaluating) return;
  const EvaluatedDerivation* wanted = derivation_of(find_attribute(head_task, path));
  const Attribute* base = find_attribute(base_task, path);
  const bool is_base_known = base != nullptr || tasks_[base_task.value].evaluation;
  if (wanted == nullptr || !is_base_known) return;
  const EvaluatedDerivation* before = derivation_of(base);
  if (before == nullptr || before->path != wanted->path) head.unread.push_back(wanted->path);
}

const Attribute* ReviewLife::find_attribute(TaskId task_id, const AttributePath& path) const {
  const Task& task = tasks_[task_id.value];
  if (task.evaluation) {
    const auto known = std::ranges::lower_bound(task.evaluation->attributes, path, {}, &Attribute::path);
    return known != task.evaluation->attributes.end() && known->path == path ? &*known : nullptr;
  }
  const auto found = task.found.find(path);
  return found == task.found.end() ? nullptr : &found->second;
}

std::vector<Effect> ReviewLife::on(const EvaluationRan& event) {
  Task& task = tasks_[event.task.value];
  task.evaluation = event.evaluation;
  task.slot.reset();
  task.unread.clear();
  task.state = TaskProgress::State::loading;
  waiting_for_load_.push_back(event.task);
  return advance();
}

std::vector<Effect> ReviewLife::on(const MemoLost& event) {
  loading_ = false;
  Task& task = tasks_[event.task.value];
  if (!task.reused) return finish(fail(event.error));
  review_->notes.push_back("a remembered evaluation could not be read and was made again: " + event.error.to_string());
  task.reused = false;
  task.evaluation.reset();
  task.state = TaskProgress::State::waiting;
  waiting_for_slot_.insert(event.task);
  return advance();
}

std::vector<Effect> ReviewLife::on(const ForemostLoaded& event) {
  loading_ = false;
  if (const Status added = add_to_graph(event.rows); !added) return finish(fail(added.error()));
  std::vector<Effect> effects = advance();
  BuildWish wish{.graph = graph_.snapshot(), .base = build_.base};
  for (const StorePath& root : event.roots) {
    // What base has in its place follows with all the rest: nothing of base is evaluated once more while evaluations run.
    if (const auto node = graph_.find(root)) wish.pairs.push_back({*node, std::nullopt});
  }
  if (!wish.pairs.empty()) effects.emplace_back(BuildForemost{build_.policy, std::move(wish)});
  return effects;
}

std::vector<Effect> ReviewLife::on(const DerivationsLoaded& event) {
  loading_ = false;
  if (const Status added = add_to_graph(event.rows); !added) return finish(fail(added.error()));
  review_->notes.insert(review_->notes.end(), event.notes.begin(), event.notes.end());
  tasks_[event.task.value].state = TaskProgress::State::done;
  return advance();
}

std::vector<Effect> ReviewLife::advance() {
  std::vector<Effect> effects;
  start_waiting(effects);
  load_next(effects);
  if (std::ranges::all_of(tasks_, [](const Task& task) { return task.state == TaskProgress::State::done; })) {
    phase_ = Phase::comparing;
    effects.push_back(comparison());
  }
  return effects;
}

void ReviewLife::start_waiting(std::vector<Effect>& effects) {
  // Slots are shared out only when every look-up is answered, so that the first to answer does not take them all.
  const bool looking_up = std::ranges::any_of(tasks_, [](const Task& task) { return task.state == TaskProgress::State::looking_up; });
  if (looking_up) return;
  while (!waiting_for_slot_.empty()) {
    auto slot = slots_.take_share(waiting_for_slot_.size());
    if (!slot) return;
    // A pair's base comes first: once it is known, what head has otherwise is told and built while head is still evaluated.
    const TaskId id = *waiting_for_slot_.begin();
    waiting_for_slot_.erase(waiting_for_slot_.begin());
    Task& task = tasks_[id.value];
    task.slot = std::move(slot);
    task.state = TaskProgress::State::evaluating;
    effects.emplace_back(run_of(id));
  }
}

RunEvaluation ReviewLife::run_of(TaskId id) const {
  const Task& task = tasks_[id.value];
  const Pair& pair = pairs_[task.pair];
  EvaluationLimits limits = request_.limits;
  if (task.slot) limits.workers = task.slot->workers();
  limits.worker_memory = slots_.worker_memory();
  if (!task.tests_of.empty()) return {id, task.tree, pair.planned.job, pair.planned.system, limits, {}, task.tests_of, task.side};
  const std::optional<TaskId> other = task.side == Side::base ? pair.head : pair.base;
  const Evaluation* known = other ? tasks_[other->value].evaluation.get() : nullptr;
  return {id, task.tree, pair.planned.job, pair.planned.system, limits, foremost_of(*changed_files_, known), {}, task.side};
}

void ReviewLife::load_next(std::vector<Effect>& effects) {
  if (loading_) return;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].unread.empty()) continue;
    loading_ = true;
    effects.emplace_back(LoadForemost{TaskId{i}, std::exchange(tasks_[i].unread, {})});
    return;
  }
  if (waiting_for_load_.empty()) return;
  loading_ = true;
  const TaskId id = waiting_for_load_.front();
  waiting_for_load_.pop_front();
  effects.emplace_back(LoadDerivations{id, tasks_[id.value].evaluation});
}

Status ReviewLife::add_to_graph(const std::vector<GraphRow>& rows) {
  std::vector<graph::NodeId> inputs;
  for (const GraphRow& row : rows) {
    inputs.clear();
    for (const StorePath& input : row.inputs) {
      const std::optional<graph::NodeId> id = graph_.find(input);
      if (!id) return fail(ErrorCode::internal, "{} came before its input {}", row.path.to_string(), input.to_string());
      inputs.push_back(*id);
    }
    if (const auto added = graph_.add(row.path, inputs); !added) return fail(added.error());
  }
  return {};
}

Effect ReviewLife::comparison() const {
  CompareSides compare{
      .jobs = {}, .graph = graph_.snapshot(), .changed_files = changed_files_, .base = trees_->base, .head = trees_->merged};
  for (const Pair& pair : pairs_) compare.jobs.push_back(sides_of(pair));
  return compare;
}

SidesOfJob ReviewLife::sides_of(const Pair& pair) const {
  const auto reused = [this](std::optional<TaskId> task, std::optional<TaskId> tests) {
    return task && tasks_[task->value].reused && (!tests || tasks_[tests->value].reused);
  };
  const auto& [job, system, presence] = pair.planned;
  SidesOfJob sides{.job = job.name, .system = system.to_string(), .presence = presence};
  // What head adds of its own accord is compared with nothing, and what it allows itself counts for nothing.
  if (presence != JobReview::Presence::added) sides.size_check = job.size_check;
  sides.base = evaluation_of(pair.base, pair.base_tests);
  sides.head = evaluation_of(pair.head, pair.head_tests);
  sides.base_roots = roots_of(*sides.base);
  sides.head_roots = roots_of(*sides.head);
  sides.base_reused = reused(pair.base, pair.base_tests);
  sides.head_reused = reused(pair.head, pair.head_tests);
  return sides;
}

std::shared_ptr<const Evaluation> ReviewLife::evaluation_of(std::optional<TaskId> task, std::optional<TaskId> tests) const {
  if (!task) return std::make_shared<const Evaluation>();
  const Task& evaluated = tasks_[task->value];
  if (!tests) return evaluated.evaluation;
  return std::make_shared<const Evaluation>(with_tests(*evaluated.evaluation, *tasks_[tests->value].evaluation));
}

std::vector<graph::NodeId> ReviewLife::roots_of(const Evaluation& evaluation) const {
  std::vector<graph::NodeId> roots;
  for (const Attribute& attribute : evaluation.attributes) {
    const auto* derivation = std::get_if<EvaluatedDerivation>(&attribute.result);
    if (derivation == nullptr) continue;
    // Every derivation of an evaluation was loaded before its task was done.
    if (const auto node = graph_.find(derivation->path)) roots.push_back(*node);
  }
  return roots;
}

std::vector<Effect> ReviewLife::look_up_tests(const std::vector<JobReview>& jobs) {
  std::vector<Effect> effects;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    Pair& pair = pairs_[i];
    if (!pair.planned.job.tests || !pair.head || pair.head_tests) continue;
    const std::shared_ptr<const Evaluation> base = evaluation_of(pair.base, {});
    const std::shared_ptr<const Evaluation> head = evaluation_of(pair.head, {});
    TestedAttributes tested = find_tested({.review = jobs[i], .base = *base, .head = *head, .changed_files = *changed_files_});
    if (pair.base) pair.base_tests = add_tests_task(*pair.base, std::move(tested.base));
    pair.head_tests = add_tests_task(*pair.head, std::move(tested.head));
    for (const std::optional<TaskId>& task : {pair.base_tests, pair.head_tests}) {
      if (task) effects.emplace_back(look_up(*task));
    }
  }
  return effects;
}

std::optional<TaskId> ReviewLife::add_tests_task(TaskId of, std::set<AttributePath> tests_of) {
  if (tests_of.empty()) return std::nullopt;
  const auto [pair, side, tree] = std::tuple(tasks_[of.value].pair, tasks_[of.value].side, tasks_[of.value].tree);
  const TaskId id = add_task(pair, side, tree);
  tasks_[id.value].tests_of = std::move(tests_of);
  return id;
}

std::vector<Effect> ReviewLife::on(const SidesCompared& event) {
  if (std::vector<Effect> lookups = look_up_tests(event.jobs); !lookups.empty()) {
    phase_ = Phase::evaluating;
    return lookups;
  }
  review_->jobs = event.jobs;
  review_->rebuild_count = event.rebuild_count;
  if (!request_.build) return conclude();
  phase_ = Phase::building;
  return effects_of(BuildChanges{build_.policy, wish_for(review_->jobs, graph_, {.base = build_.base, .remembered = event.remembered})});
}

std::vector<Effect> ReviewLife::on(const ChangesBuilt& event) {
  outcomes_ = event.findings.outcomes;
  reasons_ = event.findings.reasons;
  review_->builds = BuildSummary{.built = event.findings.built,
                                 .reused = event.findings.reused,
                                 .substituted = event.findings.substituted,
                                 .builders = event.builders};
  return effects_of(RecallOutcomes{unknown_at_base(review_->jobs, outcomes_), build_.policy.assurance});
}

std::vector<Effect> ReviewLife::on(const OutcomesRecalled& event) {
  for (const auto& [derivation, outcome] : event.outcomes) outcomes_.insert_or_assign(derivation, outcome);
  const auto find = [this](const StorePath& derivation) -> const Outcome* {
    const auto found = outcomes_.find(derivation);
    return found == outcomes_.end() ? nullptr : &found->second;
  };
  review::apply_outcomes(review_->jobs, find);
  if (std::optional<BuildSummary>& builds = review_->builds) builds->outcomes = count_outcomes(review_->jobs);
  std::vector<RootFailure> failures = review::root_failures(review_->jobs, find);
  for (RootFailure& failure : failures) {
    if (const auto reason = reasons_.find(failure.derivation); reason != reasons_.end()) failure.message = reason->second;
  }
  return effects_of(DescribeFailures{std::move(failures)});
}

std::vector<Effect> ReviewLife::on(const FailuresDescribed& event) {
  review_->root_failures = event.failures;
  phase_ = Phase::measuring;
  return effects_of(MeasureChanges{std::move(review_->jobs)});
}

std::vector<Effect> ReviewLife::on(ChangesMeasured& event) {
  review_->jobs = std::move(event.jobs);
  review_->notes.insert(review_->notes.end(), event.notes.begin(), event.notes.end());
  return conclude();
}

std::vector<Effect> ReviewLife::on(const EffectFailed& event) { return finish(fail(event.error)); }

std::vector<Effect> ReviewLife::conclude() {
  review_->verdict = review::judge(*review_, configuration_, request_.accepted ? review::Accepted::yes : review::Accepted::no);
  return finish(std::move(*review_));
}

std::vector<Effect> ReviewLife::finish(Result<Review> result) {
  phase_ = Phase::finished;
  result_ = std::move(result);
  return {};
}

std::vector<TaskProgress> ReviewLife::progress() const {
  std::vector<TaskProgress> all;
  for (const Task& task : tasks_) {
    const PlannedJob& planned = pairs_[task.pair].planned;
    all.push_back({planned.job.name, planned.system.to_string(), task.side, task.state, task.reused, task.reached.known, task.reached.done,
                   task.reached.errors});
  }
  return all;
}

}  // namespace ekaci::engine
