#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "forge/desk.h"

/// What the desk makes of notices.
namespace ekaci::forge {

std::optional<std::string> Desk::heed(DeliveryId delivery, const PullRequestNotice& notice) {
  if (!knows(notice.repository)) return kUnknownRepository;
  return consider(*find_repository(notice.repository.id), notice.pull_request, delivery);
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

std::optional<std::string> Desk::heed(DeliveryId delivery, const CheckActionNotice& notice) {
  if (!knows(notice.repository)) return kUnknownRepository;
  const Repository& repository = *find_repository(notice.repository.id);
  if (subjects_at(repository.id, notice.head).empty()) return "nothing that is reviewed has this commit as its head";
  AboutButton button{
      .delivery = delivery, .repository = repository.id, .head = notice.head, .identifier = notice.identifier, .by = notice.by};
  const QuestionId id = ask(std::move(button));
  decision_.then.emplace_back(AskPermission{.id = id, .repository = repository, .login = notice.by});
  return std::nullopt;
}

void Desk::press(const AboutButton& button) {
  const std::vector<SubjectKey> keys = subjects_at(button.repository, button.head);
  if (keys.empty()) {
    settle(button.delivery, "pressed for a commit that is no longer the head");
    return;
  }
  const std::string by = printable_line(button.by);
  if (button.identifier == kCancel) {
    cancel_at(keys, button.head, {Abandonment::Reason::cancelled, button.by});
    settle(button.delivery, "cancelled by " + by);
    return;
  }
  for (const SubjectKey& key : keys) press(subjects_.at(key), button);
  settle(button.delivery, fmt::format("{} by {}", button.identifier.empty() ? "asked for again" : printable_line(button.identifier), by));
}

void Desk::press(SubjectRecord& record, const AboutButton& button) {
  if (button.identifier == kApprove) {
    record.approved = button.head;
    record.approved_by = button.by;
  }
  if (button.identifier == kRetry) record.retry_failed = true;
  review_again(record);
}

std::optional<std::string> Desk::heed(DeliveryId delivery, const InstallationNotice& notice) {
  std::vector<RepositoryId> gone = notice.removed;
  if (notice.is_gone) {
    for (const auto& [id, repository] : repositories_) {
      if (repository.installation == notice.installation) gone.push_back(id);
    }
  }
  for (const RepositoryId id : gone) leave(id);
  const bool is_to_be_listed = !notice.added.empty() || notice.has_other_rights;
  if (notice.is_gone || !is_to_be_listed) return fmt::format("left {} repositories", gone.size());
  list_repositories(delivery);
  return std::nullopt;
}

std::optional<std::string> Desk::heed(DeliveryId delivery, const RepositoryNotice& /*notice*/) {
  list_repositories(delivery);
  return std::nullopt;
}

bool Desk::knows(const Repository& told) {
  const Repository* known = find_repository(told.id);
  const bool is_same = known != nullptr && known->name == told.name && known->default_branch == told.default_branch;
  if (!is_same) list_repositories_again();
  return known != nullptr;
}

std::optional<std::string> Desk::heed(DeliveryId /*delivery*/, const NothingToDo& notice) { return notice.reason; }

}  // namespace ekaci::forge
