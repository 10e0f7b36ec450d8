#include "app/server_logs.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/building.h"
#include "app/log_text.h"
#include "app/nearest_names.h"
#include "base/text.h"
#include "report/json_reader.h"

namespace ekaci::app {
namespace {

/// Of one page: many of a log's frames, few enough for a hundred readers.
constexpr std::size_t kPageText = std::size_t{512} << 10U;
/// How far back a subject's review is looked for in the list of its repository's.
constexpr std::size_t kReviewsLookedAt = 1'000;
/// A log that was written to so lately may be written to again, whatever else is known.
constexpr std::chrono::seconds kFresh{5};
constexpr std::size_t kHashCharacters = 32;

std::optional<StorePath> derivation_named(const std::string& text) {
  const bool is_path = text.starts_with(StorePath::kStoreDirectory);
  const Result<StorePath> named = is_path ? StorePath::parse(text) : StorePath::parse_base_name(text);
  if (!named || !named->is_derivation()) return std::nullopt;
  return *named;
}

std::string name_of(const SubjectName& subject) {
  return printable_line(subject.repository + (subject.subject.starts_with('#') ? "" : " ") + subject.subject);
}

}  // namespace

Result<std::unique_ptr<ServerLogs>> ServerLogs::open(const std::filesystem::path& state, engine::ReviewArchive& archive,
                                                     const ServerReviewer& reviewer, const Clock& clock) {
  std::unique_ptr<ServerLogs> opened(new ServerLogs(archive, reviewer, clock));
  auto memory = open_build_memory(state, clock);
  if (!memory) return fail(memory.error());
  opened->memory_ = std::move(*memory);
  auto logs = open_logs(state, clock);
  if (!logs) return fail(logs.error());
  opened->logs_ = std::move(*logs);
  return opened;
}

Result<ServerLogs::Choice> ServerLogs::find(const Question& question) const {
  const Result<std::vector<StorePath>> derivations = derivations_of(question);
  if (!derivations) return fail(derivations.error());
  for (const StorePath& derivation : *derivations) {
    Result<std::optional<Choice>> answer = choice_of(derivation, question);
    if (!answer) return fail(answer.error());
    if (std::optional<Choice>& choice = *answer) return std::move(*choice);
  }
  const std::string derivation = derivations->front().to_string();
  if (question.attempt) return fail(ErrorCode::not_found, "no attempt {} at building {} has a log", *question.attempt, derivation);
  if (question.review) {
    return fail(ErrorCode::conflict, "{} is not built yet, and {} is under review: --follow waits for it", derivation,
                name_of(question.subject));
  }
  return fail(ErrorCode::not_found, "no attempt at building {} has a log: it was not built here, or something below it failed", derivation);
}

Result<std::vector<StorePath>> ServerLogs::derivations_of(const Question& question) const {
  if (const std::optional<StorePath> derivation = derivation_named(question.what)) return std::vector{*derivation};
  const Result<AttributePath> attribute = AttributePath::parse(question.what);
  if (!attribute) return fail(attribute.error(), "neither a derivation nor an attribute");
  if (question.review) {
    std::vector<StorePath> derivations = reviewer_.derivations_of(*question.review, *attribute);
    if (!derivations.empty()) return derivations;
  }
  Result<std::vector<StorePath>> derivations = archived(question.subject, *attribute);
  if (derivations || !question.review) return derivations;
  return fail(ErrorCode::conflict, "the review of {} that is under way has not found {} to change yet: --follow waits for it",
              name_of(question.subject), printable_line(question.what));
}

Result<std::optional<std::uint64_t>> ServerLogs::review_of(const SubjectName& subject) const {
  const Result<std::vector<engine::ReviewSummary>> summaries = archive_.list_reviews(subject.repository, kReviewsLookedAt);
  if (!summaries) return fail(summaries.error());
  const auto newest = std::ranges::find(*summaries, subject.subject, &engine::ReviewSummary::head_name);
  if (newest == summaries->end()) return std::nullopt;
  return newest->id;
}

bool ServerLogs::has_review(const SubjectName& subject) const {
  const Result<std::optional<std::uint64_t>> id = review_of(subject);
  return id && id->has_value();
}

Result<std::vector<StorePath>> ServerLogs::archived(const SubjectName& subject, const AttributePath& attribute) const {
  const Result<std::optional<std::uint64_t>> newest = review_of(subject);
  if (!newest) return fail(newest.error());
  const std::optional<std::uint64_t>& id = *newest;
  if (!id) return fail(ErrorCode::not_found, "no review of {} is kept", name_of(subject));
  const Result<std::optional<engine::ArchivedReview>> looked_up = archive_.find_review(*id);
  if (!looked_up) return fail(looked_up.error());
  const std::optional<engine::ArchivedReview>& found = *looked_up;
  if (!found) return fail(ErrorCode::not_found, "the review of {} is not kept any more", name_of(subject));
  const Result<Review> review = report::from_json(found->report);
  if (!review) return fail(review.error(), fmt::format("reading review {}", *id));
  std::vector<StorePath> derivations;
  for (const JobReview& job : review->jobs) {
    const auto change = std::ranges::find(job.changes, attribute, &Change::path);
    if (change == job.changes.end()) continue;
    if (const EvaluatedDerivation* derivation = derivation_of(change->head)) derivations.push_back(derivation->path);
  }
  if (derivations.empty()) return no_such_attribute(*review, attribute);
  return derivations;
}

Result<std::optional<ServerLogs::Choice>> ServerLogs::choice_of(const StorePath& derivation, const Question& question) const {
  const auto attempts = memory_->attempts_of(derivation);
  if (!attempts) return fail(attempts.error());
  const auto with = [&](const auto& is_meant) -> std::optional<Choice> {
    const auto found = std::ranges::find_if(*attempts, is_meant);
    if (found == attempts->end()) return std::nullopt;
    return Choice{.name = found->log.name, .introduction = introduction_of(*found)};
  };
  if (question.attempt) {
    return with([&](const engine::KeptAttempt& kept) { return kept.attempt.number == *question.attempt && !kept.log.name.empty(); });
  }
  const std::optional<std::string> newest = logs_->newest(derivation);
  if (!newest) return std::nullopt;
  if (std::optional<Choice> kept = with([&](const engine::KeptAttempt& attempt) { return attempt.log.name == *newest; })) return kept;
  const std::string_view state = is_being_built(*newest) ? "being built" : "an attempt that was not finished";
  return Choice{.name = *newest, .introduction = fmt::format("{}, {}", derivation.to_string(), state)};
}

Result<ServerLogs::Page> ServerLogs::read(std::string_view name, std::uint64_t place) const {
  // Asked first: what ends meanwhile is read to its end the next time.
  const bool is_live = is_being_built(name);
  Result<logs::LogReader> reader = logs_->read(name);
  if (!reader) return fail(reader.error());
  const Result<Clock::Wall> written = reader->written();
  if (!written) return fail(written.error());
  reader->go_to(place);
  Page page;
  bool is_all = false;
  while (!is_all && page.text.size() < kPageText) {
    const Result<std::optional<std::string>> next = reader->next();
    if (!next) return fail(next.error());
    const std::optional<std::string>& piece = *next;
    is_all = !piece;
    page.text += piece.value_or("");
  }
  page.next = reader->place();
  page.may_have_more = !is_all || (!reader->has_ended() && (is_live || clock_.wall() - *written < kFresh));
  return page;
}

bool ServerLogs::is_being_built(std::string_view log) const {
  const std::string_view hash = log.substr(0, kHashCharacters);
  for (const auto& [id, glimpse] : reviewer_.glimpses()) {
    const auto is_it = [&](const ReviewGlimpse::Build& build) { return build.derivation.base_name().starts_with(hash); };
    if (std::ranges::any_of(glimpse.builds, is_it)) return true;
  }
  return false;
}

}  // namespace ekaci::app
