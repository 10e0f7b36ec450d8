#include "engine/measuring.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>
#include <variant>

#include "engine/makings.h"
#include "review/runtime_graph.h"

namespace ekaci::engine {
namespace {

/// Paths in one question: it can be cancelled between two of them.
constexpr std::size_t kBatch = 2000;

/// Calls `use` with each part of the list, which has at most kBatch paths, until it fails.
template <class Use>
Status in_batches(std::span<const StorePath> paths, const Use& use) {
  while (!paths.empty()) {
    const std::size_t size = std::min(kBatch, paths.size());
    if (Status used = use(paths.first(size)); !used) return used;
    paths = paths.subspan(size);
  }
  return {};
}

/// One search for what is known.
class Search {
 public:
  Search(const SizeSources& sources, const CancelToken& cancel) : sources_(sources), cancel_(cancel) {}

  Result<KnownPaths> run(std::span<const StorePath> derivations) {
    Makings makings = read_makings(sources_.derivations, derivations);
    known_ = {.makings = std::move(makings.by_derivation), .infos = {}, .notes = std::move(makings.notes)};
    std::vector<StorePath> level = roots();
    if (const Status kept = keep(level); !kept) return fail(kept.error());
    while (!level.empty()) {
      next_.clear();
      const Status asked = in_batches(level, [this](std::span<const StorePath> paths) { return ask(paths); });
      if (!asked) return fail(asked.error());
      level = std::exchange(next_, {});
    }
    return std::move(known_);
  }

 private:
  /// Where following references begins. In path order, so that what is asked follows from the derivations alone.
  std::vector<StorePath> roots() {
    for (const auto& [path, making] : known_.makings) {
      for (const auto& [name, output] : making.outputs) met_.insert(output);
      met_.insert(making.inputs.begin(), making.inputs.end());
    }
    std::vector<StorePath> roots(met_.begin(), met_.end());
    std::ranges::sort(roots);
    return roots;
  }

  /// What they refer to is kept with them.
  Status keep(std::span<const StorePath> roots) {
    return in_batches(roots, [this](std::span<const StorePath> paths) -> Status {
      if (is_lost_) return {};
      if (Status going_on = check_cancelled(); !going_on) return going_on;
      if (sources_.store == nullptr) return {};
      if (const Status kept = sources_.store->keep(paths); !kept) return lose_store(kept.error());
      return {};
    });
  }

  Status ask(std::span<const StorePath> paths) {
    if (Status going_on = check_cancelled(); !going_on) return going_on;
    std::vector<PathInfo> remembered = remembered_of(paths);
    std::vector<PathInfo> told;
    if (const Status asked = ask_store(paths, told); !asked) return asked;
    remember(told, remembered);
    for (PathInfo& info : told) add(std::move(info));
    for (PathInfo& info : remembered) add(std::move(info));
    return {};
  }

  Status ask_store(std::span<const StorePath> paths, std::vector<PathInfo>& told) {
    if (is_lost_ || sources_.store == nullptr) return {};
    Result<std::vector<PathInfo>> infos = sources_.store->path_infos(paths);
    if (!infos) return lose_store(infos.error());
    told = std::move(*infos);
    return {};
  }

  std::vector<PathInfo> remembered_of(std::span<const StorePath> paths) {
    if (is_forgetful_) return {};
    Result<std::vector<PathInfo>> found = sources_.memory.find_path_infos(paths);
    if (found) return std::move(*found);
    is_forgetful_ = true;
    known_.notes.push_back("what is remembered of sizes could not be read: " + found.error().to_string());
    return {};
  }

  /// Most is remembered already: only what is new is written.
  void remember(const std::vector<PathInfo>& told, const std::vector<PathInfo>& remembered) {
    std::unordered_map<StorePath, const PathInfo*> by_path;
    for (const PathInfo& info : remembered) by_path.emplace(info.path, &info);
    std::vector<PathInfo> fresh;
    for (const PathInfo& info : told) {
      const auto known = by_path.find(info.path);
      if (known == by_path.end() || *known->second != info) fresh.push_back(info);
    }
    if (fresh.empty() || is_forgetful_) return;
    const Status stored = sources_.memory.store_path_infos(fresh);
    if (stored) return;
    is_forgetful_ = true;
    known_.notes.push_back("sizes could not be remembered: " + stored.error().to_string());
  }

