#pragma once

#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/build_world.h"
#include "engine/ports.h"
#include "forge/desk_runner.h"

/// Ports that do what others do, and count. What is given by reference outlives them; any thread, as theirs.
namespace ekaci::app {

/// Counts evaluations and how long they took.
std::unique_ptr<engine::Evaluator> measured(std::unique_ptr<engine::Evaluator> evaluator, Metrics& metrics, const Clock& clock);

/// Counts reviews by verdict and how long they took.
std::unique_ptr<forge::Reviewer> measured(forge::Reviewer& reviewer, Metrics& metrics, const Clock& clock);

/// A world of building whose attempts are counted.
class MeasuredBuilds {
 public:
  MeasuredBuilds(const engine::BuildWorld& world, Metrics& metrics);
  [[nodiscard]] const engine::BuildWorld& world() const { return world_; }

 private:
  std::unique_ptr<engine::BuildMemory> memory_;
  engine::BuildWorld world_;
};

}  // namespace ekaci::app
