#include "engine/build_crew.h"

#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/text.h"

namespace ekaci::engine {
namespace {

constexpr std::size_t kQuestionThreads = 3;

std::vector<BuilderDescription> descriptions_of(const BuildWorld& world) {
  std::vector<BuilderDescription> descriptions;
  descriptions.reserve(world.stores.size());
  for (const BuildStore* store : world.stores) descriptions.push_back(store->description());
  return descriptions;
}

std::size_t slots_of(const std::vector<BuilderDescription>& builders) {
  std::size_t slots = 0;
  for (const BuilderDescription& builder : builders) slots += builder.slots + builder.fetch_slots;
  return slots;
}

std::string_view in_words(BuildSandbox sandbox) {
  switch (sandbox) {
    case BuildSandbox::none:
      return "not sandboxed";
    case BuildSandbox::relaxed:
      return "sandbox relaxed";
    case BuildSandbox::full:
      return "sandboxed";
  }
  return "";
}

/// What a defect that throws looks like to the one who waits for an answer.
std::optional<BuildEvent> failure_of(const BuildEffect& effect, const Error& error) {
  if (const auto* question = std::get_if<FindOutcomes>(&effect)) return QuestionFailed{question->nodes, error};
  if (const auto* question = std::get_if<AskValidity>(&effect)) return QuestionFailed{question->nodes, error};
  if (const auto* question = std::get_if<ReadTraits>(&effect)) return QuestionFailed{question->nodes, error};
  if (const auto* start = std::get_if<StartBuild>(&effect)) return BuildEnded{start->id, fail(error)};
  if (const auto* store = std::get_if<StoreAttempt>(&effect)) return StoringFailed{store->id, error};
  return std::nullopt;
}

}  // namespace

BuildCrew::BuildCrew(const BuildWorld& world, SourceSupply& sources, const BuildPolicy& policy, Post post)
    : clock_(world.clock),
      descriptions_(descriptions_of(world)),
      post_(std::move(post)),
      run_(policy),
      performer_(world, sources, policy.assurance),
      builds_(slots_of(descriptions_), [this](const BuildEffect& effect) { perform(effect); }),
      questions_(kQuestionThreads, [this](const BuildEffect& effect) { perform(effect); }) {}

BuildCrew::~BuildCrew() { performer_.stop_all(); }

void BuildCrew::start() { carry_out(run_.start(clock_.now(), descriptions_)); }

void BuildCrew::want(BuildWish wish) {
  performer_.set_graph(wish.graph);
  carry_out(run_.want(clock_.now(), std::move(wish)));
}

void BuildCrew::handle(const BuildEvent& event) {
  if (std::holds_alternative<Woke>(event)) alarm_.reset();
  carry_out(run_.handle(clock_.now(), event));
}

void BuildCrew::carry_out(std::vector<BuildEffect> effects) {
  for (BuildEffect& effect : effects) {
    if (const auto* wake = std::get_if<WakeAt>(&effect)) {
      alarm_ = wake->instant;
    } else if (const auto* stop = std::get_if<StopBuild>(&effect)) {
      performer_.stop(stop->id);
    } else if (const auto* start = std::get_if<StartBuild>(&effect)) {
      performer_.expect(start->id);
      builds_.start(std::move(effect));
    } else if (!std::holds_alternative<OutcomesChanged>(effect)) {
      questions_.start(std::move(effect));
    }
  }
}

void BuildCrew::perform(const BuildEffect& effect) {
  std::optional<BuildEvent> event;
  try {
    event = performer_.perform(effect);
  } catch (const std::exception& defect) {
    event = failure_of(effect, Error(ErrorCode::internal, defect.what()));
  }
  if (event) post_(std::move(*event));
}

BuildProgress BuildCrew::progress() const {
  const BuildCounts& counts = run_.builds().counts();
  const std::uint32_t finished = counts.of(BuildState::finished);
  const RemainingWork remaining = run_.builds().remaining();
  BuildProgress progress{.total = finished + counts.unfinished(),
                         .done = finished,
                         .failed = counts.of(OutcomeKind::failed) + counts.of(OutcomeKind::timed_out),
                         .undecided = remaining.undecided};
  progress.remaining = std::max(remaining.longest, remaining.work / std::max(remaining.slots, 1U));
  for (const RunningBuild& running : run_.builds().running()) {
    BuildGlimpse glimpse = performer_.glimpse(running.id);
    if (!glimpse.began) {
      ++progress.queued;
      continue;
    }
    progress.running.push_back({.derivation = run_.graph().path(running.node),
                                .builder = descriptions_[running.builder.value].name,
                                .since = *glimpse.began,
                                .phase = std::move(glimpse.phase),
                                .last_line = std::move(glimpse.last_line)});
  }
  if (const std::optional<WaitingBuild> waiting = run_.builds().waiting()) {
    progress.waiting = {.derivation = run_.graph().path(waiting->node), .until = waiting->until, .reason = std::string(waiting->reason)};
  }
  return progress;
}

std::vector<std::string> BuildCrew::builders() const {
  std::vector<std::string> words;
  for (const BuilderDescription& builder : descriptions_) {
    std::string systems;
    for (const std::string& system : builder.systems) systems += (systems.empty() ? "" : ", ") + printable_line(system);
    words.push_back(
        fmt::format("{}: {}, {} at once, {}", printable_line(builder.name), systems, builder.slots, in_words(builder.assurance.sandbox)));
  }
  return words;
}

}  // namespace ekaci::engine