  /// The first word counts.
  void add(PathInfo&& info) {
    const StorePath path = info.path;
    const auto [place, is_first] = known_.infos.try_emplace(path, std::move(info));
    if (!is_first) return;
    for (const StorePath& reference : place->second.references) {
      if (met_.insert(reference).second) next_.push_back(reference);
    }
  }

  [[nodiscard]] Status check_cancelled() const {
    if (!cancel_.stop_requested()) return {};
    return fail(ErrorCode::cancelled, "the review was stopped");
  }

  /// A store that is gone costs sizes and nothing else; but not where it is gone because all is to stop.
  Status lose_store(const Error& error) {
    if (Status going_on = check_cancelled(); !going_on) return going_on;
    is_lost_ = true;
    known_.notes.push_back("the store could not be asked for sizes, and those that are not remembered are unknown: " + error.to_string());
    return {};
  }

  const SizeSources& sources_;
  const CancelToken& cancel_;
  KnownPaths known_{};
  std::unordered_set<StorePath> met_{};  ///< asked about, or about to be
  std::vector<StorePath> next_{};        ///< the level below the one that is asked about
  bool is_lost_ = false;                 ///< the store
  bool is_forgetful_ = false;            ///< the memory
};

}  // namespace

review::Measurements KnownPaths::measurements() const {
  return {.info =
              [this](const StorePath& path) {
                const auto found = infos.find(path);
                return found == infos.end() ? nullptr : &found->second;
              },
          .making =
              [this](const StorePath& derivation) {
                const auto found = makings.find(derivation);
                return found == makings.end() ? nullptr : &found->second;
              }};
}

std::vector<StorePath> measured_derivations(std::span<const JobReview> jobs) {
  std::set<StorePath> derivations;
  const auto add = [&derivations](const std::optional<AttributeResult>& side) {
    const EvaluatedDerivation* derivation = derivation_of(side);
    if (derivation != nullptr) derivations.insert(derivation->path);
  };
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (!change.build) continue;
      add(change.base);
      add(change.head);
    }
  }
  return {derivations.begin(), derivations.end()};
}

Status tell_build_times(std::span<JobReview> jobs, BuildMemory& memory) {
  const std::vector<StorePath> derivations = measured_derivations(jobs);
  const auto times = memory.build_times(derivations);
  if (!times) return fail(times.error());
  std::unordered_map<StorePath, std::chrono::microseconds> durations;
  for (std::size_t i = 0; i < derivations.size(); ++i) {
    const std::optional<BuildTime>& time = (*times)[i];
    if (time && time->is_its_own) durations.emplace(derivations[i], time->duration);
  }
  const auto duration_of = [&durations](const std::optional<AttributeResult>& side) -> std::optional<std::chrono::microseconds> {
    const EvaluatedDerivation* derivation = derivation_of(side);
    const auto found = derivation == nullptr ? durations.end() : durations.find(derivation->path);
    return found == durations.end() ? std::nullopt : std::optional(found->second);
  };
  for (JobReview& job : jobs) {
    for (Change& change : job.changes) {
      if (!change.build) continue;
      change.build->base_time = duration_of(change.base);
      change.build->head_time = duration_of(change.head);
    }
  }
  return {};
}

Result<std::unordered_set<StorePath>> find_remembered(std::span<const StorePath> derivations, DerivationReader& reader, BuildMemory& memory,
                                                      const CancelToken& cancel) {
  const Result<KnownPaths> known = find_paths(derivations, {.derivations = reader, .memory = memory, .store = nullptr}, cancel);
  if (!known) return fail(known.error());
  review::RuntimeGraph graph(known->measurements().info);
  for (const auto& [derivation, making] : known->makings) {
    for (const auto& [name, output] : making.outputs) graph.add(output);
  }
  review::ClosureWalk walk(graph);
  std::unordered_set<StorePath> remembered;
  for (const auto& [derivation, making] : known->makings) {
    std::vector<review::RuntimeGraph::Node> outputs;
    for (const auto& [name, output] : making.outputs) {
      if (const auto node = graph.find(output)) outputs.push_back(*node);
    }
    if (making.all_outputs && walk.run(outputs)) remembered.insert(derivation);
  }
  return remembered;
}

Result<KnownPaths> find_paths(std::span<const StorePath> derivations, const SizeSources& sources, const CancelToken& cancel) {
  return Search(sources, cancel).run(derivations);
}

}  // namespace ekaci::engine
