#include "engine/source_supply.h"

#include <system_error>
#include <utility>

namespace ekaci::engine {
namespace {

/// Nobody waits for how far this one has come.
class Unheard final : public EvaluationListener {
 public:
  void progress(std::uint64_t /*known*/, std::uint64_t /*done*/, std::uint64_t /*errors*/) override {}
  void found(Attribute /*foremost*/) override {}
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

Status SourceSupply::provide(BuildStore& store, std::vector<StorePath> missing) {
  const std::scoped_lock lock(mutex_);
  for (const Kept& kept : kept_) {
    if (Status taken = take(kept, store, missing); !taken) return taken;
  }
  while (!missing.empty() && !remembered_.empty()) {
    const RunEvaluation again = std::move(remembered_.back());
    remembered_.pop_back();
    Result<Kept> kept = evaluate(again);
    if (!kept) return fail(kept.error(), "evaluating once more, for the files that are built from");
    kept_.push_back(std::move(*kept));
    if (Status taken = take(kept_.back(), store, missing); !taken) return taken;
  }
  if (missing.empty()) return {};
  return fail(ErrorCode::not_found, "{} is needed to build, and neither the store nor an evaluation has it", missing.front().to_string());
}

Status SourceSupply::take(const Kept& kept, BuildStore& store, std::vector<StorePath>& missing) {
  std::vector<StorePath> there;
  std::erase_if(missing, [&](const StorePath& path) {
    std::error_code absent;
    const auto status = std::filesystem::symlink_status(kept.store_root / "nix" / "store" / path.base_name(), absent);
    const bool exists = std::filesystem::exists(status);
    if (exists) there.push_back(path);
    return exists;
  });
  if (there.empty()) return {};
  return store.import_paths(kept.store_root.string(), there, cancel_);
}

Result<SourceSupply::Kept> SourceSupply::evaluate(const RunEvaluation& again) {
  const auto tree = repository_.materialise(again.tree, cancel_);
  if (!tree) return fail(tree.error());
  Unheard listener;
  Result<EvaluationOutcome> outcome = evaluator_.evaluate(
      {.tree = again.tree, .directory = (*tree)->path(), .job = again.job, .system = again.system, .limits = again.limits, .foremost = {}},
      listener, cancel_);
  if (!outcome) return fail(outcome.error());
  return Kept{std::move(outcome->derivations), std::move(outcome->store_root)};
}

}  // namespace ekaci::engine
