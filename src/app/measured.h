#pragma once

#include <memory>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/build_ports.h"
#include "engine/ports.h"
#include "forge/desk_runner.h"

/// Ports that do what others do, and count. What is given by reference outlives them; any thread, as theirs.
namespace ekaci::app {

/// Counts evaluations and how long they took.
std::unique_ptr<engine::Evaluator> measured(std::unique_ptr<engine::Evaluator> evaluator, Metrics& metrics, const Clock& clock);

/// Counts reviews by verdict and how long they took.
std::unique_ptr<forge::Reviewer> measured(forge::Reviewer& reviewer, Metrics& metrics, const Clock& clock);

/// Counts the attempts that are kept.
std::unique_ptr<engine::BuildMemory> measured(engine::BuildMemory& memory, Metrics& metrics);

}  // namespace ekaci::app
