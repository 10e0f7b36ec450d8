#include <algorithm>
#include <utility>

#include "engine/builds.h"

/// What has to be done once everything that happened was taken in, and what readers are told.
namespace ekaci::engine {

using graph::NodeId;
using std::chrono::milliseconds;

void Builds::advance() {
  // A slot can become free, or a builder come, without anything new being ready; and starting can end what a bound leaves out.
  for (bool is_settled = false; !is_settled;) {
    start_builds();
    const BuildAgenda agenda = plan_.take_agenda();
    is_settled = agenda.is_empty();
    carry_out(agenda);
  }
  ask_for_alarm();
}

void Builds::carry_out(const BuildAgenda& agenda) {
  for (const NodeId node : agenda.withdrawn) queue_.withdraw(node);
  for (const NodeId node : agenda.ready) enqueue(node);
  std::vector<NodeId> unread;
  for (const NodeId node : agenda.place) {
    queue_.has_traits(node) ? place(node) : unread.push_back(node);
  }
  ask<FindOutcomes>(agenda.find_outcome);
  ask<AskValidity>(agenda.ask_validity);
  ask<ReadTraits>(unread);
  for (const NodeId node : agenda.stop) stop(node);
  if (!agenda.found_valid.empty()) effects_.emplace_back(RememberValid{agenda.found_valid, policy_.assurance});
  if (!agenda.outcome_changed.empty()) effects_.emplace_back(OutcomesChanged{agenda.outcome_changed});
}

template <class Question>
void Builds::ask(const std::vector<NodeId>& nodes) {
  const std::size_t batch = std::max<std::size_t>(1, policy_.batch);
  for (std::size_t first = 0; first < nodes.size(); first += batch) {
    const auto begin = nodes.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = nodes.begin() + static_cast<std::ptrdiff_t>(std::min(nodes.size(), first + batch));
    effects_.emplace_back(Question{std::vector<NodeId>(begin, end)});
  }
}

void Builds::enqueue(NodeId node) {
  const BuildMode mode = plan_.mode(node);
  if (queue_.prospect(node, mode) != BuildQueue::Prospect::possible) {
    finish_without_builder(node);
    return;
  }
  const auto trouble = troubles_.find(node);
  const std::optional<BuilderId> avoid = trouble == troubles_.end() ? std::nullopt : trouble->second.builder;
  queue_.push({.node = node, .mode = mode, .rank = plan_.rank(node), .avoid = avoid});
}

void Builds::stop(NodeId node) {
  for (auto& [id, run] : runs_) {
    if (run.node != node || !run.slot || run.is_stopping) continue;
    run.is_stopping = true;
    effects_.emplace_back(StopBuild{id});
  }
}

void Builds::start_builds() {
  if (!queue_.has_next()) return;
  for (const NodeId node : plan_.take_reranked()) enqueue(node);
  while (std::optional<BuildQueue::Next> next = queue_.take_next()) start_build(std::move(*next));
}

void Builds::start_build(BuildQueue::Next next) {
  const NodeId node = next.node;
  const BuildMode mode = plan_.mode(node);
  if (mode != BuildMode::substitute && !is_within_bound(node)) {
    finish(node, OutcomeKind::not_built);
    return;
  }
  plan_.start(node);
  const BuildId id{++last_build_};
  const BuilderId builder = next.slot.builder();
  runs_.try_emplace(id, Run{.node = node, .mode = mode, .builder = builder, .since = now_, .slot = std::move(next.slot)});
  effects_.emplace_back(StartBuild{
      .id = id, .node = node, .builder = builder, .mode = mode, .limits = policy_.limits, .priority = plan_.rank(node).priority});
}

bool Builds::is_within_bound(NodeId node) {
  const bool is_bounded = policy_.max_builds < std::numeric_limits<std::uint32_t>::max();
  if (!is_bounded || begun_.contains(node)) return true;
  if (begun_.size() >= policy_.max_builds) return false;
  begun_.insert(node);
  return true;
}

void Builds::ask_for_alarm() {
  if (alarms_.empty() || asked_alarm_ == alarms_.top().instant) return;
  asked_alarm_ = alarms_.top().instant;
  effects_.emplace_back(WakeAt{*asked_alarm_});
}

// Reads.

std::vector<RunningBuild> Builds::running() const {
  std::vector<RunningBuild> running;
  for (const auto& [id, run] : runs_) {
    if (run.slot) running.push_back({.id = id, .node = run.node, .builder = run.builder, .mode = run.mode, .since = run.since});
  }
  return running;
}

std::optional<WaitingBuild> Builds::waiting() const {
  if (alarms_.empty()) return std::nullopt;
  const auto* node = std::get_if<NodeId>(&alarms_.top().wakes);
  if (node == nullptr || plan_.state(*node) != BuildState::backing_off) return std::nullopt;
  const auto trouble = troubles_.find(*node);
  if (trouble == troubles_.end() || trouble->second.alarm != alarms_.top().number) return std::nullopt;
  return WaitingBuild{.node = *node, .until = alarms_.top().instant, .reason = *trouble->second.reason};
}

std::string_view Builds::reason(NodeId node) const {
  const auto found = reasons_.find(node);
  return found == reasons_.end() ? std::string_view() : std::string_view(*found->second);
}

RemainingWork Builds::remaining() const {
  const BuildCounts& counts = plan_.counts();
  RemainingWork remaining{.work = counts.work, .slots = queue_.slots()};
  for (const auto& [id, run] : runs_) remaining.longest = std::max(remaining.longest, milliseconds(plan_.rank(run.node).seconds * 1000ULL));
  remaining.undecided =
      counts.of(BuildState::asking_outcome) + counts.of(BuildState::asking_validity) + counts.of(BuildState::asking_traits);
  return remaining;
}

std::size_t Builds::memory_bytes() const {
  return plan_.memory_bytes() + queue_.memory_bytes() + (times_.capacity() + attempts_.capacity()) * sizeof(std::uint32_t);
}

}  // namespace ekaci::engine
