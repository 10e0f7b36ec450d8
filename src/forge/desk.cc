#include "forge/desk.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace ekaci::forge {

Desk::Desk(DeskPolicy policy) : policy_(std::move(policy)), docket_(policy_.reviews_at_once) {}

DeskDecision Desk::start(Clock::Wall now, LedgerState state) {
  now_ = now;
  decision_ = {};
  for (Repository& repository : state.repositories) repositories_.insert_or_assign(repository.id, std::move(repository));
  for (SubjectRecord& record : state.subjects) {
    const SubjectKey key = key_of(record.repository, record.subject);
    SubjectRecord& known = subjects_.insert_or_assign(key, std::move(record)).first->second;
    if (known.decision) {
      build_later(known);
    } else if (is_reviewable(known)) {
      docket_.add(key, now_);
    }
  }
  begin_reviews();
  return std::exchange(decision_, {});
}

DeskDecision Desk::handle(Clock::Wall now, const DeskEvent& event) {
  now_ = now;
  decision_ = {};
  std::visit([this](const auto& happened) { on(happened); }, event);
  begin_reviews();
  return std::exchange(decision_, {});
}

std::optional<Clock::Wall> Desk::alarm() const {
  std::optional<Clock::Wall> next;
  for (const auto& [key, resting] : resting_) {
    if (resting.again && (!next || *resting.again < *next)) next = resting.again;
  }
  return next;
}

void Desk::on(const NoticeArrived& event) {
  const auto outcome = std::visit([&](const auto& notice) { return heed(event.delivery, notice); }, event.notice);
  if (outcome) settle(event.delivery, *outcome);
}

void Desk::on(const NoticeUnreadable& event) { settle(event.delivery, "not readable: " + event.why); }

void Desk::on(const RepositoriesListed& event) {
  const auto question = answered_as<AboutRepositories>(event.id);
  if (!question) return;
  std::vector<RepositoryId> gone;
  for (const auto& [id, repository] : repositories_) {
    if (std::ranges::find(event.repositories, id, &Repository::id) == event.repositories.end()) gone.push_back(id);
  }
  for (const RepositoryId id : gone) leave(id);
  for (const Repository& repository : event.repositories) {
    learn(repository);
    decision_.then.emplace_back(ListPullRequests{.id = ask(AboutPullRequests{repository.id}), .repository = repository});
  }
  if (question->delivery) settle(*question->delivery, fmt::format("installed in {} repositories", event.repositories.size()));
}

void Desk::on(const PullRequestsListed& event) {
  const auto question = answered_as<AboutPullRequests>(event.id);
  if (!question) return;
  // We may have left the repository while the list was made.
  if (const Repository* repository = find_repository(question->repository)) reconcile_open(*repository, event.open);
}

void Desk::on(const PullRequestRead& event) {
  const auto question = answered_as<AboutPullRequest>(event.id);
  if (!question) return;
  const SubjectKey key = key_of(question->repository, event.pull_request);
  const SubjectRecord* known = find_subject(key);
  const bool is_older = known != nullptr && event.pull_request.updated < std::get<PullRequest>(known->subject).updated;
  if (find_repository(question->repository) != nullptr && !is_older) take_over(question->repository, event.pull_request);
  if (question->delivery) settle(*question->delivery, "asked what its state is");
}

void Desk::on(const PermissionTold& event) {
  const auto question = answered_as<AboutButton>(event.id);
  if (!question) return;
  if (event.permission >= policy_.trust.approver) {
    press(*question);
  } else {
    settle(question->delivery, fmt::format("{} may not: {} is needed, and there is {}", printable_line(question->by),
                                           to_string(policy_.trust.approver), to_string(event.permission)));
  }
}

void Desk::on(const QuestionFailed& event) {
  const auto question = answered(event.id);
  if (!question) return;
  std::optional<DeliveryId> delivery;
  if (const auto* repositories = std::get_if<AboutRepositories>(&*question)) delivery = repositories->delivery;
  if (const auto* button = std::get_if<AboutButton>(&*question)) delivery = button->delivery;
  if (const auto* about = std::get_if<AboutPullRequest>(&*question)) {
    delivery = about->delivery;
    // A pull request that is no more: its repository is gone, or it was in one that we see no longer.
    const SubjectKey key{.repository = about->repository, .kind = SubjectKey::Kind::pull_request, .number = about->number};
    if (event.error.code() == ErrorCode::not_found) close(key, {Abandonment::Reason::closed});
  }
  if (delivery) settle(*delivery, "the forge gave no answer: " + event.error.to_string());
}

void Desk::on(const ReconcileDue& /*event*/) {
  // One at a time: a forge that does not answer must not be asked ever more.
  const bool is_asked =
      std::ranges::any_of(questions_, [](const auto& asked) { return std::holds_alternative<AboutRepositories>(asked.second); });
  if (!is_asked) list_repositories(std::nullopt);
}

void Desk::on(const DeskWoke& /*event*/) {
  for (auto& [key, resting] : resting_) {
    if (!resting.again || *resting.again > now_) continue;
    resting.again.reset();
    docket_.add(key, now_, resting.pace);
  }
}

