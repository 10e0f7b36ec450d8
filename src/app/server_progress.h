#pragma once

#include <chrono>
#include <utility>

#include "app/review_watch.h"
#include "base/clock.h"
#include "engine/runner.h"
#include "forge/desk_runner.h"

namespace ekaci::app {

/// Tells of a review under way what its check is to say meanwhile, not more often than is worth sending, and its watch how far it is. The
/// engine's thread of the review.
class ServerProgress final : public engine::ReviewObserver {
 public:
  /// All outlive this.
  ServerProgress(const Clock& clock, ReviewWatch& watch, std::chrono::seconds every, forge::Reviewer::Progress tell)
      : clock_(clock), watch_(watch), every_(every), tell_(std::move(tell)), started_(clock.wall()), next_(clock.now() + every) {}

  void change_seen(const engine::EarlyChange& change) override;
  void compared(const std::vector<JobReview>& jobs) override;
  void review_moved(engine::Phase phase, const std::vector<engine::TaskProgress>& tasks, const engine::BuildCrew* building) override;

 private:
  const Clock& clock_;
  ReviewWatch& watch_;
  std::chrono::seconds every_;
  forge::Reviewer::Progress tell_;
  Clock::Wall started_;
  Clock::Instant next_;
  engine::Phase phase_ = engine::Phase::resolving;
  Clock::Instant phase_began_ = clock_.now();
};

}  // namespace ekaci::app
