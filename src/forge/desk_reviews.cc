#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "forge/desk.h"

/// What the desk makes of reviews: wanting, beginning, giving up, ending.
namespace ekaci::forge {
namespace {

const PullRequest* pull_request_of(const SubjectRecord& record) { return std::get_if<PullRequest>(&record.subject); }

/// Why a subject that moved is reviewed anew; nullopt where what was found of it still holds.
std::optional<Abandonment::Reason> reason_to_begin_again(const Subject& known, const Subject& told) {
  if (head_of(known) != head_of(told)) return Abandonment::Reason::newer_head;
  const auto* before = std::get_if<PullRequest>(&known);
  const auto* now = std::get_if<PullRequest>(&told);
  if (before != nullptr && now != nullptr && before->target != now->target) return Abandonment::Reason::other_target;
  return std::nullopt;
}

/// Whether trying again may help.
bool may_pass(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
    case ErrorCode::resource_exhausted:
    case ErrorCode::timed_out:
    case ErrorCode::cancelled:
    case ErrorCode::io:
      return true;
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
    case ErrorCode::corrupt:
    case ErrorCode::permission_denied:
    case ErrorCode::internal:
      break;
  }
  return false;
}

}  // namespace

bool Desk::is_reviewable(const SubjectRecord& record) const {
  const PullRequest* pull_request = pull_request_of(record);
  if (pull_request == nullptr) return true;
  switch (pull_request->state) {
    case PullRequest::State::open:
      return true;
    case PullRequest::State::draft:
      return policy_.drafts == DeskPolicy::Drafts::review;
    case PullRequest::State::closed:
      break;
  }
  return false;
}

void Desk::take_over(RepositoryId repository, const Subject& told) {
  const SubjectKey key = key_of(repository, told);
  SubjectRecord* known = find_subject(key);
  if (known == nullptr) {
    SubjectRecord& record = subjects_.emplace(key, SubjectRecord{.repository = repository, .subject = told}).first->second;
    inherit_approval(record);
    keep(record);
    if (is_reviewable(record)) want(record);
    return;
  }
  const bool was_reviewable = is_reviewable(*known);
  const auto moved = reason_to_begin_again(known->subject, told);
  if (moved) abandon(*known, {*moved}, policy_.superseded);
  const SubjectRecord before = std::exchange(*known, SubjectRecord{.repository = repository, .subject = told});
  if (!moved) {
    known->decision = before.decision;
    known->builds_withheld = before.builds_withheld;
    known->base = before.base;
    known->is_base_stale = before.is_base_stale;
    known->retry_failed = before.retry_failed;
  }
  known->built = before.built;
  if (before.approved == head_of(told)) {
    known->approved = before.approved;
    known->approved_by = before.approved_by;
  } else {
    inherit_approval(*known);
  }
  keep(*known);
  if (!is_reviewable(*known)) {
    const bool is_draft = pull_request_of(*known)->state == PullRequest::State::draft;
    if (was_reviewable && !moved) abandon(*known, {is_draft ? Abandonment::Reason::draft : Abandonment::Reason::closed}, policy_.closed);
  } else if (moved || !was_reviewable) {
    // Also where it was decided before it became a draft: since then another with this head may have had the check say something else.
    want(*known);
  }
}

void Desk::inherit_approval(SubjectRecord& record) const {
  const CommitId& head = head_of(record.subject);
  const auto is_approved = [&](const auto& entry) { return entry.first.repository == record.repository && entry.second.approved == head; };
  const auto other = std::ranges::find_if(subjects_, is_approved);
  if (other == subjects_.end()) return;
  record.approved = head;
  record.approved_by = other->second.approved_by;
}

void Desk::want(SubjectRecord& record) {
  const SubjectKey key = key_of(record.repository, record.subject);
  record.decision.reset();
  record.base.reset();
  record.is_base_stale = false;
  resting_.erase(key);
  docket_.add(key, now_);
  keep(record);
  tell(key, head_of(record.subject), waiting_text());
}

void Desk::review_again(SubjectRecord& record) {
  if (is_reviewable(record)) {
    want(record);
    return;
  }
  // A draft: it is reviewed when it is ready, whatever was found of it before.
  record.decision.reset();
  keep(record);
}

void Desk::cancel(SubjectRecord& record, const Abandonment& why) {
  abandon(record, why, DeskPolicy::Abandoned::stop);
  leave_undecided(record);
}