void Desk::learn(const Repository& repository) {
  const auto known = repositories_.find(repository.id);
  if (known != repositories_.end() && known->second == repository) return;
  repositories_.insert_or_assign(repository.id, repository);
  decision_.keep.repositories.push_back(repository);
}

void Desk::leave(RepositoryId repository) {
  if (repositories_.erase(repository) == 0) return;
  std::vector<SubjectKey> keys;
  for (const auto& [key, record] : subjects_) {
    if (key.repository == repository) keys.push_back(key);
  }
  for (const SubjectKey& key : keys) close(key, {Abandonment::Reason::closed});
  decision_.keep.left.push_back(repository);
}

void Desk::reconcile_open(const Repository& repository, const std::vector<PullRequest>& open) {
  for (const PullRequest& told : open) consider(repository, told, std::nullopt);
  for (const auto& [key, record] : subjects_) {
    const auto* known = std::get_if<PullRequest>(&record.subject);
    if (key.repository != repository.id || known == nullptr || known->state == PullRequest::State::closed) continue;
    if (std::ranges::find(open, known->number, &PullRequest::number) == open.end()) read(repository, known->number, std::nullopt);
  }
  forget_long_closed(repository.id);
  TidyUp chore{.repository = repository};
  for (const auto& [key, record] : subjects_) {
    if (key.repository == repository.id && is_reviewable(record)) chore.needed.push_back(record.subject);
  }
  decision_.then.emplace_back(std::move(chore));
}

void Desk::forget_long_closed(RepositoryId repository) {
  std::erase_if(subjects_, [&](const auto& entry) {
    const auto* known = std::get_if<PullRequest>(&entry.second.subject);
    const bool is_due = entry.first.repository == repository && known != nullptr && known->state == PullRequest::State::closed &&
                        known->updated + policy_.closed_kept < now_;
    if (is_due) decision_.keep.closed.push_back(entry.first);
    return is_due;
  });
}

void Desk::label(const SubjectKey& key, std::optional<std::uint64_t> rebuilds) {
  if (!policy_.labels || key.kind != SubjectKey::Kind::pull_request) return;
  WantedLabel wanted{.repository = key.repository, .pull_request = key.number};
  if (rebuilds) wanted.name = label_for(*policy_.labels, *rebuilds);
  decision_.keep.labels.push_back(std::move(wanted));
}

void Desk::tell(const SubjectKey& key, const CommitId& head, CheckText text) {
  if (key.kind == SubjectKey::Kind::target_branch) return;
  if (key.kind == SubjectKey::Kind::pull_request) {
    if (const Repository* repository = find_repository(key.repository)) {
      text.details_path = fmt::format("/{}/pr/{}", repository->name, key.number.value);
    }
  }
  // Of one event the last word counts.
  std::erase_if(decision_.keep.checks, [&](const Check& check) {
    return check.repository == key.repository && check.head == head && check.name == kSummaryCheck;
  });
  decision_.keep.checks.push_back(
      {.repository = key.repository, .head = head, .name = std::string(kSummaryCheck), .text = std::move(text)});
}

void Desk::keep(const SubjectRecord& record) {
  const SubjectKey key = key_of(record.repository, record.subject);
  std::erase_if(decision_.keep.subjects, [&](const SubjectRecord& kept) { return key_of(kept.repository, kept.subject) == key; });
  decision_.keep.subjects.push_back(record);
}

void Desk::settle(DeliveryId delivery, std::string outcome) {
  decision_.keep.handled.push_back({.id = delivery, .outcome = std::move(outcome)});
}

QuestionId Desk::ask(Question question) {
  const QuestionId id{++questions_asked_};
  questions_.emplace(id, std::move(question));
  return id;
}

std::optional<Desk::Question> Desk::answered(QuestionId id) {
  auto asked = questions_.extract(id);
  if (asked.empty()) return std::nullopt;
  return std::move(asked.mapped());
}

template <class Kind>
std::optional<Kind> Desk::answered_as(QuestionId id) {
  std::optional<Question> question = answered(id);
  if (!question || !std::holds_alternative<Kind>(*question)) return std::nullopt;
  return std::get<Kind>(std::move(*question));
}

void Desk::read(const Repository& repository, PullRequestNumber number, std::optional<DeliveryId> delivery) {
  const QuestionId id = ask(AboutPullRequest{.repository = repository.id, .number = number, .delivery = delivery});
  decision_.then.emplace_back(ReadPullRequest{.id = id, .repository = repository, .number = number});
}

void Desk::list_repositories(std::optional<DeliveryId> delivery) {
  decision_.then.emplace_back(ListRepositories{.id = ask(AboutRepositories{delivery})});
}

const Repository* Desk::find_repository(RepositoryId id) const {
  const auto found = repositories_.find(id);
  return found == repositories_.end() ? nullptr : &found->second;
}

SubjectRecord* Desk::find_subject(const SubjectKey& key) {
  const auto found = subjects_.find(key);
  return found == subjects_.end() ? nullptr : &found->second;
}

std::optional<SubjectKey> Desk::subject_at(RepositoryId repository, const CommitId& head) const {
  for (const auto& [key, record] : subjects_) {
    if (key.repository == repository && key.kind != SubjectKey::Kind::target_branch && head_of(record.subject) == head) return key;
  }
  return std::nullopt;
}

}  // namespace ekaci::forge
