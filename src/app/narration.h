#pragma once

#include <set>
#include <vector>

#include "base/log.h"
#include "engine/runner.h"

namespace ekaci::app {

/// Says every step of a review in the log, for `--verbose`. Engine thread only.
class Narration final : public engine::ReviewObserver {
 public:
  explicit Narration(const Log& log) : log_(log) {}

  void change_seen(const engine::EarlyChange& change) override;
  void review_moved(engine::Phase phase, const std::vector<engine::TaskProgress>& tasks, const engine::BuildCrew* building) override;

 private:
  void say(const engine::TaskProgress& task) const;
  void say(const engine::BuildProgress& building);

  const Log& log_;
  engine::Phase phase_ = engine::Phase::resolving;
  std::vector<engine::TaskProgress::State> states_{};  ///< as last said, by task
  std::set<StorePath> running_{};                      ///< builds, as last said
};

}  // namespace ekaci::app
