#include "app/archive.h"

#include <fmt/chrono.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/json.h"
#include "report/json_reader.h"

namespace ekaci::app {
namespace {

constexpr std::size_t kListed = 20;

/// How a repository is called in the archive: where its root is, whatever directory of it one stands in.
std::string name_of(const std::string& directory) {
  std::error_code error;
  const std::filesystem::path start = std::filesystem::weakly_canonical(directory, error);
  for (std::filesystem::path at = start; !error; at = at.parent_path()) {
    if (std::filesystem::exists(at / ".git", error)) return at.string();
    if (at == at.root_path()) break;
  }
  return start.string();
}

std::string line_of(const engine::ReviewSummary& summary) {
  const std::time_t made = Clock::Wall::clock::to_time_t(summary.made);
  return fmt::format("{:>6}  {:%Y-%m-%d %H:%M}  {:<12}  {}..{} ({}..{})\n", summary.id, fmt::localtime(made), to_string(summary.decision),
                     clip(printable_line(summary.base_name), 40), clip(printable_line(summary.head_name), 40), summary.base.brief(),
                     summary.head.brief());
}

}  // namespace

Status archive(engine::ReviewArchive& archive, const Review& review, const std::string& directory, const Clock& clock) {
  const engine::ReviewSummary summary{.repository = name_of(directory),
                                      .base_name = review.base_name,
                                      .head_name = review.head_name,
                                      .base = review.base,
                                      .head = review.head,
                                      .decision = review.verdict.decision,
                                      .made = clock.wall()};
  const Result<std::uint64_t> id = archive.store_review(summary, report::to_json(review));
  if (!id) return fail(id.error());
  return {};
}

Result<Review> recall(engine::ReviewArchive& archive, const std::string& directory, std::optional<std::uint64_t> id) {
  if (!id) {
    const Result<std::vector<engine::ReviewSummary>> latest = archive.list_reviews(name_of(directory), 1);
    if (!latest) return fail(latest.error());
    if (latest->empty()) return fail(ErrorCode::not_found, "no review of {} is kept; make one: ekaci review", printable_line(directory));
    id = latest->front().id;
  }
  const Result<std::optional<engine::ArchivedReview>> looked_up = archive.find_review(*id);
  if (!looked_up) return fail(looked_up.error());
  const std::optional<engine::ArchivedReview>& found = *looked_up;
  if (!found) return fail(ErrorCode::not_found, "there is no review {}, or it is not kept any more; ekaci show --list says which are", *id);
  const engine::ReviewSummary& summary = found->summary;
  if (const std::string wanted = name_of(directory); summary.repository != wanted) {
    return fail(ErrorCode::invalid_argument, "review {} is of {} and not of {}; --repo {} shows it", *id,
                printable_line(summary.repository), printable_line(wanted), printable_line(summary.repository));
  }
  Result<Review> review = report::from_json(found->report);
  if (!review) {
    return fail(ErrorCode::corrupt, "review {} cannot be read ({}); make it again: ekaci review {}..{}", *id, review.error().to_string(),
                summary.base.brief(), summary.head.brief());
  }
  return review;
}

Result<std::string> list_archive(engine::ReviewArchive& archive, const std::string& directory) {
  const Result<std::vector<engine::ReviewSummary>> list = archive.list_reviews(name_of(directory), kListed);
  if (!list) return fail(list.error());
  if (list->empty()) return fmt::format("no review of {} is kept\n", printable_line(directory));
  std::string lines;
  for (const engine::ReviewSummary& summary : *list) lines += line_of(summary);
  return lines;
}

}  // namespace ekaci::app
