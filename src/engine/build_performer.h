#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/sync.h"
#include "engine/build_events.h"
#include "engine/build_world.h"
#include "engine/shared_builds.h"
#include "engine/source_supply.h"
#include "graph/graph.h"

namespace ekaci::engine {

/// Does what building asks for, through the ports, and answers with what happened. perform() blocks and is called from pool
/// threads, several at once; a StartBuild for as long as the build runs.
class BuildPerformer {
 public:
  /// `sources` outlives this.
  BuildPerformer(BuildWorld world, SourceSupply& sources, Assurance wanted)
      : world_(std::move(world)), sources_(sources), wanted_(wanted) {}

  /// The nodes that effects speak of. Call before an effect that names newer ones is performed.
  void set_graph(graph::Snapshot graph);
  /// Never fails itself. nullopt where the effect has no answer; WakeAt and OutcomesChanged are not for here.
  std::optional<BuildEvent> perform(const BuildEffect& effect);
  /// A build will be started; from now on it can be stopped. Any thread.
  void expect(BuildId id);
  /// Asks a build to stop, or all that run or are expected; any thread.
  void stop(BuildId id);
  void stop_all();
  /// What a running build has said last; nothing where it does not run. Any thread.
  [[nodiscard]] BuildGlimpse glimpse(BuildId id) const;

 private:
  using OutputPaths = std::vector<std::pair<std::string, std::optional<StorePath>>>;
  /// A build that runs.
  struct Running {
    CancelSource cancel{};
    std::shared_ptr<AskedBuild> build{};  ///< once it was asked for
  };

  BuildEvent on(const FindOutcomes& effect);
  BuildEvent on(const AskValidity& effect);
  BuildEvent on(const ReadTraits& effect);
  BuildEvent on(const StartBuild& effect);
  BuildEvent on(const StoreAttempt& effect);
  void on(const RememberValid& effect);

  Result<BuildEvent> find_outcomes(const FindOutcomes& effect);
  /// What is known under less, of those that nothing is known of: it answers nothing, but says how that was made which the store may have.
  Status add_weaker(std::span<const StorePath> paths, std::span<Outcome> outcomes);
  Result<BuildEvent> ask_validity(const AskValidity& effect);
  Result<BuildEvent> read_traits(const ReadTraits& effect);
  Result<AttemptReport> build(const StartBuild& effect);
  Result<AttemptReport> run(const StartBuild& effect, BuildOrder order, const CancelToken& cancel);
  /// An attempt that cannot be begun; nullopt where it can.
  [[nodiscard]] std::optional<AttemptReport> without_sources(const BuildOrder& order) const;
  Result<BuildOrder> order_of(const StartBuild& effect);

  [[nodiscard]] StorePath path_of(graph::NodeId node) const;
  [[nodiscard]] std::vector<StorePath> paths_of(const std::vector<graph::NodeId>& nodes) const;
  /// Makes the files valid that are built from, where they are to be had.
  Status provide(const std::set<StorePath>& sources);
  /// The outputs of each derivation, remembered for its users.
  Result<std::vector<OutputPaths>> outputs_of(std::span<const StorePath> derivations);

  BuildWorld world_;
  SourceSupply& sources_;
  Assurance wanted_;
  Sync<graph::Snapshot> graph_{};
  Sync<std::unordered_map<StorePath, OutputPaths>> outputs_{};
  Sync<std::map<BuildId, Running>> running_{};
  Sync<SourceSupply::Unavailable> unavailable_{};                       ///< files without which some derivations cannot be built
  Sync<std::map<BuildId, std::shared_ptr<FinishedBuild>>> finished_{};  ///< until their attempts are kept
};

}  // namespace ekaci::engine
