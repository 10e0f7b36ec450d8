#include "app/server_progress.h"

#include <string>

#include "app/progress.h"
#include "forge/desk_texts.h"
#include "report/markdown_text.h"

namespace ekaci::app {
namespace {

constexpr report::LineRoom kRoom{.columns = 100, .lines = 20};

std::string as_markdown(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return report::fenced(text, "text", {});
}

}  // namespace

void ServerProgress::change_seen(const engine::EarlyChange& change) { watch_.learn({&change.change, 1}); }

void ServerProgress::compared(const std::vector<JobReview>& jobs) {
  for (const JobReview& job : jobs) watch_.learn(job.changes);
}

void ServerProgress::review_moved(engine::Phase phase, const std::vector<engine::TaskProgress>& tasks, const engine::BuildCrew* building) {
  const Clock::Instant now = clock_.now();
  if (phase != phase_) phase_began_ = now;
  phase_ = phase;
  watch_.see(name_of(phase), tasks, building);
  if (phase == engine::Phase::finished || now < next_) return;
  next_ = now + every_;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - phase_began_);
  const ReviewMoment moment{.phase = phase, .elapsed = elapsed, .tasks = tasks, .building = building, .now = now};
  tell_({.status = forge::CheckStatus::in_progress,
         .title = std::string(name_of(phase)),
         .summary = as_markdown(lines_of(moment, kRoom)),
         .actions = {forge::cancel_button()},
         .started = started_});
}

}  // namespace ekaci::app
