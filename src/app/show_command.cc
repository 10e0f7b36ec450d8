#include "app/show_command.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "app/archive.h"
#include "app/nearest_names.h"
#include "app/output.h"
#include "app/review_command.h"
#include "app/world.h"
#include "report/why.h"
#include "review/wording.h"

namespace ekaci::app {
namespace {

constexpr std::size_t kSuggestedJobs = 10;

Result<ExitStatus> print(const std::string& text) {
  if (!write_text(STDOUT_FILENO, text)) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

Result<Review> recall_review(const std::string& repository, std::optional<std::uint64_t> id) {
  const SystemClock clock;
  const Result<Cache> cache = open_cache(clock);
  if (!cache) return fail(cache.error());
  return recall(*cache->database, repository, id);
}

Result<ExitStatus> list(const ShowCommand& command) {
  const SystemClock clock;
  const Result<Cache> cache = open_cache(clock);
  if (!cache) return fail(cache.error());
  const Result<std::string> lines = list_archive(*cache->database, command.repository);
  if (!lines) return fail(lines.error());
  return print(*lines);
}

/// Whether there is more to say of it than that it is as it was.
bool is_worth_telling(const Change& change) { return change.kind != ChangeKind::unchanged && change.kind != ChangeKind::not_a_derivation; }

/// For each job and system where something becomes of the attribute, else for each that has it; empty where none has.
std::string explanations(const Review& review, const AttributePath& attribute, const report::TerminalStyle& style) {
  std::string changed;
  std::string all;
  for (const JobReview& job : review.jobs) {
    const auto change = std::ranges::find(job.changes, attribute, &Change::path);
    if (change == job.changes.end()) continue;
    const std::string text = report::why_to_terminal(job, *change, style);
    all += (all.empty() ? "" : "\n") + text;
    if (is_worth_telling(*change)) changed += (changed.empty() ? "" : "\n") + text;
  }
  return changed.empty() ? all : changed;
}

/// Keeps the jobs and systems that are asked for; none asked for means all.
Status narrow(Review& review, const ReviewCommand& wanted) {
  const auto is_other = [&wanted](const JobReview& job) {
    const bool has_name = wanted.jobs.empty() || std::ranges::find(wanted.jobs, job.job) != wanted.jobs.end();
    const bool has_system =
        wanted.systems.empty() || std::ranges::find(wanted.systems, job.system, &System::to_string) != wanted.systems.end();
    return !has_name || !has_system;
  };
  std::vector<std::string> known;
  known.reserve(review.jobs.size());
  for (const JobReview& job : review.jobs) known.push_back(fmt::format("{} on {}", job.job, job.system));
  std::erase_if(review.jobs, is_other);
  if (!review.jobs.empty() || known.empty()) return {};
  return fail(ErrorCode::invalid_argument, "the latest review has no such job and system; it has {}",
              review::enumerated(known, kSuggestedJobs));
}

}  // namespace

Result<ExitStatus> show(const ShowCommand& command) {
  if (command.list) return list(command);
  const Result<Review> review = recall_review(command.repository, command.id);
  if (!review) return fail(review.error());
  if (const Status published = publish(*review, command.presentation); !published) return fail(published.error());
  return exit_status_of(review->verdict.decision);
}

Result<ExitStatus> why(const WhyCommand& command) {
  Result<Review> review = command.fresh ? make_review(command.review) : recall_review(command.review.repository, std::nullopt);
  if (!review) return fail(review.error());
  if (!command.fresh) {
    if (const Status narrowed = narrow(*review, command.review); !narrowed) return fail(narrowed.error());
  }
  const report::TerminalStyle style = style_of(command.review.presentation);
  const std::string text = explanations(*review, command.attribute, style);
  if (text.empty()) return no_such_attribute(*review, command.attribute);
  return print(text);
}

}  // namespace ekaci::app
