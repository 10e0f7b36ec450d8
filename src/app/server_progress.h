#pragma once

#include <chrono>
#include <utility>

#include "base/clock.h"
#include "engine/runner.h"
#include "forge/desk_runner.h"

namespace ekaci::app {

/// Tells of a review under way what its check is to say meanwhile, not more often than is worth sending. The engine's thread of the review.
class ServerProgress final : public engine::ReviewObserver {
 public:
  ServerProgress(const Clock& clock, std::chrono::seconds every, forge::Reviewer::Progress tell)
      : clock_(clock), every_(every), tell_(std::move(tell)), started_(clock.wall()), next_(clock.now() + every) {}

  void change_seen(const engine::EarlyChange& change) override;
  void review_moved(engine::Phase phase, const std::vector<engine::TaskProgress>& tasks, const engine::BuildCrew* building) override;

 private:
  const Clock& clock_;
  std::chrono::seconds every_;
  forge::Reviewer::Progress tell_;
  Clock::Wall started_;
  Clock::Instant next_;
  engine::Phase phase_ = engine::Phase::resolving;
  Clock::Instant phase_began_ = clock_.now();
};

}  // namespace ekaci::app