void Desk::cancel_at(const std::vector<SubjectKey>& keys, const CommitId& head, const Abandonment& why) {
  for (const SubjectKey& key : keys) {
    SubjectRecord& record = subjects_.at(key);
    give_up(record, why, DeskPolicy::Abandoned::stop);
    leave_undecided(record);
  }
  tell(keys.front(), head, abandoned_text(why, now_));
}

void Desk::leave_undecided(SubjectRecord& record) {
  if (!record.decision) {
    record.decision = Decision::cannot_tell;
    label(key_of(record.repository, record.subject), std::nullopt);
  }
  keep(record);
}

void Desk::on(const OperatorOrdered& event) {
  SubjectRecord* record = find_subject(event.subject);
  const std::string name = describe(event.subject);
  if (record == nullptr) {
    decision_.answer = fail(ErrorCode::not_found, "{} is not known any more", name);
    return;
  }
  const PullRequest* pull_request = pull_request_of(*record);
  if (pull_request != nullptr && pull_request->state == PullRequest::State::closed) {
    decision_.answer = fail(ErrorCode::conflict, "{} is closed: nothing is reviewed of it", name);
    return;
  }
  decision_.answer = obey(*record, event.kind);
}

std::string Desk::obey(SubjectRecord& record, OrderKind kind) {
  const SubjectKey key = key_of(record.repository, record.subject);
  const bool is_running = docket_.review_of(key).has_value();
  if (kind == OrderKind::cancel) {
    const bool is_awaited = is_running || docket_.is_waiting(key) || resting_.contains(key);
    if (!is_awaited) return "not under review, so there is nothing to cancel";
    cancel(record, {Abandonment::Reason::ordered});
    return is_running ? "cancelled, its review is stopped" : "cancelled, it waits no more";
  }
  if (kind == OrderKind::retry_failed) record.retry_failed = true;
  review_again(record);
  if (!is_reviewable(record)) return "a draft: it is reviewed when it is ready";
  return is_running ? "to be reviewed again, when the review that is under way has ended" : "to be reviewed again";
}

void Desk::abandon(const SubjectRecord& record, const Abandonment& why, DeskPolicy::Abandoned running) {
  const SubjectKey key = key_of(record.repository, record.subject);
  const bool is_owed = !record.decision;
  if (!give_up(record, why, running)) return;
  hand_over_check(key, head_of(record.subject), is_owed ? std::optional(abandoned_text(why, now_)) : std::nullopt);
}

bool Desk::give_up(const SubjectRecord& record, const Abandonment& why, DeskPolicy::Abandoned running) {
  const SubjectKey key = key_of(record.repository, record.subject);
  docket_.drop(key);
  resting_.erase(key);
  const auto review = docket_.review_of(key);
  if (!review) return true;
  if (running == DeskPolicy::Abandoned::finish) return false;
  Running& running_review = running_.at(*review);
  // Of an older head, where those are finished; nobody else would conclude its check.
  const bool is_of_older_head = running_review.head != head_of(record.subject) && !running_review.is_stopped;
  running_review.is_stopped = true;
  if (is_of_older_head) hand_over_check(key, running_review.head, abandoned_text(why, now_));
  const bool has_successor = why.reason == Abandonment::Reason::newer_head || why.reason == Abandonment::Reason::other_target;
  decision_.then.emplace_back(StopReview{.id = *review, .has_successor = has_successor});
  return true;
}

void Desk::close(const SubjectKey& key, const Abandonment& why) {
  const auto found = subjects_.find(key);
  if (found == subjects_.end()) return;
  if (is_reviewable(found->second)) abandon(found->second, why, policy_.closed);
  subjects_.erase(found);
  decision_.keep.closed.push_back(key);
}

void Desk::on(const RoomTold& event) { has_room_ = event.has_room; }

void Desk::make_way() {
  const auto review = docket_.in_the_way();
  if (!review) return;
  Running& running = running_.at(*review);
  if (running.is_stopped) return;
  running.is_stopped = true;
  decision_.then.emplace_back(StopReview{*review});
  docket_.add(running.subject, now_, Docket::Pace::idle);
}

void Desk::build_later(SubjectRecord& record) {
  const auto* branch = std::get_if<TargetBranch>(&record.subject);
  if (branch == nullptr || policy_.pushes != DeskPolicy::Pushes::build) return;
  if (!record.built) {
    // There is nothing yet that it could be compared with: what follows is.
    record.built = branch->tip;
    keep(record);
  } else if (*record.built != branch->tip) {
    docket_.add(key_of(record.repository, record.subject), now_, Docket::Pace::idle);
  }
}

