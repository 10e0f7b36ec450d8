#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/output.h"
#include "base/clock.h"
#include "engine/runner.h"

namespace ekaci::app {

/// What a review does in a phase, for people.
std::string_view name_of(engine::Phase phase);

/// Shows a review's progress on standard error: one line that rewrites itself on a terminal, nothing elsewhere. Engine thread
/// only. The line is gone when this is destroyed.
class ProgressDisplay final : public engine::ReviewObserver {
 public:
  ProgressDisplay(const Clock& clock, const Terminal& terminal) : clock_(clock), terminal_(terminal) {}
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;
  ~ProgressDisplay() override;

  void change_seen(const engine::EarlyChange& change) override;
  void review_moved(engine::Phase phase, const std::vector<engine::TaskProgress>& tasks) override;
  void building_moved(const engine::BuildCrew& crew) override;

 private:
  /// Whether it is time to draw anew; notes that it was done.
  bool is_due(engine::Phase phase, Clock::Instant now);
  void show(const std::string& line);

  const Clock& clock_;
  Terminal terminal_;
  engine::Phase phase_ = engine::Phase::finished;
  Clock::Instant phase_began_{};
  Clock::Instant shown_at_{};
  bool shown_ = false;
};

}  // namespace ekaci::app
