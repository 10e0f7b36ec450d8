#include "app/show_command.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "app/archive.h"
#include "app/output.h"
#include "app/review_command.h"
#include "app/world.h"
#include "base/text.h"
#include "report/why.h"

namespace ekaci::app {
namespace {

constexpr std::size_t kSuggestions = 5;

Result<ExitStatus> print(const std::string& text) {
  if (!write_text(STDOUT_FILENO, text)) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

Result<Review> recall_review(const std::string& repository, std::optional<std::uint64_t> id) {
  const SystemClock clock;
  const Result<std::filesystem::path> cache = make_cache();
  if (!cache) return fail(cache.error());
  const auto database = open_database(*cache, clock);
  if (!database) return fail(database.error());
  return recall(**database, repository, id);
}

Result<ExitStatus> list(const ShowCommand& command) {
  const SystemClock clock;
  const Result<std::filesystem::path> cache = make_cache();
  if (!cache) return fail(cache.error());
  const auto database = open_database(*cache, clock);
  if (!database) return fail(database.error());
  const Result<std::string> lines = list_archive(**database, command.repository);
  if (!lines) return fail(lines.error());
  return print(*lines);
}

/// Changed attributes whose last name is the one asked for: people leave out the set.
std::string suggestions(const Review& review, const AttributePath& wanted) {
  std::vector<std::string> similar;
  for (const JobReview& job : review.jobs) {
    for (const Change& change : job.changes) {
      const bool is_similar = !change.path.is_root() && !wanted.is_root() && change.path.names().back() == wanted.names().back();
      if (is_similar && similar.size() < kSuggestions) similar.push_back(printable_line(change.path.to_string()));
    }
  }
  std::ranges::sort(similar);
  similar.erase(std::ranges::unique(similar).begin(), similar.end());
  std::string text;
  for (const std::string& path : similar) text += (text.empty() ? "; do you mean " : ", ") + path;
  return text;
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
  const Result<Review> review = command.fresh ? make_review(command.review) : recall_review(command.review.repository, std::nullopt);
  if (!review) return fail(review.error());
  const report::TerminalStyle style = style_of(command.review.presentation);
  std::string text;
  for (const JobReview& job : review->jobs) {
    const auto change = std::ranges::find(job.changes, command.attribute, &Change::path);
    if (change == job.changes.end()) continue;
    if (!text.empty()) text += "\n";
    text += report::why_to_terminal(job, *change, style);
  }
  if (text.empty()) {
    return fail(ErrorCode::not_found, "{}..{} changes no attribute {}{}", review->base.brief(), review->head.brief(),
                printable_line(command.attribute.to_string()), suggestions(*review, command.attribute));
  }
  return print(text);
}

}  // namespace ekaci::app
