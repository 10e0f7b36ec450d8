#include "forge/desk_runner.h"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "forge/desk_texts.h"

namespace ekaci::forge {
namespace {

using namespace std::chrono_literals;

/// What of a decision can be kept though its findings cannot: its summaries tell just that.
LedgerEntry without_findings(LedgerEntry entry, const Error& refusal, Clock::Wall now) {
  std::erase_if(entry.checks, [](const Check& check) { return check.name != kSummaryCheck; });
  for (Check& check : entry.checks) check.text = unmade_text(refusal, now);
  entry.labels.clear();
  entry.comments.clear();
  return entry;
}

constexpr std::size_t kQuestionThreads = 4;
constexpr std::size_t kDeliveriesAtOnce = 64;
/// Between tries of a question that the forge could not answer.
constexpr std::chrono::seconds kFirstPause = 2s;
constexpr std::chrono::seconds kLongestPause = 5min;
/// Between two looks at how things stand.
constexpr std::chrono::milliseconds kLook = 500ms;
/// A ledger that cannot be written: a full disk, most likely.
constexpr std::chrono::seconds kLedgerPause = 5s;

QuestionId id_of(const DeskEffect& question) {
  if (const auto* repositories = std::get_if<ListRepositories>(&question)) return repositories->id;
  if (const auto* open = std::get_if<ListPullRequests>(&question)) return open->id;
  if (const auto* read = std::get_if<ReadPullRequest>(&question)) return read->id;
  if (const auto* branches = std::get_if<ReadBranches>(&question)) return branches->id;
  return std::get<AskPermission>(question).id;
}

std::optional<InstallationId> installation_of(const DeskEffect& question) {
  if (const auto* open = std::get_if<ListPullRequests>(&question)) return open->repository.installation;
  if (const auto* read = std::get_if<ReadPullRequest>(&question)) return read->repository.installation;
  if (const auto* branches = std::get_if<ReadBranches>(&question)) return branches->repository.installation;
  if (const auto* permission = std::get_if<AskPermission>(&question)) return permission->repository.installation;
  return std::nullopt;
}

Result<BranchesRead> read_branches(Forge& forge, const ReadBranches& question, const CancelToken& cancel) {
  auto tips = forge.branch_tips(question.repository, question.branches, cancel);
  if (!tips) return fail(tips.error());
  BranchesRead answer{.id = question.id, .tips = std::move(*tips)};
  if (!question.with_groups) return answer;
  auto groups = forge.merge_group_branches(question.repository, cancel);
  if (!groups) return fail(groups.error());
  answer.groups = std::move(*groups);
  return answer;
}

/// The top of a review's thread: a defect that throws becomes a failed review, not a dead server.
Result<ReviewConclusion> review(Reviewer& reviewer, const StartReview& order, const Reviewer::Progress& progress,
                                const CancelToken& cancel) {
  try {
    return reviewer.review(order, progress, cancel);
  } catch (const std::exception& defect) {
    return fail(ErrorCode::internal, "{}", defect.what());
  }
}

std::string_view in_words(OrderKind kind) {
  switch (kind) {
    case OrderKind::review:
      return "retry";
    case OrderKind::retry_failed:
      return "retry of what failed, too,";
    case OrderKind::cancel:
      break;
  }
  return "cancel";
}

}  // namespace

Log log_of(const Log& log, const StartReview& order) {
  return log.with("review", std::to_string(order.id.value))
      .with("repository", order.repository.name)
      .with("subject", describe(key_of(order.repository.id, order.subject)));
}

DeskRunner::DeskRunner(DeskPolicy policy, std::chrono::seconds reconcile_every, DeskWorld world)
    : reconcile_every_(reconcile_every), world_(std::move(world)), desk_(std::move(policy)) {}

DeskRunner::~DeskRunner() {
  stop_.request_stop();
  happenings_.close();
  if (thread_.joinable()) thread_.join();
  for (auto& [id, running] : reviews_) running.cancel.request_stop();
  reviews_.clear();
  questions_.reset();
  chores_.reset();
}

Status DeskRunner::start() {
  Result<LedgerState> state = world_.ledger.load();
  if (!state) return fail(state.error(), "reading what is owed");
  questions_ = std::make_unique<Pool<Asking>>(kQuestionThreads, [this](const Asking& asking) { happenings_.push(answer(asking)); });
  chores_ = std::make_unique<Pool<TidyUp>>(1, [this](const TidyUp& chore) { tidy_up(chore); });
  next_reconciliation_ = world_.clock.now();
  thread_ = std::jthread([this, kept = std::move(*state)]() mutable {
    pulse_.work(world_.clock.now());
    look_at_room();
    obey(desk_.start(world_.clock.wall(), std::move(kept)));
    take_in_deliveries();
    run();
  });
  return {};
}

void DeskRunner::wake() { happenings_.push(InboxChanged{}); }

DeskStanding DeskRunner::standing() const {
  return standing_.with([](const DeskStanding& standing) { return standing; });
}

DeskStanding DeskRunner::look(std::chrono::milliseconds patience) {
  const auto published = std::make_shared<std::promise<void>>();
  const std::future<void> answer = published->get_future();
  happenings_.push(Look{published});
  const bool is_current = answer.wait_for(patience) == std::future_status::ready;
  DeskStanding seen = standing();
  seen.is_current = is_current;
  return seen;
}

void DeskRunner::order(OperatorOrdered order, std::string by, OrderAnswer answer) {
  happenings_.push(Order{std::move(order), std::move(by), std::move(answer)});
}

void DeskRunner::run() {
  while (!stop_.stop_requested()) {
    look_at_room();
    look_around();
    if (world_.clock.now() >= next_reconciliation_) {
      next_reconciliation_ = world_.clock.now() + reconcile_every_;
      obey(desk_.handle(world_.clock.wall(), ReconcileDue{}));
    }
    const std::optional<Clock::Wall> alarm = desk_.alarm();
    if (alarm && *alarm <= world_.clock.wall()) obey(desk_.handle(world_.clock.wall(), DeskWoke{}));
    ask_what_is_due();
    pulse_.rest();
    std::optional<Happening> happening = happenings_.pop_until(next_glance());
    pulse_.work(world_.clock.now());
    if (happening && !stop_.stop_requested()) take(std::move(*happening));
  }
}

void DeskRunner::take(Happening happening) {
  if (std::holds_alternative<InboxChanged>(happening)) {
    take_in_deliveries();
  } else if (auto* unanswered = std::get_if<Unanswered>(&happening)) {
    ask_later(std::move(*unanswered));
  } else if (const auto* order = std::get_if<Order>(&happening)) {
    carry_out(*order);
  } else if (const auto* look = std::get_if<Look>(&happening)) {
    publish_standing();
    look->published->set_value();
  } else {
    const auto& event = std::get<DeskEvent>(happening);
    if (const auto* ended = std::get_if<ReviewEnded>(&event)) note_end(*ended);
    obey(desk_.handle(world_.clock.wall(), event));
  }
}

void DeskRunner::carry_out(const Order& order) {
  const DeskDecision decision = desk_.handle(world_.clock.wall(), order.order);
  const bool is_kept = obey(decision);
  Result<std::string> answer = fail(ErrorCode::unavailable, "the order cannot be kept; the server's log says why");
  if (is_kept && decision.answer) answer = *decision.answer;
  const auto repository = desk_.repositories().find(order.order.subject.repository);
  world_.log.info("{} orders: {} of {} {}: {}", order.by, in_words(order.order.kind),
                  repository == desk_.repositories().end() ? "" : repository->second.name, describe(order.order.subject),
                  answer ? *answer : answer.error().to_string());
  order.answer(answer);
}

void DeskRunner::note_end(const ReviewEnded& ended) {
  const auto running = reviews_.find(ended.id);
  if (running == reviews_.end()) return;
  if (ended.result) {
    running->second.log.info("reviewed: {}", ekaci::to_string(ended.result->decision));
  } else {
    running->second.log.warning("could not be reviewed: {}", ended.result.error().to_string());
  }
  reviews_.erase(running);
}

Clock::Instant DeskRunner::next_glance() {
  Clock::Instant next = next_reconciliation_;
  if (has_news_) next = std::min(next, next_look_);
  if (!asked_again_.empty()) next = std::min(next, asked_again_.begin()->first);
  const std::optional<Clock::Wall> alarm = desk_.alarm();
  if (!alarm) return next;
  return std::min(next, world_.clock.now() + std::max(*alarm - world_.clock.wall(), Clock::Wall::duration::zero()));
}

void DeskRunner::take_in_deliveries() {
  while (!stop_.stop_requested()) {
    const Result<std::vector<StoredDelivery>> unhandled = world_.inbox.unhandled(taken_in_, kDeliveriesAtOnce);
    if (!unhandled) {
      world_.log.error("webhooks cannot be read: {}", unhandled.error().to_string());
      note_trouble(unhandled.error());
      pause(kLedgerPause);
      continue;
    }
    note_trouble(std::nullopt);
    if (unhandled->empty()) return;
    for (const StoredDelivery& stored : *unhandled) take_in(stored);
    look_around();
  }
}

void DeskRunner::take_in(const StoredDelivery& stored) {
  pulse_.work(world_.clock.now());
  taken_in_ = stored.id;
  Result<Notice> notice = world_.read(stored.delivery);
  const Log log = world_.log.with("delivery", stored.delivery.guid);
  if (!notice) log.warning("the webhook {} cannot be read: {}", stored.delivery.event, notice.error().to_string());
  const DeskEvent event =
      notice ? DeskEvent(NoticeArrived{stored.id, std::move(*notice)}) : DeskEvent(NoticeUnreadable{stored.id, notice.error().to_string()});
  taken_.insert_or_assign(stored.id, Taken{.guid = stored.delivery.guid, .event = stored.delivery.event});
  obey(desk_.handle(world_.clock.wall(), event));
}

void DeskRunner::tell_of(const HandledDelivery& handled) {
  const auto taken = taken_.extract(handled.id);
  if (taken.empty()) return;
  const auto& [guid, event] = taken.mapped();
  world_.log.with("delivery", guid).debug("the webhook {} is handled: {}", event, handled.outcome);
}

bool DeskRunner::obey(const DeskDecision& decision) {
  has_news_ = true;
  for (const HandledDelivery& handled : decision.keep.handled) tell_of(handled);
  // What could not be kept must not be acted on; after the next start it is decided again.
  if (!keep(decision.keep)) return false;
  for (const DeskEffect& effect : decision.then) begin(effect);
  return true;
}

bool DeskRunner::keep(const LedgerEntry& entry) {
  if (entry.is_empty()) return true;
  const Status kept = keep_or_refuse(entry);
  if (kept || kept.error().code() != ErrorCode::invalid_argument) return kept.has_value();
  // A defect: it will never be kept, and must not hold up everything else; but no check stays open for it.
  return keep_or_refuse(without_findings(entry, kept.error(), world_.clock.wall())).has_value();
}

Status DeskRunner::keep_or_refuse(const LedgerEntry& entry) {
  while (!stop_.stop_requested()) {
    Status kept = world_.ledger.keep(entry);
    if (kept) {
      note_trouble(std::nullopt);
      if (entry.owes_more() && world_.checks_changed) world_.checks_changed();
      return kept;
    }
    const bool is_hopeless = kept.error().code() == ErrorCode::invalid_argument;
    world_.log.error("what was decided cannot be kept{}: {}", is_hopeless ? ", and is given up" : ", nothing goes on until it can",
                     kept.error().to_string());
    if (is_hopeless) return kept;
    note_trouble(kept.error());
    pause(kLedgerPause);
  }
  return fail(ErrorCode::cancelled, "the server stops");
}

void DeskRunner::begin(const DeskEffect& effect) {
  if (const auto* start = std::get_if<StartReview>(&effect)) {
    begin_review(*start);
  } else if (const auto* stop = std::get_if<StopReview>(&effect)) {
    stop_review(*stop);
  } else if (const auto* chore = std::get_if<TidyUp>(&effect)) {
    chores_->start(*chore);
  } else {
    questions_->start({.question = effect});
  }
}

void DeskRunner::stop_review(const StopReview& stop) {
  const auto running = reviews_.find(stop.id);
  if (running == reviews_.end()) return;
  if (stop.has_successor) world_.reviewer.expect_successor(stop.id);
  running->second.cancel.request_stop();
}

void DeskRunner::begin_review(const StartReview& order) {
  Review& running = reviews_.try_emplace(order.id, Review{.log = log_of(world_.log, order)}).first->second;
  running.log.info("review of {} begins", head_of(order.subject).brief());
  running.thread = std::jthread([this, order, cancel = running.cancel.get_token()] {
    const auto progress = [this, &order](CheckText text) { happenings_.push(DeskEvent(ReviewMoved{order.id, std::move(text)})); };
    happenings_.push(DeskEvent(ReviewEnded{order.id, review(world_.reviewer, order, progress, cancel)}));
  });
}

void DeskRunner::tidy_up(const TidyUp& chore) {
  const Status done = world_.reviewer.tidy_up(chore, stop_.get_token());
  if (!done && !stop_.stop_requested()) {
    world_.log.with("repository", chore.repository.name).warning("what was fetched could not be tidied up: {}", done.error().to_string());
  }
}

DeskRunner::Happening DeskRunner::answer(const Asking& asking) {
  DeskEvent answered = ask(asking.question);
  const auto* failed = std::get_if<QuestionFailed>(&answered);
  if (failed == nullptr || failed->error.code() != ErrorCode::unavailable) return answered;
  return Unanswered{asking, failed->error};
}

void DeskRunner::ask_later(Unanswered unanswered) {
  constexpr std::uint32_t kMostDoublings = 10;
  Asking& asking = unanswered.asking;
  Clock::Wall::duration wait =
      std::min<std::chrono::seconds>(kFirstPause * (1U << std::min(asking.failures, kMostDoublings)), kLongestPause);
  ++asking.failures;
  if (const auto installation = installation_of(asking.question)) {
    if (const auto resumed = world_.forge.resume_at(*installation)) wait = std::max(wait, *resumed - world_.clock.wall());
  }
  world_.log.warning("the forge has no answer, and will be asked again in {} s: {}", std::chrono::ceil<std::chrono::seconds>(wait).count(),
                     unanswered.error.to_string());
  asked_again_.emplace(world_.clock.now() + wait, std::move(asking));
}

void DeskRunner::ask_what_is_due() {
  const auto end = asked_again_.upper_bound(world_.clock.now());
  for (auto due = asked_again_.begin(); due != end; ++due) questions_->start(due->second);
  asked_again_.erase(asked_again_.begin(), end);
}

DeskEvent DeskRunner::ask(const DeskEffect& question) {
  const CancelToken cancel = stop_.get_token();
  const auto failed = [&](const Error& error) { return QuestionFailed{id_of(question), error}; };
  if (const auto* all = std::get_if<ListRepositories>(&question)) {
    auto repositories = world_.forge.repositories(cancel);
    return repositories ? DeskEvent(RepositoriesListed{all->id, std::move(*repositories)}) : failed(repositories.error());
  }
  if (const auto* list = std::get_if<ListPullRequests>(&question)) {
    auto open = world_.forge.open_pull_requests(list->repository, cancel);
    return open ? DeskEvent(PullRequestsListed{list->id, std::move(*open)}) : failed(open.error());
  }
  if (const auto* read = std::get_if<ReadPullRequest>(&question)) {
    auto pull_request = world_.forge.pull_request(read->repository, read->number, cancel);
    return pull_request ? DeskEvent(PullRequestRead{read->id, std::move(*pull_request)}) : failed(pull_request.error());
  }
  if (const auto* branches = std::get_if<ReadBranches>(&question)) {
    auto answered = read_branches(world_.forge, *branches, cancel);
    return answered ? DeskEvent(std::move(*answered)) : failed(answered.error());
  }
  const auto& asked = std::get<AskPermission>(question);
  const auto permission = world_.forge.permission_of(asked.repository, asked.login, cancel);
  return permission ? DeskEvent(PermissionTold{asked.id, *permission}) : failed(permission.error());
}

void DeskRunner::look_around() {
  // Many things may happen at once; a person looks once.
  if (!has_news_ || world_.clock.now() < next_look_) return;
  publish_standing();
}

void DeskRunner::publish_standing() {
  has_news_ = false;
  next_look_ = world_.clock.now() + kLook;
  DeskStanding standing = standing_of(desk_, world_.clock.wall());
  standing.held_up = held_up_;
  standing_.with([&](DeskStanding& shown) {
    standing.trouble = std::move(shown.trouble);
    shown = std::move(standing);
  });
}

void DeskRunner::note_trouble(const std::optional<Error>& error) {
  standing_.with([&](DeskStanding& shown) {
    if (!error) {
      shown.trouble.reset();
      return;
    }
    const Clock::Wall since = shown.trouble ? shown.trouble->since : world_.clock.wall();
    shown.trouble = DeskStanding::Trouble{.since = since, .why = error->to_string()};
  });
}

void DeskRunner::look_at_room() {
  if (!world_.short_of_room) return;
  std::string why = world_.short_of_room();
  if (why == (held_up_ ? held_up_->why : "")) return;
  has_news_ = true;
  if (held_up_ && !why.empty()) {
    held_up_->why = std::move(why);
    return;
  }
  if (why.empty()) {
    held_up_.reset();
    world_.log.info("there is room on the disk again: reviews are begun");
  } else {
    world_.log.warning("no review is begun: {}", why);
    held_up_ = DeskStanding::Trouble{.since = world_.clock.wall(), .why = std::move(why)};
  }
  obey(desk_.handle(world_.clock.wall(), RoomTold{!held_up_}));
}

void DeskRunner::pause(std::chrono::milliseconds time) {
  // Ends at once when the server stops.
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, stop_.get_token(), time, [] { return false; });
}

}  // namespace ekaci::forge
