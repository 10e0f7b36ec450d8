#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "base/cancel.h"
#include "base/sync.h"
#include "engine/build_world.h"
#include "engine/events.h"
#include "engine/ports.h"
#include "engine/source_supply.h"
#include "graph/graph.h"

namespace ekaci::engine {

/// The outside world of one review. References live longer than the review.
struct Ports {
  Repository& repository;
  Evaluator& evaluator;
  Database& database;
  ConfigurationParser& configurations;
  const BuildWorld* building = nullptr;  ///< where things are built; nullptr where nothing is
};

/// Does what a review's life asks for, except building, through the ports, and answers with what happened. perform() blocks; it is
/// called from pool threads, several at once, but never with two of LoadForemost and LoadDerivations at once.
class Performer {
 public:
  /// Takes what happens while an effect runs; any thread.
  using Progress = std::function<void(Event)>;

  /// What is built from is handed to `sources`, which outlives this.
  Performer(Ports ports, SourceSupply& sources, Progress progress, CancelToken cancel);

  /// Never fails itself: what goes wrong is an EffectFailed.
  Event perform(Effect effect);

 private:
  Result<Event> on(const ResolveRange& effect);
  Result<Event> on(const MergeTrees& effect);
  Result<Event> on(const ReadConfigurations& effect);
  Result<Event> on(const LookUpEvaluation& effect);
  Result<Event> on(const RunEvaluation& effect);
  Result<Event> on(const LoadForemost& effect);
  Result<Event> on(const LoadDerivations& effect);
  Result<Event> on(const CompareSides& effect);
  Result<Event> on(const RecallOutcomes& effect) const;
  Result<Event> on(const DescribeFailures& effect) const;
  Result<Event> on(MeasureChanges& effect);

  /// The derivations below that were not handed to the graph, inputs before their users.
  Result<std::vector<DerivationRecord>> read_new(DerivationReader& reader, std::span<const StorePath> roots) const;
  /// Derivations on their way to the graph.
  std::vector<GraphRow> take_in(std::span<const DerivationRecord> records);
  Result<Event> load_remembered(const LoadDerivations& effect, std::span<const StorePath> roots);
  Result<Event> load_fresh(const LoadDerivations& effect, DerivationReader& reader, std::span<const StorePath> roots);
  /// SidesCompared::remembered.
  Result<std::unordered_set<StorePath>> remembered_sizes(std::span<const JobReview> jobs);
  /// Remembers a fresh evaluation; where it may not be or cannot be, a note says why.
  Status remember(const LoadDerivations& effect, std::span<const DerivationRecord> records, std::vector<std::string>& notes);

  Ports ports_;
  SourceSupply& sources_;
  Progress progress_;
  CancelToken cancel_;
  Sync<std::unordered_map<std::size_t, EvaluationKey>> keys_{};
  using Readers = Sync<std::unordered_map<std::size_t, std::shared_ptr<DerivationReader>>>;
  Readers running_{};  ///< by task, while its evaluation runs
  Readers fresh_{};    ///< by task, from the end of its evaluation to LoadDerivations
  /// What was handed to the graph. Touched by LoadForemost and LoadDerivations only, and there is one at a time.
  std::unordered_set<StorePath> loaded_{};
};

}  // namespace ekaci::engine