void Desk::begin_reviews() {
  if (!has_room_) return;
  make_way();
  while (const auto begun = docket_.begin()) {
    const SubjectRecord* record = find_subject(begun->subject);
    const Repository* repository = find_repository(begun->subject.repository);
    if (record == nullptr || repository == nullptr) {
      docket_.end(begun->id);
      continue;
    }
    const bool is_approved = record->approved == head_of(record->subject);
    const Builds builds = builds_of({.repository = *repository, .subject = record->subject, .is_approved = is_approved}, policy_.trust);
    running_.emplace(
        begun->id,
        Running{.subject = begun->subject, .head = head_of(record->subject), .pace = begun->pace, .since = now_, .builds = builds});
    tell(begun->subject, head_of(record->subject), running_text(now_, builds));
    decision_.then.emplace_back(StartReview{.id = begun->id,
                                            .repository = *repository,
                                            .subject = record->subject,
                                            .builds = builds,
                                            .is_approved = is_approved,
                                            .retry_failed = record->retry_failed,
                                            .since = begun->pace == Docket::Pace::idle ? record->built : std::nullopt});
  }
}

void Desk::on(const ReviewMoved& event) {
  const auto running = running_.find(event.id);
  if (running != running_.end() && !running->second.is_stopped) tell(running->second.subject, running->second.head, event.progress);
}

void Desk::on(const ReviewEnded& event) {
  docket_.end(event.id);
  auto ended = running_.extract(event.id);
  if (ended.empty() || ended.mapped().is_stopped) return;
  if (event.result) {
    conclude(ended.mapped(), *event.result);
  } else {
    fail_review(ended.mapped(), event.result.error());
  }
}

void Desk::conclude(const Running& running, const ReviewConclusion& conclusion) {
  resting_.erase(running.subject);
  SubjectRecord* record = find_subject(running.subject);
  if (record == nullptr || head_of(record->subject) != running.head) {
    // Of a subject that moved on, where reviews of older heads are finished, only the checks are told.
    conclude_older(running, conclusion);
    return;
  }
  // It has another review before it, which has the last word.
  if (docket_.is_waiting(running.subject)) return;
  if (running.pace == Docket::Pace::idle) {
    record->built = running.head;
    keep(*record);
    return;
  }
  record->decision = conclusion.decision;
  record->builds_withheld = conclusion.builds == Builds::withheld;
  record->base = conclusion.base;
  record->is_base_stale = false;
  record->retry_failed = false;
  keep(*record);
  tell_verdict(running.subject, running.head, conclusion);
  label(running.subject, conclusion.rebuilds);
  comment(running.subject, running.head, conclusion.summary, conclusion.comment);
  look_for_newer_base(*record);
  build_later(*record);
}

void Desk::conclude_older(const Running& running, const ReviewConclusion& conclusion) {
  if (running.subject.kind == SubjectKey::Kind::target_branch) return;
  for (const Check& check : conclusion.others) decision_.keep.checks.push_back(check);
  hand_over_check(running.subject, running.head, conclusion.summary);
}

void Desk::fail_review(const Running& running, const Error& error) {
  SubjectRecord* record = find_subject(running.subject);
  if (record == nullptr || head_of(record->subject) != running.head) {
    resting_.erase(running.subject);
    hand_over_check(running.subject, running.head, unmade_text(error, now_));
    return;
  }
  Resting& resting = resting_[running.subject];
  resting.pace = running.pace;
  if (resting.failures == 0) resting.since = now_;
  ++resting.failures;
  if (may_pass(error.code()) && resting.failures < policy_.tries) {
    resting.again = now_ + policy_.first_rest * (1U << (resting.failures - 1));
    resting.why = error.to_string();
    tell(running.subject, running.head, resting_text(error, *resting.again));
    return;
  }
  resting_.erase(running.subject);
  const CheckText unmade = unmade_text(error, now_);
  tell(running.subject, running.head, unmade);
  // What a push changed is tried again with the next one.
  if (docket_.is_waiting(running.subject) || running.pace == Docket::Pace::idle) return;
  record->decision = Decision::cannot_tell;
  label(running.subject, std::nullopt);
  comment(running.subject, running.head, unmade, fmt::format("## {}\n\n{}\n", unmade.title, unmade.summary));
  keep(*record);
}

}  // namespace ekaci::forge
