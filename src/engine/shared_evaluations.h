#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/sync.h"
#include "engine/ports.h"

namespace ekaci::engine {

/// One evaluation of SharedEvaluations.
class SharedEvaluation;
class EvaluationShare;

/// The evaluations of a process: the same one is made once at a time, however many reviews want it, and is stopped when none does. It is
/// made on a thread of its own, with the limits and in the order of who asked first. Any thread. Shares have ended when it ends; what runs
/// then is stopped and waited for.
class SharedEvaluations {
 public:
  /// An evaluation of a base goes on for so long after its review was stopped where another review follows that one.
  static constexpr std::chrono::minutes kSuccession{1};

  /// References outlive this.
  SharedEvaluations(Evaluator& evaluator, const Clock& clock, std::chrono::milliseconds succession = kSuccession);
  SharedEvaluations(const SharedEvaluations&) = delete;
  SharedEvaluations& operator=(const SharedEvaluations&) = delete;
  SharedEvaluations(SharedEvaluations&&) = delete;
  SharedEvaluations& operator=(SharedEvaluations&&) = delete;
  ~SharedEvaluations();

 private:
  friend class EvaluationShare;
  using EvaluationPtr = std::shared_ptr<SharedEvaluation>;

  EvaluationPtr join(const EvaluationKey& key, const EvaluationRequest& request);
  /// Tells the listener what it has not heard yet, until the evaluation has ended.
  Result<EvaluationOutcome> follow(SharedEvaluation& evaluation, EvaluationListener& listener, const CancelToken& cancel);
  void leave(SharedEvaluation& evaluation, bool has_successor);
  void make(const EvaluationPtr& evaluation);
  void tidy_up(const CancelToken& cancel);

  // With the lock held.
  void begin(const EvaluationPtr& evaluation);
  /// Nobody joins it any more.
  void forget(const SharedEvaluation& evaluation);
  /// What no successor came for: forgotten, and to be stopped once the lock is free.
  std::vector<EvaluationPtr> take_expired(Clock::Instant now);
  [[nodiscard]] std::optional<Clock::Instant> next_expiry() const;

  Evaluator& evaluator_;
  const Clock& clock_;
  std::chrono::milliseconds succession_;
  std::mutex mutex_{};                                    ///< of everything below but the tidier
  std::map<EvaluationKey, EvaluationPtr> evaluations_{};  ///< that can be joined
  std::vector<EvaluationPtr> running_{};                  ///< also those that are being stopped
  std::vector<std::jthread> ended_{};                     ///< threads that have nothing more to do
  std::condition_variable_any to_tidy_{};                 ///< the next expiry is another, or a thread has ended
  std::jthread tidier_;                                   ///< last: uses all of the above
};

/// One review's part in the evaluations of a process, as an evaluator of its own. Any thread.
class EvaluationShare final : public Evaluator {
 public:
  /// `evaluations` outlives this.
  explicit EvaluationShare(SharedEvaluations& evaluations) : evaluations_(evaluations) {}
  EvaluationShare(const EvaluationShare&) = delete;
  EvaluationShare& operator=(const EvaluationShare&) = delete;
  EvaluationShare(EvaluationShare&&) = delete;
  EvaluationShare& operator=(EvaluationShare&&) = delete;
  ~EvaluationShare() override;

  Result<EvaluatorIdentity> identity(const Job& job) override { return evaluations_.evaluator_.identity(job); }
  Result<System> native_system() override { return evaluations_.evaluator_.native_system(); }
  /// Joins the same evaluation where another review has asked for it; also where it has ended, as long as that review lasts: until it is
  /// stored, nobody can look it up. `listener` is told at once what was told before.
  Result<EvaluationOutcome> evaluate(const EvaluationRequest& request, EvaluationListener& listener, const CancelToken& cancel) override;
  /// Another review follows this one and is likely to want the same base: its evaluation goes on for a while without being wanted.
  void expect_successor() { has_successor_ = true; }

 private:
  SharedEvaluations& evaluations_;
  std::atomic<bool> has_successor_ = false;
  Sync<std::vector<SharedEvaluations::EvaluationPtr>> ended_{};  ///< what this has, and others may join
};

}  // namespace ekaci::engine
