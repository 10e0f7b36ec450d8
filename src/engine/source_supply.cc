#include "engine/source_supply.h"

#include <span>
#include <system_error>
#include <utility>

namespace ekaci::engine {
namespace {

/// Nobody waits for how far this one has come: only where it is matters.
class Unheard final : public EvaluationListener {
 public:
  void opened(std::shared_ptr<DerivationReader> /*derivations*/, std::filesystem::path store_root) override {
    store_root_ = std::move(store_root);
  }
  void progress(std::uint64_t /*known*/, std::uint64_t /*done*/, std::uint64_t /*errors*/) override {}
  void found(Attribute /*foremost*/) override {}
  [[nodiscard]] const std::filesystem::path& store_root() const { return store_root_; }

 private:
  std::filesystem::path store_root_{};
};

}  // namespace

void SourceSupply::keep(std::shared_ptr<DerivationReader> evaluation, std::filesystem::path store_root) {
  const std::scoped_lock lock(mutex_);
  kept_.push_back({std::move(evaluation), std::move(store_root)});
}

void SourceSupply::remember(RunEvaluation again) {
  const std::scoped_lock lock(mutex_);
  remembered_.push_back(std::move(again));
}

SourceSupply::Unavailable SourceSupply::provide(BuildStore& store, std::vector<StorePath> missing) {
  const std::scoped_lock lock(mutex_);
  Unavailable unavailable;
  for (const Kept& kept : kept_) take(kept, store, missing, unavailable);
  Error reason(ErrorCode::not_found, "neither the store nor an evaluation has it");
  while (!missing.empty() && !remembered_.empty()) {
    const RunEvaluation again = std::move(remembered_.back());
    remembered_.pop_back();
    Result<Kept> kept = evaluate(again);
    if (!kept) {
      reason = kept.error().while_doing("evaluating once more, for the files that are built from");
      continue;
    }
    kept_.push_back(std::move(*kept));
    take(kept_.back(), store, missing, unavailable);
  }
  for (StorePath& path : missing) unavailable.emplace(std::move(path), reason);
  return unavailable;
}

void SourceSupply::take(const Kept& kept, BuildStore& store, std::vector<StorePath>& missing, Unavailable& refused) {
  std::erase_if(missing, [&](const StorePath& path) {
    std::error_code absent;
    const auto status = std::filesystem::symlink_status(kept.store_root / "nix" / "store" / path.base_name(), absent);
    if (!std::filesystem::exists(status)) return false;
    const Status imported = store.import_paths(kept.store_root.string(), std::span(&path, 1), cancel_);
    if (!imported) refused.emplace(path, imported.error());
    return true;
  });
}

Result<SourceSupply::Kept> SourceSupply::evaluate(const RunEvaluation& again) {
  const auto tree = repository_.materialise(again.tree, cancel_);
  if (!tree) return fail(tree.error());
  Unheard listener;
  Result<EvaluationOutcome> outcome = evaluator_.evaluate(
      {.tree = again.tree, .files = *tree, .job = again.job, .system = again.system, .limits = again.limits, .tests_of = again.tests_of},
      listener, cancel_);
  if (!outcome) return fail(outcome.error());
  return Kept{std::move(outcome->derivations), listener.store_root()};
}

}  // namespace ekaci::engine
