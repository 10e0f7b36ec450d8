#include "app/measured.h"

#include <chrono>

#include "app/metric_table.h"
#include "model/outcome.h"
#include "model/review.h"

namespace ekaci::app {
namespace {

double seconds_since(Clock::Instant start, const Clock& clock) { return std::chrono::duration<double>(clock.now() - start).count(); }

std::string_view end_of(const Error& error) { return error.code() == ErrorCode::cancelled ? "stopped" : "failed"; }

std::string_view label_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return "merge";
    case Decision::do_not_merge:
      return "do_not_merge";
    case Decision::wait:
      return "wait";
    case Decision::cannot_tell:
      break;
  }
  return "cannot_tell";
}

class MeasuredEvaluator final : public engine::Evaluator {
 public:
  MeasuredEvaluator(std::unique_ptr<engine::Evaluator> evaluator, Metrics& metrics, const Clock& clock)
      : evaluator_(std::move(evaluator)), metrics_(metrics), clock_(clock) {}

  Result<EvaluatorIdentity> identity(const Job& job) override { return evaluator_->identity(job); }
  Result<System> native_system() override { return evaluator_->native_system(); }
  Result<engine::EvaluationOutcome> evaluate(const engine::EvaluationRequest& request, engine::EvaluationListener& listener,
                                             const CancelToken& cancel) override {
    const Clock::Instant start = clock_.now();
    Result<engine::EvaluationOutcome> outcome = evaluator_->evaluate(request, listener, cancel);
    metrics_.count(metrics::kEvaluations, {outcome ? "completed" : end_of(outcome.error())});
    if (outcome) metrics_.observe(metrics::kEvaluationDuration, seconds_since(start, clock_));
    return outcome;
  }

 private:
  std::unique_ptr<engine::Evaluator> evaluator_;
  Metrics& metrics_;
  const Clock& clock_;
};

class MeasuredReviewer final : public forge::Reviewer {
 public:
  MeasuredReviewer(forge::Reviewer& reviewer, Metrics& metrics, const Clock& clock)
      : reviewer_(reviewer), metrics_(metrics), clock_(clock) {}

  Result<forge::ReviewConclusion> review(const forge::StartReview& order, const Progress& progress, const CancelToken& cancel) override {
    const Clock::Instant start = clock_.now();
    Result<forge::ReviewConclusion> conclusion = reviewer_.review(order, progress, cancel);
    metrics_.count(metrics::kReviewsEnded, {conclusion ? label_of(conclusion->decision) : end_of(conclusion.error())});
    if (conclusion) metrics_.observe(metrics::kReviewDuration, seconds_since(start, clock_));
    return conclusion;
  }
  void expect_successor(forge::ReviewId review) override { reviewer_.expect_successor(review); }
  Status tidy_up(const forge::TidyUp& chore, const CancelToken& cancel) override { return reviewer_.tidy_up(chore, cancel); }

 private:
  forge::Reviewer& reviewer_;
  Metrics& metrics_;
  const Clock& clock_;
};

class MeasuredBuildMemory final : public engine::BuildMemory {
 public:
  MeasuredBuildMemory(engine::BuildMemory& memory, Metrics& metrics) : memory_(memory), metrics_(metrics) {}

  Result<std::vector<Outcome>> find_outcomes(std::span<const StorePath> derivations, const Assurance& wanted) override {
    return memory_.find_outcomes(derivations, wanted);
  }
  Status store_attempts(std::span<const engine::KeptAttempt> attempts) override {
    for (const engine::KeptAttempt& kept : attempts) {
      const AttemptResult result = kept.attempt.result;
      metrics_.count(metrics::kBuilds, {to_string(outcome_of(result)), to_string(result)});
    }
    return memory_.store_attempts(attempts);
  }
  Result<std::vector<engine::KeptAttempt>> attempts_of(const StorePath& derivation) override { return memory_.attempts_of(derivation); }
  Result<std::vector<std::optional<engine::BuildTime>>> build_times(std::span<const StorePath> derivations) override {
    return memory_.build_times(derivations);
  }
  Status store_path_infos(std::span<const PathInfo> infos) override { return memory_.store_path_infos(infos); }
  Result<std::vector<PathInfo>> find_path_infos(std::span<const StorePath> paths) override { return memory_.find_path_infos(paths); }

 private:
  engine::BuildMemory& memory_;
  Metrics& metrics_;
};

}  // namespace

std::unique_ptr<engine::Evaluator> measured(std::unique_ptr<engine::Evaluator> evaluator, Metrics& metrics, const Clock& clock) {
  return std::make_unique<MeasuredEvaluator>(std::move(evaluator), metrics, clock);
}

std::unique_ptr<forge::Reviewer> measured(forge::Reviewer& reviewer, Metrics& metrics, const Clock& clock) {
  return std::make_unique<MeasuredReviewer>(reviewer, metrics, clock);
}

std::unique_ptr<engine::BuildMemory> measured(engine::BuildMemory& memory, Metrics& metrics) {
  return std::make_unique<MeasuredBuildMemory>(memory, metrics);
}

}  // namespace ekaci::app
