#include <algorithm>
#include <utility>

#include "forge/desk.h"
#include "forge/shared_check.h"

/// What the desk says on commits.
namespace ekaci::forge {

void Desk::tell(const SubjectKey& key, const CommitId& head, CheckText text) {
  // A branch has no checks.
  if (key.kind == SubjectKey::Kind::target_branch) return;
  const Repository* repository = find_repository(key.repository);
  const SubjectRecord* record = find_subject(key);
  if (repository != nullptr && record != nullptr) text.details_path = details_path_of(*repository, record->subject);
  // Of one event the last word counts; what is reopened stays so when its review begins at once.
  const auto is_here = [&](const auto& said) { return said.repository == key.repository && said.head == head; };
  if (text.status != CheckStatus::in_progress) std::erase_if(decision_.keep.others, is_here);
  std::erase_if(decision_.keep.checks, [&](const Check& check) { return is_here(check) && check.name == kSummaryCheck; });
  const auto say_of_others = [&](CheckText other) {
    decision_.keep.others.push_back({.repository = key.repository, .head = head, .text = std::move(other)});
  };
  if (text.status == CheckStatus::queued) say_of_others(reopened_text());
  if (text.status == CheckStatus::completed) say_of_others(withdrawn_text());
  decision_.keep.checks.push_back(
      {.repository = key.repository, .head = head, .name = std::string(kSummaryCheck), .text = std::move(text)});
}

void Desk::tell_verdict(const SubjectKey& key, const CommitId& head, const ReviewConclusion& conclusion) {
  if (key.kind == SubjectKey::Kind::target_branch) return;
  const std::vector<SubjectKey> others = others_at(key, head);
  std::vector<SharedVerdict> verdicts;
  for (const SubjectKey& other : others) {
    SubjectRecord& record = subjects_.at(other);
    if (record.base && record.decision && is_worse(*record.decision, conclusion.decision)) {
      // What is worst is what people want to read of. Its review is remembered but for the text, so it is made again and has the last word.
      want(record);
      return;
    }
    verdicts.push_back({.subject = describe(other), .decision = record.decision});
  }
  tell(key, head, share_check(conclusion.summary, {.subject = describe(key), .decision = conclusion.decision}, verdicts));
  for (const Check& check : conclusion.others) decision_.keep.checks.push_back(check);
}

void Desk::hand_over_check(const SubjectKey& key, const CommitId& head, std::optional<CheckText> last_words) {
  if (key.kind == SubjectKey::Kind::target_branch) return;
  const std::vector<SubjectKey> others = others_at(key, head);
  if (std::ranges::any_of(others, [this](const SubjectKey& other) { return is_awaited(other); })) return;
  const auto reviewed = std::ranges::find_if(others, [this](const SubjectKey& other) { return subjects_.at(other).base.has_value(); });
  if (reviewed != others.end()) {
    // The check stands on the commit, and says what was found for this subject: it is the other's again.
    want(subjects_.at(*reviewed));
  } else if (last_words) {
    tell(key, head, *std::move(last_words));
  }
}

bool Desk::is_awaited(const SubjectKey& key) const {
  if (docket_.is_waiting(key) || resting_.contains(key)) return true;
  const auto review = docket_.review_of(key);
  return review && !running_.at(*review).is_stopped;
}

std::vector<SubjectKey> Desk::others_at(const SubjectKey& key, const CommitId& head) const {
  std::vector<SubjectKey> others = subjects_at(key.repository, head);
  std::erase_if(others, [&](const SubjectKey& other) { return other == key || !is_reviewable(subjects_.at(other)); });
  return others;
}

std::vector<SubjectKey> Desk::subjects_at(RepositoryId repository, const CommitId& head) const {
  std::vector<SubjectKey> keys;
  for (const auto& [key, record] : subjects_) {
    const auto* pull_request = std::get_if<PullRequest>(&record.subject);
    const bool is_closed = pull_request != nullptr && pull_request->state == PullRequest::State::closed;
    const bool has_checks = key.kind != SubjectKey::Kind::target_branch;
    if (key.repository == repository && has_checks && !is_closed && head_of(record.subject) == head) keys.push_back(key);
  }
  return keys;
}

void Desk::label(const SubjectKey& key, std::optional<std::uint64_t> rebuilds) {
  if (!policy_.labels || key.kind != SubjectKey::Kind::pull_request) return;
  WantedLabel wanted{.repository = key.repository, .pull_request = key.number};
  if (rebuilds) wanted.name = label_for(*policy_.labels, *rebuilds);
  decision_.keep.labels.push_back(std::move(wanted));
}

void Desk::comment(const SubjectKey& key, const CommitId& head, const CheckText& summary, std::string text) {
  if (policy_.comments == CommentPolicy::never || key.kind != SubjectKey::Kind::pull_request) return;
  if (!summary.conclusion || text.empty()) return;
  decision_.keep.comments.push_back({.repository = key.repository,
                                     .pull_request = key.number,
                                     .head = head,
                                     .text = std::move(text),
                                     .makes_comment = asks_for_comment(policy_.comments, *summary.conclusion)});
}

}  // namespace ekaci::forge
