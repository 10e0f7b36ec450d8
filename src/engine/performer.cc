#include "engine/performer.h"

#include <algorithm>
#include <concepts>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "engine/explain.h"
#include "engine/measuring.h"
#include "engine/memo.h"
#include "engine/read_configuration.h"
#include "graph/closure.h"
#include "review/compare.h"
#include "review/measure.h"

namespace ekaci::engine {
namespace {

/// Changed files are counted up to here.
constexpr std::size_t kMaxChangedPaths = 100'000;

std::vector<StorePath> roots_of(const Evaluation& evaluation) {
  std::vector<StorePath> roots;
  for (const Attribute& attribute : evaluation.attributes) {
    if (const auto* derivation = std::get_if<EvaluatedDerivation>(&attribute.result)) roots.push_back(derivation->path);
  }
  return roots;
}

/// Turns an evaluation's progress into events.
class ProgressListener final : public EvaluationListener {
 public:
  using Opened = std::function<void(std::shared_ptr<DerivationReader> derivations, std::filesystem::path store_root)>;

  ProgressListener(TaskId task, const Performer::Progress& progress, Opened opened)
      : task_(task), progress_(progress), opened_(std::move(opened)) {}
  void opened(std::shared_ptr<DerivationReader> derivations, std::filesystem::path store_root) override {
    opened_(std::move(derivations), std::move(store_root));
  }
  void progress(std::uint64_t known, std::uint64_t done, std::uint64_t errors) override {
    progress_(EvaluationProgressed{task_, known, done, errors});
  }
  void found(Attribute foremost) override { progress_(ForemostFound{task_, std::move(foremost)}); }

