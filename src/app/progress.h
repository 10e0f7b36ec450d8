#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "app/output.h"
#include "base/clock.h"
#include "engine/runner.h"
#include "report/building_lines.h"

namespace ekaci::app {

/// What a review does in a phase, for people.
std::string_view name_of(engine::Phase phase);

/// What is seen of a review that goes on.
struct ReviewMoment {
  engine::Phase phase = engine::Phase::resolving;
  std::chrono::milliseconds elapsed{0};  ///< since the phase began
  const std::vector<engine::TaskProgress>& tasks;
  const engine::BuildCrew* building = nullptr;  ///< as ReviewObserver has it
  Clock::Instant now{};
};
/// The moment on a few lines, without colour: printable.
std::vector<std::string> lines_of(const ReviewMoment& moment, const report::LineRoom& room);

/// Shows a review's progress on standard error: a few lines that rewrite themselves on a terminal, nothing elsewhere. Engine thread
/// only. The lines are gone when this is destroyed.
class ProgressDisplay final : public engine::ReviewObserver {
 public:
  ProgressDisplay(const Clock& clock, const Terminal& terminal) : clock_(clock), terminal_(terminal) {}
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;
  ProgressDisplay(ProgressDisplay&&) = delete;
  ProgressDisplay& operator=(ProgressDisplay&&) = delete;
  ~ProgressDisplay() override;

  void change_seen(const engine::EarlyChange& change) override;
  void review_moved(engine::Phase phase, const std::vector<engine::TaskProgress>& tasks, const engine::BuildCrew* building) override;

 private:
  /// Whether it is time to draw anew; notes that it was done.
  bool is_due(engine::Phase phase, Clock::Instant now);
  /// The last column stays free: some terminals begin a new line once it is written to.
  [[nodiscard]] std::size_t columns() const { return terminal_.columns - 1; }
  /// In the place of what was shown before.
  void show(const std::vector<std::string>& lines);

  const Clock& clock_;
  Terminal terminal_;
  engine::Phase phase_ = engine::Phase::finished;
  Clock::Instant phase_began_{};
  Clock::Instant shown_at_{};
  std::size_t shown_lines_ = 0;
};

}  // namespace ekaci::app
