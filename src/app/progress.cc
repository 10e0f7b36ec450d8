#include "app/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "report/progress.h"

namespace ekaci::app {
namespace {

using engine::Phase;
using engine::Side;
using engine::TaskProgress;
using report::ProgressPart;

/// Often enough to be alive, seldom enough to be read.
constexpr std::chrono::milliseconds kInterval{100};
/// Of the screen's lines; what was there before stays to be read.
constexpr std::size_t kMostLines = 12;

std::chrono::milliseconds between(Clock::Instant from, Clock::Instant to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

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

std::vector<ProgressPart> parts_of(const std::vector<TaskProgress>& tasks) {
  std::vector<ProgressPart> parts;
  for (const Side side : {Side::base, Side::head}) {
    if (std::ranges::any_of(tasks, [&](const TaskProgress& task) { return task.side == side; })) parts.push_back(part_of(side, tasks));
  }
  return parts;
}

report::BuildingState state_of(const engine::BuildProgress& building, Clock::Instant now) {
  report::BuildingState state{.done = building.done, .total = building.total, .failed = building.failed, .remaining = building.remaining};
  for (const engine::VisibleBuild& build : building.running) {
    state.running.push_back(
        {.name = build.derivation.name(), .elapsed = between(build.since, now), .phase = build.phase, .last_line = build.last_line});
  }
  if (building.waiting) state.waiting = {.left = between(now, building.waiting->until), .reason = building.waiting->reason};
  return state;
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

std::vector<std::string> lines_of(const ReviewMoment& moment, const report::LineRoom& room) {
  std::vector<std::string> lines;
  if (moment.phase != Phase::building) {
    report::Progress progress{.phase = std::string(name_of(moment.phase)), .elapsed = moment.elapsed};
    if (moment.phase == Phase::evaluating) progress.parts = parts_of(moment.tasks);
    lines.push_back(report::progress_line(progress, room.columns));
  }
  if (moment.building != nullptr) {
    std::ranges::move(report::building_lines(state_of(moment.building->progress(), moment.now), room), std::back_inserter(lines));
  }
  return lines;
}

ProgressDisplay::~ProgressDisplay() { show({}); }

void ProgressDisplay::review_moved(Phase phase, const std::vector<TaskProgress>& tasks, const engine::BuildCrew* building) {
  if (!terminal_.is_terminal || phase == Phase::finished) return;
  const Clock::Instant now = clock_.now();
  if (!is_due(phase, now)) return;
  const ReviewMoment moment{.phase = phase, .elapsed = between(phase_began_, now), .tasks = tasks, .building = building, .now = now};
  show(lines_of(moment, {.columns = columns(), .lines = std::clamp<std::size_t>(terminal_.rows / 2, 1, kMostLines)}));
}

bool ProgressDisplay::is_due(Phase phase, Clock::Instant now) {
  const bool new_phase = phase != phase_;
  if (!new_phase && now - shown_at_ < kInterval) return false;
  if (new_phase) phase_began_ = now;
  phase_ = phase;
  shown_at_ = now;
  return true;
}

void ProgressDisplay::change_seen(const engine::EarlyChange& change) {
  if (!terminal_.is_terminal) return;
  show({});
  write_text(STDERR_FILENO, report::change_line(change.change, columns()) + "\n");
}

/// In one write, so that nothing flickers: up to the first line, each line to its end, and nothing below the last.
void ProgressDisplay::show(const std::vector<std::string>& lines) {
  if (lines.empty() && shown_lines_ == 0) return;
  std::string text = "\r";
  if (shown_lines_ > 1) text += fmt::format("\x1b[{}A", shown_lines_ - 1);
  for (std::size_t i = 0; i < lines.size(); ++i) text += fmt::format("{}{}\x1b[K", i == 0 ? "" : "\r\n", lines[i]);
  write_text(STDERR_FILENO, text + "\x1b[J");
  shown_lines_ = lines.size();
}

}  // namespace ekaci::app