 private:
  TaskId task_;
  const Performer::Progress& progress_;
  Opened opened_;
};

/// Derivations that are new in some job, each once.
std::uint64_t count_new(const CompareSides& effect) {
  std::vector<graph::NodeId> all;
  for (const SidesOfJob& sides : effect.jobs) {
    const std::vector<graph::NodeId> nodes = graph::new_since(effect.graph, sides.base_roots, sides.head_roots);
    std::vector<graph::NodeId> joined;
    joined.reserve(all.size() + nodes.size());
    std::ranges::set_union(all, nodes, std::back_inserter(joined));
    all = std::move(joined);
  }
  return all.size();
}

/// A job's sides with what the graph says of them.
Result<JobReview> compare_sides(const SidesOfJob& sides, const CompareSides& effect) {
  const graph::Snapshot& nodes = effect.graph;
  const graph::NodeSet base = graph::closure(nodes, sides.base_roots);
  const graph::NodeSet head = graph::closure(nodes, sides.head_roots);
  review::JobSides job{.job = sides.job, .system = sides.system, .presence = sides.presence, .changed_files = *effect.changed_files};
  job.base = {.evaluation = *sides.base, .graph_derivations = base.count(), .reused = sides.base_reused};
  job.head = {.evaluation = *sides.head, .graph_derivations = head.count(), .reused = sides.head_reused};
  job.rebuild_count = graph::new_since(nodes, sides.base_roots, sides.head_roots).size();
  Result<JobReview> reviewed = review::review_job(std::move(job));
  if (reviewed) reviewed->size_check = sides.size_check;
  return reviewed;
}

/// What a build crew does.
template <class Wanted>
concept IsBuilding = std::same_as<Wanted, BuildForemost> || std::same_as<Wanted, BuildChanges>;

}  // namespace

Performer::Performer(Ports ports, SourceSupply& sources, Progress progress, CancelToken cancel)
    : ports_(ports), sources_(sources), progress_(std::move(progress)), cancel_(std::move(cancel)) {}

Event Performer::perform(Effect effect) {
  const auto act = [this]<class Wanted>(Wanted& wanted) -> Result<Event> {
    if constexpr (IsBuilding<Wanted>) {
      return fail(ErrorCode::internal, "building was asked of the one who does not build");
    } else {
      return on(wanted);
    }
  };
  Result<Event> event = cancel_.stop_requested() ? fail(ErrorCode::cancelled, "the review was stopped") : std::visit(act, effect);
  if (!event) return EffectFailed{event.error()};
  return std::move(*event);
}

Result<Event> Performer::on(const ResolveRange& effect) {
  Result<std::string> base_name = effect.base ? Result<std::string>(*effect.base) : ports_.repository.default_base();
  if (!base_name) return fail(base_name.error());
  const Result<CommitId> base = ports_.repository.resolve(*base_name);
  if (!base) return fail(base.error());
  const Result<CommitId> head = ports_.repository.resolve(effect.head);
  if (!head) return fail(head.error());
  if (*base == *head && effect.if_empty == EmptyRange::refuse) {
    return fail(ErrorCode::invalid_argument, "{} and {} are the same commit {}: there is nothing to review", *base_name, effect.head,
                head->brief());
  }
  return RangeResolved{*base_name, *base, *head};
}

Result<Event> Performer::on(const MergeTrees& effect) {
  const Result<TreeId> base_tree = ports_.repository.tree_of(effect.base);
  if (!base_tree) return fail(base_tree.error());
  Result<MergeResult> merged = ports_.repository.merge(effect.base, effect.head, cancel_);
  if (!merged) return fail(merged.error());
  TreesMerged event{*base_tree, std::move(*merged), {}};
  if (const auto* tree = std::get_if<MergedTree>(&event.result)) {
    // Where both are one commit, that was wanted (ResolveRange::if_empty).
    if (tree->merge_base == effect.head && effect.base != effect.head) {
      return fail(ErrorCode::invalid_argument, "{} is already contained in the base: there is nothing to review", effect.head.brief());
    }
    auto changed = ports_.repository.changed_paths(*base_tree, tree->tree, kMaxChangedPaths);
    if (!changed) return fail(changed.error());
    event.only_files = changed->only_files && changed->paths.size() < kMaxChangedPaths;
    event.changed_files = std::move(changed->paths);
  }
  return event;
}

Result<Event> Performer::on(const ReadConfigurations& effect) {
  const Result<System> native = ports_.evaluator.native_system();
  if (!native) return fail(native.error());
  ConfigurationsRead event{*native, {}, {}, {}};
  if (!effect.wanted) return event;
  auto base = read_configuration(ports_.repository, ports_.configurations, effect.base);
  if (!base) return fail(base.error(), "in the base's configuration");
  event.base = std::move(*base);
  auto head = read_configuration(ports_.repository, ports_.configurations, effect.head);
  if (head) {
    event.head = std::move(*head);
  } else {
    event.head_error = head.error();
  }
  return event;
}

Result<Event> Performer::on(const LookUpEvaluation& effect) {
  Result<EvaluatorIdentity> evaluator = ports_.evaluator.identity(effect.job);
  if (!evaluator) return fail(evaluator.error());
  const EvaluationKey key = evaluation_key(effect.tree, effect.job, effect.system, *evaluator, effect.tests_of);
  keys_.with([&](auto& keys) { keys.insert_or_assign(effect.task.value, key); });
  Result<std::optional<Evaluation>> found = ports_.database.find_evaluation(key);
  // What cannot be read back is made again: corruption costs time, never the review.
  if (!found && found.error().code() != ErrorCode::corrupt) return fail(found.error());
  EvaluationLookedUp event{effect.task, std::move(*evaluator), nullptr};
  std::optional<Evaluation> known = found ? std::move(*found) : std::nullopt;
  if (known) event.evaluation = std::make_shared<const Evaluation>(std::move(*known));
  if (event.evaluation && ports_.building != nullptr) {
    sources_.remember(
        {.task = effect.task, .tree = effect.tree, .job = effect.job, .system = effect.system, .limits = {}, .tests_of = effect.tests_of});
  }
  return event;
}

Result<Event> Performer::on(const RunEvaluation& effect) {
  const auto tree = ports_.repository.materialise(effect.tree, cancel_);
  if (!tree) return fail(tree.error());
  ProgressListener listener(effect.task, progress_, [&](std::shared_ptr<DerivationReader> derivations, std::filesystem::path store_root) {
    if (ports_.building == nullptr) return;
    sources_.keep(derivations, std::move(store_root));
    running_.with([&](auto& running) { running.insert_or_assign(effect.task.value, std::move(derivations)); });
  });
  Result<EvaluationOutcome> outcome = ports_.evaluator.evaluate({.tree = effect.tree,
                                                                 .files = *tree,
                                                                 .job = effect.job,
                                                                 .system = effect.system,
                                                                 .limits = effect.limits,
                                                                 .foremost = effect.foremost,
                                                                 .tests_of = effect.tests_of,
                                                                 .is_base = effect.side == Side::base},
                                                                listener, cancel_);
  running_.with([&](auto& running) { running.erase(effect.task.value); });
  if (!outcome) return fail(outcome.error(), fmt::format("evaluating job {} for {}", effect.job.name, effect.system.to_string()));
  fresh_.with([&](auto& fresh) { fresh.insert_or_assign(effect.task.value, std::move(outcome->derivations)); });
  return EvaluationRan{effect.task, std::move(outcome->evaluation)};
}

/// What goes wrong here is told when all is loaded: nothing is lost but the head start.
Result<Event> Performer::on(const LoadForemost& effect) {
  const std::shared_ptr<DerivationReader> reader = running_.with([&](auto& running) -> std::shared_ptr<DerivationReader> {
    const auto found = running.find(effect.task.value);
    return found == running.end() ? nullptr : found->second;
  });
  if (!reader) return ForemostLoaded{effect.task, effect.roots, {}};
  const Result<std::vector<DerivationRecord>> records = read_new(*reader, effect.roots);
  if (!records || !ports_.database.store_derivations(*records)) return ForemostLoaded{effect.task, effect.roots, {}};
  return ForemostLoaded{effect.task, effect.roots, take_in(*records)};
}

Result<std::vector<DerivationRecord>> Performer::read_new(DerivationReader& reader, std::span<const StorePath> roots) const {
  std::vector<DerivationRecord> records;
  const Status read = reader.read_closure(
      roots, [this](const StorePath& path) { return loaded_.contains(path); },
      [&](DerivationRecord record) { records.push_back(std::move(record)); });
  if (!read) return fail(read.error());
  return records;
}

std::vector<GraphRow> Performer::take_in(std::span<const DerivationRecord> records) {
  std::vector<GraphRow> rows;
  rows.reserve(records.size());
  for (const DerivationRecord& record : records) {
    loaded_.insert(record.path);
    rows.push_back({record.path, record.input_derivations});
  }
  return rows;
}

Result<Event> Performer::on(const LoadDerivations& effect) {
  const std::shared_ptr<DerivationReader> fresh = fresh_.with([&](auto& all) -> std::shared_ptr<DerivationReader> {
    auto node = all.extract(effect.task.value);
    return node ? std::move(node.mapped()) : nullptr;
  });
  const std::vector<StorePath> roots = roots_of(*effect.evaluation);
  if (!fresh) return load_remembered(effect, roots);
  return load_fresh(effect, *fresh, roots);
}

Result<Event> Performer::load_remembered(const LoadDerivations& effect, std::span<const StorePath> roots) {
  DerivationsLoaded event{effect.task, {}, {}};
  std::vector<StorePath> read;
  const Status loaded = ports_.database.read_closure(
      roots, [this](const StorePath& path) { return loaded_.contains(path); },
      [&](DerivationRecord record) {
        read.push_back(record.path);
        event.rows.push_back({std::move(record.path), std::move(record.input_derivations)});
      });
  if (!loaded) return MemoLost{effect.task, loaded.error()};
  loaded_.insert(read.begin(), read.end());
  return event;
}

Result<Event> Performer::load_fresh(const LoadDerivations& effect, DerivationReader& reader, std::span<const StorePath> roots) {
  const Result<std::vector<DerivationRecord>> records = read_new(reader, roots);
  if (!records) return fail(records.error(), "reading the derivations of an evaluation");
  DerivationsLoaded event{effect.task, take_in(*records), {}};
  if (const Status kept = remember(effect, *records, event.notes); !kept) return fail(kept.error());
  return event;
}

Status Performer::remember(const LoadDerivations& effect, std::span<const DerivationRecord> records, std::vector<std::string>& notes) {
  if (!may_be_memoised(*effect.evaluation)) {
    notes.emplace_back("an evaluation that met a limit of this machine is not remembered");
    // What is built is read from there.
    return ports_.building == nullptr ? Status() : ports_.database.store_derivations(records);
  }
  const EvaluationKey key = keys_.with([&](const auto& keys) { return keys.at(effect.task.value); });
  const Status stored = ports_.database.store_evaluation(key, *effect.evaluation, records);
  if (stored) return {};
  if (ports_.building != nullptr) return fail(stored.error(), "remembering what is to be built");
  notes.push_back("the evaluation could not be remembered: " + stored.error().to_string());
  return {};
}

Result<Event> Performer::on(const CompareSides& effect) {
  SidesCompared event{.jobs = {}, .rebuild_count = count_new(effect)};
  // Where the lines cannot be had (a partial clone without them), the report goes without.
  const std::vector<ChangedLine> lines =
      ports_.repository.changed_lines(effect.base, effect.head, {}, cancel_).value_or(std::vector<ChangedLine>());
  for (const SidesOfJob& sides : effect.jobs) {
    Result<JobReview> compared = compare_sides(sides, effect);
    if (!compared) return fail(compared.error());
    explain(*compared, sides,
            {.graph = effect.graph, .derivations = ports_.database, .lines = lines, .changed_files = *effect.changed_files});
    event.jobs.push_back(std::move(*compared));
  }
  auto remembered = remembered_sizes(event.jobs);
  if (!remembered) return fail(remembered.error());
  event.remembered = std::move(*remembered);
  return event;
}

Result<std::unordered_set<StorePath>> Performer::remembered_sizes(std::span<const JobReview> jobs) {
  if (ports_.building == nullptr) return std::unordered_set<StorePath>();
  std::set<StorePath> derivations;
  for (const JobReview& job : jobs) {
    if (!job.size_check) continue;
    for (const Change& change : job.changes) {
      const EvaluatedDerivation* base = derivation_of(change.base);
      const EvaluatedDerivation* head = derivation_of(change.head);
      if (base == nullptr || head == nullptr || base->path == head->path) continue;
      derivations.insert(base->path);
      derivations.insert(head->path);
    }
  }
  if (derivations.empty()) return std::unordered_set<StorePath>();
  const std::vector<StorePath> compared(derivations.begin(), derivations.end());
  return find_remembered(compared, ports_.building->derivations, ports_.building->memory, cancel_);
}

Result<Event> Performer::on(const RecallOutcomes& effect) const {
  const Result<std::vector<Outcome>> outcomes = ports_.building->memory.find_outcomes(effect.derivations, effect.wanted);
  if (!outcomes) return fail(outcomes.error());
  OutcomesRecalled event;
  for (std::size_t i = 0; i < effect.derivations.size(); ++i) event.outcomes.emplace(effect.derivations[i], (*outcomes)[i]);
  return event;
}

Result<Event> Performer::on(const DescribeFailures& effect) const {
  FailuresDescribed event{effect.failures};
  for (RootFailure& failure : event.failures) {
    const auto attempts = ports_.building->memory.attempts_of(failure.derivation);
    if (!attempts) return fail(attempts.error());
    if (attempts->empty()) continue;
    const KeptAttempt& newest = attempts->front();
    failure.result = newest.attempt.result;
    failure.attempts = newest.attempt.number;
    // That attempt is of another time.
    if (!failure.message.empty()) continue;
    failure.message = newest.attempt.message;
    failure.phase = newest.log.phase;
    failure.last_lines = newest.log.last_lines;
    failure.log = newest.log.name;
  }
  return event;
}

Result<Event> Performer::on(MeasureChanges& effect) {
  const BuildWorld& world = *ports_.building;
  const SizeSources sources{
      .derivations = world.derivations, .memory = world.memory, .store = world.stores.empty() ? nullptr : world.stores.front()};
  Result<KnownPaths> known = find_paths(measured_derivations(effect.jobs), sources, cancel_);
  if (!known) return fail(known.error());
  review::measure_changes(effect.jobs, known->measurements());
  if (const Status told = tell_build_times(effect.jobs, world.memory); !told)
    known->notes.push_back("how long builds took cannot be read: " + told.error().to_string());
  return ChangesMeasured{std::move(effect.jobs), std::move(known->notes)};
}

}  // namespace ekaci::engine
