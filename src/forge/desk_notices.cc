#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "forge/desk.h"

/// What the desk makes of notices.
namespace ekaci::forge {

std::optional<std::string> Desk::heed(DeliveryId delivery, const PullRequestNotice& notice) {
  learn(notice.repository);
  return consider(notice.repository, notice.pull_request, delivery);
}

std::optional<std::string> Desk::consider(const Repository& repository, const PullRequest& told, std::optional<DeliveryId> delivery) {
  const SubjectRecord* record = find_subject(key_of(repository.id, told));
  if (record == nullptr) {
    take_over(repository.id, told);
    return "new to us";
  }
  const auto& known = std::get<PullRequest>(record->subject);
  if (told == known) return "known already";
  if (told.updated < known.updated) return "older than what is known";
  if (told.updated == known.updated) {
    // Within one second the forge's time does not tell which is the later one.
    read(repository, told.number, delivery);
    return std::nullopt;
  }
  take_over(repository.id, told);
  return "taken over";
}

std::optional<std::string> Desk::heed(DeliveryId /*delivery*/, const PushNotice& notice) {
  learn(notice.repository);
  const RepositoryId repository = notice.repository.id;
  bool is_target = notice.branch == notice.repository.default_branch;
  for (auto& [key, record] : subjects_) {
    const auto* pull_request = std::get_if<PullRequest>(&record.subject);
    const bool concerned = key.repository == repository && pull_request != nullptr && pull_request->target == notice.branch &&
                           pull_request->state != PullRequest::State::closed;
    if (!concerned) continue;
    is_target = true;
    if (!record.decision || record.is_base_stale) continue;
    record.is_base_stale = true;
    keep(record);
  }
  if (!is_target) return "nothing is to be merged into this branch";
  if (!notice.tip) {
    close({.repository = repository, .kind = SubjectKey::Kind::target_branch, .branch = notice.branch}, {Abandonment::Reason::closed});
    return "the branch is gone";
  }
  if (policy_.pushes == DeskPolicy::Pushes::ignore) return "verdicts against it are marked as stale";
  take_over(repository, TargetBranch{.branch = notice.branch, .tip = *notice.tip});
  return "to be evaluated; verdicts against it are marked as stale";
}

std::optional<std::string> Desk::heed(DeliveryId delivery, const CheckActionNotice& notice) {
  learn(notice.repository);
  const auto subject = subject_at(notice.repository.id, notice.head);
  if (!subject) return "nothing that is reviewed has this commit as its head";
  AboutButton button{.delivery = delivery, .subject = *subject, .head = notice.head, .identifier = notice.identifier, .by = notice.by};
  const QuestionId id = ask(std::move(button));
  decision_.then.emplace_back(AskPermission{.id = id, .repository = notice.repository, .login = notice.by});
  return std::nullopt;
}

void Desk::press(const AboutButton& button) {
  SubjectRecord* record = find_subject(button.subject);
  if (record == nullptr || head_of(record->subject) != button.head) {
    settle(button.delivery, "pressed for a commit that is no longer the head");
    return;
  }
  const std::string by = printable_line(button.by);
  if (button.identifier == kCancel) {
    cancel(*record, {Abandonment::Reason::cancelled, button.by});
    settle(button.delivery, "cancelled by " + by);
    return;
  }
  if (button.identifier == kApprove) {
    record->approved = button.head;
    record->approved_by = button.by;
  }
  if (button.identifier == kRetry) record->retry_failed = true;
  review_again(*record);
  settle(button.delivery, fmt::format("{} by {}", button.identifier.empty() ? "asked for again" : printable_line(button.identifier), by));
}

std::optional<std::string> Desk::heed(DeliveryId /*delivery*/, const MergeGroupNotice& notice) {
  learn(notice.repository);
  const SubjectKey key = key_of(notice.repository.id, notice.group);
  if (notice.is_destroyed) {
    close(key, {Abandonment::Reason::closed});
    return "the merge queue gave the group up";
  }
  take_over(notice.repository.id, notice.group);
  return "to be reviewed for the merge queue";
}

std::optional<std::string> Desk::heed(DeliveryId delivery, const InstallationNotice& notice) {
  std::vector<RepositoryId> gone = notice.removed;
  if (notice.is_gone) {
    for (const auto& [id, repository] : repositories_) {
      if (repository.installation == notice.installation) gone.push_back(id);
    }
  }
  for (const RepositoryId id : gone) leave(id);
  if (notice.is_gone || notice.added.empty()) return fmt::format("left {} repositories", gone.size());
  list_repositories(delivery);
  return std::nullopt;
}

std::optional<std::string> Desk::heed(DeliveryId /*delivery*/, const RepositoryNotice& notice) {
  learn(notice.repository);
  return "known by its new name";
}

std::optional<std::string> Desk::heed(DeliveryId /*delivery*/, const NothingToDo& notice) { return notice.reason; }

}  // namespace ekaci::forge
