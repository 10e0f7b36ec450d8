#include "app/progress.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "report/building_line.h"
#include "report/progress.h"

namespace ekaci::app {
namespace {

using engine::Phase;
using engine::Side;
using engine::TaskProgress;
using report::ProgressPart;

/// Often enough to be alive, seldom enough to be read.
constexpr std::chrono::milliseconds kInterval{100};

/// All evaluations of one side as one part: several jobs and systems would not fit a line.
ProgressPart part_of(Side side, const std::vector<TaskProgress>& tasks) {
  ProgressPart part{.name = side == Side::base ? "base" : "head", .state = ProgressPart::State::finished};
  bool reused = true;
  bool waiting = true;
  bool finished = true;
  for (const TaskProgress& task : tasks) {
    if (task.side != side) continue;
    part.known += task.known;
    part.done += task.done;
    part.errors += task.errors;
    reused = reused && task.reused;
    waiting = waiting && (task.state == TaskProgress::State::looking_up || task.state == TaskProgress::State::waiting);
    finished = finished && task.state == TaskProgress::State::done;
  }
  if (waiting) {
    part.state = ProgressPart::State::waiting;
  } else if (reused) {
    part.state = ProgressPart::State::reused;
  } else if (!finished) {
    part.state = ProgressPart::State::running;
  }
  return part;
}

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::resolving:
      return "resolving";
    case Phase::merging:
      return "merging";
    case Phase::configuring:
      return "reading the configuration";
    case Phase::evaluating:
      return "evaluating";
    case Phase::comparing:
      return "comparing";
    case Phase::building:
      return "building";
    case Phase::measuring:
      return "measuring";
    case Phase::finished:
      return "finished";
  }
  return "";
}

ProgressDisplay::~ProgressDisplay() {
  if (shown_) write_text(STDERR_FILENO, "\r\x1b[K");
}

void ProgressDisplay::review_moved(Phase phase, const std::vector<TaskProgress>& tasks) {
  if (!terminal_.is_terminal || phase == Phase::finished) return;
  const Clock::Instant now = clock_.now();
  if (!is_due(phase, now)) return;
  report::Progress progress{.phase = std::string(name_of(phase)),
                            .elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - phase_began_)};
  if (phase == Phase::evaluating) {
    for (const Side side : {Side::base, Side::head}) {
      if (std::ranges::any_of(tasks, [&](const TaskProgress& task) { return task.side == side; }))
        progress.parts.push_back(part_of(side, tasks));
    }
  }
  show(report::progress_line(progress, terminal_.columns - 1));
}

bool ProgressDisplay::is_due(Phase phase, Clock::Instant now) {
  const bool new_phase = phase != phase_;
  if (!new_phase && now - shown_at_ < kInterval) return false;
  if (new_phase) phase_began_ = now;
  phase_ = phase;
  shown_at_ = now;
  return true;
}

void ProgressDisplay::building_moved(const engine::BuildCrew& crew) {
  if (!terminal_.is_terminal) return;
  const Clock::Instant now = clock_.now();
  if (!is_due(Phase::building, now)) return;
  const engine::BuildProgress building = crew.progress();
  report::BuildingLine line{.done = building.done,
                            .total = building.total,
                            .failed = building.failed,
                            .elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - phase_began_),
                            .remaining = building.remaining};
  for (const engine::VisibleBuild& build : building.running) {
    line.running.push_back({.name = build.derivation.name(),
                            .elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - build.since),
                            .last_line = build.glimpse.last_line});
  }
  show(report::building_line(line, terminal_.columns - 1));
}

void ProgressDisplay::change_seen(const engine::EarlyChange& change) {
  if (!terminal_.is_terminal) return;
  write_text(STDERR_FILENO, "\r\x1b[K" + report::change_line(change.change, terminal_.columns - 1) + "\n");
}

void ProgressDisplay::show(const std::string& line) {
  write_text(STDERR_FILENO, "\r" + line + "\x1b[K");
  shown_ = true;
}

}  // namespace ekaci::app
