#include "engine/builds.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/build_trouble.h"

namespace ekaci::engine {
namespace {

using graph::NodeId;
using std::chrono::milliseconds;

AttemptReport report_of(const BuildEnded& ended) {
  if (ended.report) return *ended.report;
  const Error& error = ended.report.error();
  return {.result = error.code() == ErrorCode::cancelled ? AttemptResult::stopped : AttemptResult::builder_lost,
          .start = ended.start,
          .end = ended.end,
          .message = error.to_string()};
}

/// Whatever keeps a binary cache from giving what it has says nothing of the derivation.
AttemptResult result_of(const AttemptReport& report, BuildMode mode) {
  const OutcomeKind kind = outcome_of(report.result);
  const bool blames_package = kind == OutcomeKind::failed || kind == OutcomeKind::timed_out;
  return mode == BuildMode::substitute && blames_package ? AttemptResult::fetch_failed : report.result;
}

/// Whether the outputs came from elsewhere, so that the builder's sandbox says nothing of them.
bool is_found(AttemptResult result) { return result == AttemptResult::substituted || result == AttemptResult::already_valid; }

}  // namespace

Builds::Builds(BuildPolicy policy) : policy_(policy), plan_(policy.roots), queue_(policy.assurance) {}

std::vector<BuildEffect> Builds::handle(Clock::Instant now, const BuildEvent& event) {
  now_ = std::max(now_, now);
  std::visit([this](const auto& happened) { on(happened); }, event);
  advance();
  return std::exchange(effects_, {});
}

// What is wanted and known.

void Builds::on(const Wanted& event) { plan_.want(event); }

void Builds::on(const Unwanted& event) { plan_.unwant(event); }

void Builds::on(const AllCancelled& /*event*/) { plan_.cancel_all(); }

void Builds::on(const OutcomesFound& event) {
  for (const FoundOutcome& found : event.found) {
    if (plan_.state(found.node) != BuildState::asking_outcome) continue;
    troubles_.erase(found.node);
    attempts_of(found.node) = found.outcome ? found.outcome->attempts : 0;
    plan_.outcome_found(found.node, recall(found.outcome));
  }
}

std::uint32_t& Builds::attempts_of(NodeId node) {
  if (node.value >= attempts_.size()) attempts_.resize(plan_.graph().size());
  return attempts_[node.value];
}

Memory Builds::recall(const std::optional<Outcome>& outcome) const {
  if (!outcome) return Memory::nothing;
  const bool is_covered = outcome->assurance.covers(policy_.assurance);
  if (outcome->kind == OutcomeKind::succeeded) return is_covered ? Memory::succeeded : Memory::succeeded_weaker;
  if (!is_covered || policy_.failures == BuildPolicy::Failures::ask_again) return Memory::nothing;
  if (outcome->kind == OutcomeKind::failed) return Memory::failed;
  // All others say nothing of the derivation itself. That a dependency failed follows anew from what is below.
  return outcome->kind == OutcomeKind::timed_out ? Memory::timed_out : Memory::nothing;
}

void Builds::on(const ValidityFound& event) {
  for (const FoundValidity& found : event.found) plan_.validity_found(found.node, found.validity);
}

void Builds::on(const TraitsRead& event) {
  for (const FoundTraits& found : event.found) {
    const NodeId node = found.node;
    // Where a node runs or waits for a builder it was placed already; the first word stands.
    if (!queue_.has_traits(node)) queue_.set_traits(node, found.traits);
    if (node.value >= times_.size()) times_.resize(std::size_t{node.value} + 1);
    const milliseconds time = std::clamp(found.traits.last_success.value_or(milliseconds(0)), milliseconds(0),
                                         milliseconds(std::numeric_limits<std::uint32_t>::max()));
    times_[node.value] = static_cast<std::uint32_t>(time.count());
    if (plan_.state(node) == BuildState::asking_traits) place(node);
  }
}

void Builds::place(NodeId node) {
  if (queue_.prospect(node, plan_.mode(node)) != BuildQueue::Prospect::possible) {
    finish_without_builder(node);
    return;
  }
  const milliseconds known(times_[node.value]);
  plan_.expand(node, known > milliseconds(0) ? known : policy_.unknown_time);
}

void Builds::on(const QuestionFailed& event) {
  const Setback setback{.reason = std::make_shared<const std::string>(reason_of(event.error))};
  for (const NodeId node : event.nodes) {
    const BuildState state = plan_.state(node);
    const bool is_asked = state == BuildState::asking_outcome || state == BuildState::asking_validity || state == BuildState::asking_traits;
    if (is_asked) try_again(node, setback);
  }
}

// What ran.

void Builds::on(const BuildEnded& event) {
  const auto found = runs_.find(event.id);
  if (found == runs_.end() || !found->second.slot) return;
  Run& run = found->second;
  run.slot.reset();
  plan_.store(run.node);
  const AttemptReport report = report_of(event);
  run.result = result_of(report, run.mode);
  run.differs_from_store = report.differs_from_store;
  run.reason = std::make_shared<const std::string>(reason_of(report));
  const BuilderDescription& builder = queue_.builder(run.builder);
  // What the store keeps is not what was made, and is worth no more than it was.
  const Assurance assurance = run.differs_from_store ? Assurance{} : builder.assurance;
  const std::uint32_t number = ++attempts_of(run.node);
  effects_.emplace_back(StoreAttempt{
      .id = event.id,
      .node = run.node,
      .attempt = {.derivation = plan_.graph().path(run.node),
                  .number = number,
                  .result = run.result,
                  .builder = builder.name,
                  .assurance = assurance,
                  .start = report.start,
                  .end = report.end,
                  .exit_status = report.exit_status,
                  .message = report.message},
      .outcome = {.kind = outcome_of(run), .assurance = is_found(run.result) ? policy_.assurance : assurance, .attempts = number}});
}

OutcomeKind Builds::outcome_of(const Run& run) {
  return run.differs_from_store ? OutcomeKind::infrastructure : ekaci::outcome_of(run.result);
}

void Builds::on(const AttemptStored& event) {
  const auto run = runs_.extract(event.id);
  if (!run.empty()) conclude(run.mapped());
}

void Builds::on(const StoringFailed& event) {
  // What was not stored did not happen; the next question to the store finds what was built.
  const auto run = runs_.extract(event.id);
  if (!run.empty()) try_again(run.mapped().node, {.reason = std::make_shared<const std::string>(reason_of(event.error))});
}

void Builds::conclude(const Run& run) {
  if (run.differs_from_store) {
    // Trying again changes nothing as long as the store has what it has.
    finish(run.node, outcome_of(run));
    return;
  }
  const OutcomeKind kind = outcome_of(run);
  switch (kind) {
    case OutcomeKind::succeeded:
    case OutcomeKind::failed:
    case OutcomeKind::timed_out:
      finish(run.node, kind);
      return;
    case OutcomeKind::cancelled:
      if (!run.is_stopping || !plan_.is_needed(run.node) || plan_.is_cancelled()) {
        finish(run.node, kind);
        return;
      }
      // Somebody wanted it again while it was being stopped.
      plan_.back_off(run.node);
      plan_.resume(run.node);
      return;
    case OutcomeKind::infrastructure:
    case OutcomeKind::dependency_failed:
    case OutcomeKind::no_builder:
    case OutcomeKind::not_built:
      break;
  }
  if (plan_.is_cancelled()) {
    finish(run.node, OutcomeKind::cancelled);
    return;
  }
  if (run.mode == BuildMode::substitute && run.result == AttemptResult::fetch_failed) {
    build_instead(run.node);
    return;
  }
  if (run.result == AttemptResult::dependency_unavailable) plan_.doubt_inputs(run.node);
  try_again(run.node, {.reason = run.reason, .builder = run.builder});
}

void Builds::build_instead(NodeId node) {
  plan_.doubt_cache(node);
  plan_.back_off(node);
  plan_.resume(node);
}

void Builds::try_again(NodeId node, const Setback& setback) {
  if (plan_.is_cancelled()) {
    finish(node, OutcomeKind::cancelled);
    return;
  }
  Trouble& trouble = troubles_[node];
  trouble.reason = setback.reason;
  if (++trouble.failures > policy_.retries) {
    setback.builder ? finish(node, OutcomeKind::infrastructure) : give_up(node, setback.reason);
    return;
  }
  plan_.back_off(node);
  if (plan_.state(node) != BuildState::backing_off) {
    troubles_.erase(node);
    return;
  }
  milliseconds wait = policy_.first_backoff;
  for (std::uint32_t earlier = 1; earlier < trouble.failures && wait < policy_.longest_backoff; ++earlier) wait *= 2;
  if (setback.builder) trouble.builder = setback.builder;
  trouble.alarm = set_alarm(std::min(wait, policy_.longest_backoff), node);
}

void Builds::give_up(NodeId node, Reason reason) {
  finish(node, OutcomeKind::infrastructure);
  reasons_.insert_or_assign(node, std::move(reason));
}

void Builds::finish(NodeId node, OutcomeKind kind) {
  troubles_.erase(node);
  reasons_.erase(node);
  plan_.finish(node, kind);
}

void Builds::finish_without_builder(NodeId node) {
  const BuildMode mode = plan_.mode(node);
  if (mode == BuildMode::substitute) {
    build_instead(node);
    return;
  }
  const bool was_there = queue_.prospect(node, mode) == BuildQueue::Prospect::lost;
  if (was_there) {
    give_up(node, std::make_shared<const std::string>("the builder for it went away and did not come back"));
  } else {
    finish(node, OutcomeKind::no_builder);
  }
}

// Builders and time.

void Builds::on(const BuilderPresent& event) {
  absences_.erase(event.id);
  queue_.add_builder(event.id, event.description);
  finish_hopeless();
}

void Builds::on(const BuilderLost& event) {
  if (queue_.suspend_builder(event.id)) absences_[event.id] = set_alarm(policy_.patience, event.id);
}

void Builds::on(const Woke& /*event*/) {
  asked_alarm_.reset();
  while (!alarms_.empty() && alarms_.top().instant <= now_) {
    const Alarm alarm = alarms_.top();
    alarms_.pop();
    std::visit([&](auto woken) { wake(woken, alarm.number); }, alarm.wakes);
  }
}

void Builds::wake(NodeId node, std::uint32_t alarm) {
  const auto trouble = troubles_.find(node);
  if (trouble != troubles_.end() && trouble->second.alarm == alarm) plan_.resume(node);
}

void Builds::wake(BuilderId builder, std::uint32_t alarm) {
  const auto absence = absences_.find(builder);
  if (absence == absences_.end() || absence->second != alarm) return;
  absences_.erase(absence);
  queue_.give_up_builder(builder);
  finish_hopeless();
}

void Builds::finish_hopeless() {
  for (const NodeId node : queue_.take_hopeless()) finish_without_builder(node);
}

std::uint32_t Builds::set_alarm(milliseconds wait, Waker wakes) {
  alarms_.push({.instant = now_ + wait, .number = ++last_alarm_, .wakes = wakes});
  return last_alarm_;
}

}  // namespace ekaci::engine
