#include "app/narration.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "app/progress.h"
#include "report/progress.h"

namespace ekaci::app {

/// Lines of a log are not wrapped; this only bounds what strangers can make of one.
constexpr std::size_t kLineColumns = 300;

using engine::Phase;
using engine::Side;
using engine::TaskProgress;

void Narration::change_seen(const engine::EarlyChange& change) {
  log_.info("{} {}: {}", change.job, change.system, report::change_line(change.change, kLineColumns));
}

void Narration::review_moved(Phase phase, const std::vector<TaskProgress>& tasks, const engine::BuildCrew* building) {
  if (phase != phase_) log_.info("{}", name_of(phase));
  phase_ = phase;
  states_.resize(tasks.size(), TaskProgress::State::looking_up);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].state != states_[i]) say(tasks[i]);
    states_[i] = tasks[i].state;
  }
  if (building != nullptr) say(building->progress());
}

void Narration::say(const engine::BuildProgress& building) {
  std::set<StorePath> running;
  for (const engine::VisibleBuild& build : building.running) {
    running.insert(build.derivation);
    if (!running_.contains(build.derivation)) log_.info("{} builds {}", build.builder, build.derivation.to_string());
  }
  for (const StorePath& ended : running_) {
    if (!running.contains(ended))
      log_.info("{} ended; {} of {} done, {} failed", ended.to_string(), building.done, building.total, building.failed);
  }
  running_ = std::move(running);
}

void Narration::say(const TaskProgress& task) const {
  const std::string_view side = task.side == Side::base ? "base" : "head";
  switch (task.state) {
    case TaskProgress::State::looking_up:
      return;
    case TaskProgress::State::waiting:
      log_.info("{} {} {}: is not known yet", side, task.job, task.system);
      return;
    case TaskProgress::State::evaluating:
      log_.info("{} {} {}: is being evaluated", side, task.job, task.system);
      return;
    case TaskProgress::State::loading:
      if (task.reused) {
        log_.info("{} {} {}: is known from an earlier review", side, task.job, task.system);
      } else {
        log_.info("{} {} {}: is evaluated, {} attributes, {} errors", side, task.job, task.system, task.known, task.errors);
      }
      return;
    case TaskProgress::State::done:
      log_.info("{} {} {}: its derivations are read", side, task.job, task.system);
      return;
  }
}

}  // namespace ekaci::app
