#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "engine/build_ports.h"
#include "engine/events.h"
#include "engine/ports.h"

namespace ekaci::engine {

/// Brings into a store what derivations are built from besides each other: files of the trees, which evaluating copied into its own
/// store. Only what has to be built needs them, so they are copied then. Where an evaluation was remembered its store is gone, and
/// it is made once more, at most once for each. Any thread; calls wait for each other.
class SourceSupply {
 public:
  /// References outlive this.
  SourceSupply(Repository& repository, Evaluator& evaluator, CancelToken cancel)
      : repository_(repository), evaluator_(evaluator), cancel_(std::move(cancel)) {}

  /// An evaluation that was made, or is being made: its store is kept as long as this lives.
  void keep(std::shared_ptr<DerivationReader> evaluation, std::filesystem::path store_root);
  /// An evaluation that was remembered: this is how to make it again.
  void remember(RunEvaluation again);

  /// What could not be made valid, and why.
  using Unavailable = std::map<StorePath, Error>;

  /// Makes these valid in the store, where they are content-addressed and an evaluation has them. One that cannot be had keeps no
  /// other from being brought.
  Unavailable provide(BuildStore& store, std::vector<StorePath> missing);

 private:
  struct Kept {
    std::shared_ptr<DerivationReader> evaluation;  ///< while it lives the files stay
    std::filesystem::path store_root;
  };
  /// Brings what is there, and takes it out of `missing`.
  void take(const Kept& kept, BuildStore& store, std::vector<StorePath>& missing, Unavailable& refused);
  Result<Kept> evaluate(const RunEvaluation& again);

  Repository& repository_;
  Evaluator& evaluator_;
  CancelToken cancel_;
  std::mutex mutex_{};  ///< held for everything below
  std::vector<Kept> kept_{};
  std::vector<RunEvaluation> remembered_{};
};

}  // namespace ekaci::engine
