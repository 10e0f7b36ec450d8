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
    if (const auto* branch = std::get_if<TargetBranch>(&known.subject)) branches_.move(key.repository, branch->branch, branch->tip);
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
    list_pull_requests(repository);
  }
  if (std::exchange(are_repositories_unsure_, false)) list_repositories(std::nullopt);
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
  if (const auto* branches = std::get_if<AboutBranches>(&*question)) ask_about_more_branches(branches->repository);
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
  if (!is_asked<AboutRepositories>([](const AboutRepositories&) { return true; })) list_repositories(std::nullopt);
}

void Desk::on(const DeskWoke& /*event*/) {
  for (auto& [key, resting] : resting_) {
    if (!resting.again || *resting.again > now_) continue;
    resting.again.reset();
    docket_.add(key, now_, resting.pace);
  }
}

void Desk::learn(const Repository& repository) {
  Repository& known = repositories_[repository.id];
  Repository told = repository;
  if (told.permissions.empty()) told.permissions = known.permissions;
  if (known == told) return;
  if (known.permissions != told.permissions) decision_.keep.permitted.push_back(told.id);
  known = told;
  decision_.keep.repositories.push_back(std::move(told));
}

void Desk::leave(RepositoryId repository) {
  if (repositories_.erase(repository) == 0) return;
  std::vector<SubjectKey> keys;
  for (const auto& [key, record] : subjects_) {
    if (key.repository == repository) keys.push_back(key);
  }
  for (const SubjectKey& key : keys) close(key, {Abandonment::Reason::closed});
  branches_.forget(repository);
  unasked_branches_.erase(repository);
  decision_.keep.left.push_back(repository);
}

void Desk::reconcile_open(const Repository& repository, const std::vector<PullRequest>& open) {
  for (const PullRequest& told : open) consider(repository, told, std::nullopt);
  for (const auto& [key, record] : subjects_) {
    const auto* known = std::get_if<PullRequest>(&record.subject);
    if (key.repository != repository.id || known == nullptr || known->state == PullRequest::State::closed) continue;
    const auto is_it = [&](const AboutPullRequest& asked) { return asked.repository == repository.id && asked.number == known->number; };
    const bool is_missing = std::ranges::find(open, known->number, &PullRequest::number) == open.end();
    if (is_missing && !is_asked<AboutPullRequest>(is_it)) read(repository, known->number, std::nullopt);
  }
  forget_long_closed(repository.id);
  reconcile_branches(repository);
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

void Desk::read(const Repository& repository, PullRequestNumber number, std::optional<DeliveryId> delivery) {
  const QuestionId id = ask(AboutPullRequest{.repository = repository.id, .number = number, .delivery = delivery});
  decision_.then.emplace_back(ReadPullRequest{.id = id, .repository = repository, .number = number});
}

void Desk::list_repositories(std::optional<DeliveryId> delivery) {
  decision_.then.emplace_back(ListRepositories{.id = ask(AboutRepositories{delivery})});
}

void Desk::list_repositories_again() {
  if (is_asked<AboutRepositories>([](const AboutRepositories&) { return true; })) {
    are_repositories_unsure_ = true;
  } else {
    list_repositories(std::nullopt);
  }
}

void Desk::list_pull_requests(const Repository& repository) {
  const auto is_it = [&](const AboutPullRequests& asked) { return asked.repository == repository.id; };
  if (is_asked<AboutPullRequests>(is_it)) return;
  decision_.then.emplace_back(ListPullRequests{.id = ask(AboutPullRequests{repository.id}), .repository = repository});
}

const Repository* Desk::find_repository(RepositoryId id) const {
  const auto found = repositories_.find(id);
  return found == repositories_.end() ? nullptr : &found->second;
}

SubjectRecord* Desk::find_subject(const SubjectKey& key) {
  const auto found = subjects_.find(key);
  return found == subjects_.end() ? nullptr : &found->second;
}

}  // namespace ekaci::forge
