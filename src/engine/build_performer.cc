#include "engine/build_performer.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <unordered_set>
#include <variant>

#include "base/text.h"
#include "drv/derivation.h"
#include "engine/build_traits.h"
#include "engine/read_derivations.h"

namespace ekaci::engine {
namespace {

std::vector<std::pair<std::string, std::optional<StorePath>>> outputs_in(const drv::Derivation& derivation) {
  std::vector<std::pair<std::string, std::optional<StorePath>>> outputs;
  outputs.reserve(derivation.outputs.size());
  for (const drv::Output& output : derivation.outputs) outputs.emplace_back(output.name, output.path());
  return outputs;
}

/// Those that are not valid. Kept before they are asked for: what is found valid stays so.
Result<std::vector<StorePath>> keep_and_find_missing(BuildStore& store, std::vector<StorePath> paths) {
  if (const Status kept = store.keep(paths); !kept) return fail(kept.error());
  const Result<std::vector<StorePath>> valid = store.valid_paths(paths);
  if (!valid) return fail(valid.error());
  const std::unordered_set<StorePath> is_valid(valid->begin(), valid->end());
  std::erase_if(paths, [&is_valid](const StorePath& path) { return is_valid.contains(path); });
  return paths;
}

}  // namespace

void BuildPerformer::set_graph(graph::Snapshot graph) {
  graph_.with([&graph](graph::Snapshot& held) { held = std::move(graph); });
}

std::optional<BuildEvent> BuildPerformer::perform(const BuildEffect& effect) {
  if (const auto* question = std::get_if<FindOutcomes>(&effect)) return on(*question);
  if (const auto* question = std::get_if<AskValidity>(&effect)) return on(*question);
  if (const auto* question = std::get_if<ReadTraits>(&effect)) return on(*question);
  if (const auto* start = std::get_if<StartBuild>(&effect)) return on(*start);
  if (const auto* store = std::get_if<StoreAttempt>(&effect)) return on(*store);
  if (const auto* remember = std::get_if<RememberValid>(&effect)) on(*remember);
  if (const auto* ended = std::get_if<StopBuild>(&effect)) stop(ended->id);
  return std::nullopt;
}

void BuildPerformer::expect(BuildId id) {
  running_.with([id](auto& running) { running.try_emplace(id); });
}

void BuildPerformer::stop_all() {
  running_.with([](auto& running) {
    for (auto& [id, build] : running) build.cancel.request_stop();
  });
}

void BuildPerformer::stop(BuildId id) {
  running_.with([id](auto& running) {
    if (const auto found = running.find(id); found != running.end()) found->second.cancel.request_stop();
  });
}

BuildGlimpse BuildPerformer::glimpse(BuildId id) const {
  const auto shown = running_.with([id](const auto& running) {
    const auto found = running.find(id);
    return found == running.end() ? nullptr : found->second.build;
  });
  return shown ? shown->glimpse() : BuildGlimpse{};
}

BuildEvent BuildPerformer::on(const FindOutcomes& effect) {
  Result<BuildEvent> found = find_outcomes(effect);
  return found ? std::move(*found) : QuestionFailed{effect.nodes, found.error()};
}

BuildEvent BuildPerformer::on(const AskValidity& effect) {
  Result<BuildEvent> found = ask_validity(effect);
  return found ? std::move(*found) : QuestionFailed{effect.nodes, found.error()};
}

BuildEvent BuildPerformer::on(const ReadTraits& effect) {
  Result<BuildEvent> found = read_traits(effect);
  return found ? std::move(*found) : QuestionFailed{effect.nodes, found.error()};
}

Result<BuildEvent> BuildPerformer::find_outcomes(const FindOutcomes& effect) {
  const std::vector<StorePath> paths = paths_of(effect.nodes);
  Result<std::vector<Outcome>> outcomes = world_.memory.find_outcomes(paths, wanted_);
  if (!outcomes) return fail(outcomes.error());
  if (Status added = add_weaker(paths, *outcomes); !added) return fail(added.error());
  OutcomesFound event;
  for (std::size_t i = 0; i < effect.nodes.size(); ++i) event.found.push_back({effect.nodes[i], std::move((*outcomes)[i])});
  return event;
}

Status BuildPerformer::add_weaker(std::span<const StorePath> paths, std::span<Outcome> outcomes) {
  std::vector<std::size_t> unknown;
  std::vector<StorePath> asked;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (outcomes[i].kind != OutcomeKind::not_built) continue;
    unknown.push_back(i);
    asked.push_back(paths[i]);
  }
  if (asked.empty()) return {};
  Result<std::vector<Outcome>> weaker = world_.memory.find_outcomes(asked, Assurance{});
  if (!weaker) return fail(weaker.error());
  for (std::size_t i = 0; i < unknown.size(); ++i) outcomes[unknown[i]] = std::move((*weaker)[i]);
  return {};
}

Result<BuildEvent> BuildPerformer::ask_validity(const AskValidity& effect) {
  const Result<std::vector<OutputPaths>> outputs = outputs_of(paths_of(effect.nodes));
  if (!outputs) return fail(outputs.error());
  std::vector<StorePath> wanted;
  for (const OutputPaths& paths : *outputs) {
    for (const auto& [name, path] : paths) {
      if (path) wanted.push_back(*path);
    }
  }
  BuildStore& store = *world_.stores.front();
  const Result<std::vector<StorePath>> missing = keep_and_find_missing(store, std::move(wanted));
  if (!missing) return fail(missing.error());
  const std::unordered_set<StorePath> is_missing(missing->begin(), missing->end());
  const Result<std::vector<StorePath>> elsewhere = store.substitutable_paths(*missing);
  if (!elsewhere) return fail(elsewhere.error());
  const std::unordered_set<StorePath> is_elsewhere(elsewhere->begin(), elsewhere->end());

  ValidityFound event;
  for (std::size_t i = 0; i < effect.nodes.size(); ++i) {
    Validity validity = Validity::valid;
    for (const auto& [name, path] : (*outputs)[i]) {
      if (path && !is_missing.contains(*path)) continue;
      validity = std::min(validity, path && is_elsewhere.contains(*path) ? Validity::substitutable : Validity::missing);
    }
    event.found.push_back({effect.nodes[i], validity});
  }
  return event;
}

Result<BuildEvent> BuildPerformer::read_traits(const ReadTraits& effect) {
  const std::vector<StorePath> paths = paths_of(effect.nodes);
  const auto times = world_.memory.build_times(paths);
  if (!times) return fail(times.error());
  std::unordered_map<StorePath, BuildTraits> traits;
  std::set<StorePath> sources;
  const Status read = parse_derivations(world_.derivations, paths, [&](const StorePath& path, const drv::Derivation& derivation) {
    traits.emplace(path, traits_of(derivation));
    sources.insert(derivation.input_sources.begin(), derivation.input_sources.end());
  });
  if (!read) return fail(read.error());
  if (const Status provided = provide(sources); !provided) return fail(provided.error());
  TraitsRead event;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    FoundTraits found{effect.nodes[i], traits.at(paths[i])};
    if (const auto& time = (*times)[i]) found.traits.last_success = std::chrono::duration_cast<std::chrono::milliseconds>(time->duration);
    event.found.push_back(std::move(found));
  }
  return event;
}

Status BuildPerformer::provide(const std::set<StorePath>& sources) {
  if (sources.empty()) return {};
  BuildStore& store = *world_.stores.front();
  Result<std::vector<StorePath>> missing = keep_and_find_missing(store, {sources.begin(), sources.end()});
  if (!missing) return fail(missing.error());
  if (missing->empty()) return {};
  SourceSupply::Unavailable unavailable = sources_.provide(store, *missing);
  unavailable_.with([&](auto& held) {
    for (const StorePath& path : *missing) held.erase(path);
    held.merge(unavailable);
  });
  return {};
}

std::optional<AttemptReport> BuildPerformer::without_sources(const BuildOrder& order) const {
  return unavailable_.with([&](const auto& unavailable) -> std::optional<AttemptReport> {
    for (const StorePath& source : order.derivation.input_sources) {
      const auto found = unavailable.find(source);
      if (found == unavailable.end()) continue;
      return AttemptReport{
          .result = AttemptResult::dependency_unavailable,
          .start = world_.clock.wall(),
          .end = world_.clock.wall(),
          .message = fmt::format("it is built from {}: {}", source.to_string(), printable_line(found->second.to_string()))};
    }
    return std::nullopt;
  });
}

BuildEvent BuildPerformer::on(const StartBuild& effect) {
  const Clock::Wall start = world_.clock.wall();
  Result<AttemptReport> report = build(effect);
  // Its end may stop the build, which is not for under the lock.
  const auto ended = running_.with([&effect](auto& running) { return running.extract(effect.id); });
  return BuildEnded{.id = effect.id, .report = std::move(report), .start = start, .end = world_.clock.wall()};
}

Result<AttemptReport> BuildPerformer::build(const StartBuild& effect) {
  const CancelToken cancel = running_.with([&effect](auto& running) { return running[effect.id].cancel.get_token(); });
  if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "the build was stopped before it began");
  Result<BuildOrder> order = order_of(effect);
  if (!order) return fail(order.error());
  const std::set<StorePath> sources(order->derivation.input_sources.begin(), order->derivation.input_sources.end());
  std::optional<AttemptReport> impossible = without_sources(*order);
  Result<AttemptReport> report = impossible ? std::move(*impossible) : run(effect, std::move(*order), cancel);
  if (report && report->result == AttemptResult::dependency_unavailable) {
    // The next attempt finds them, or says once more why not.
    [[maybe_unused]] const Status provided = provide(sources);
  }
  return report;
}

Result<AttemptReport> BuildPerformer::run(const StartBuild& effect, BuildOrder order, const CancelToken& cancel) {
  const std::shared_ptr<AskedBuild> build = world_.builds.ask(std::move(order), effect.builder, effect.priority);
  running_.with([&](auto& running) { running.at(effect.id).build = build; });
  Result<std::shared_ptr<FinishedBuild>> finished = build->wait(cancel);
  if (!finished) return fail(finished.error());
  finished_.with([&](auto& held) { held.insert_or_assign(effect.id, *finished); });
  return (*finished)->report();
}

Result<BuildOrder> BuildPerformer::order_of(const StartBuild& effect) {
  const StorePath path = path_of(effect.node);
  Result<drv::Derivation> derivation = read_derivation(world_.derivations, path);
  if (!derivation) return fail(derivation.error());
  BuildOrder order{.path = path, .derivation = std::move(*derivation), .mode = effect.mode, .limits = effect.limits};

  std::vector<StorePath> inputs;
  inputs.reserve(order.derivation.input_derivations.size());
  for (const drv::InputDerivation& input : order.derivation.input_derivations) inputs.push_back(input.path);
  const Result<std::vector<OutputPaths>> outputs = outputs_of(inputs);
  if (!outputs) return fail(outputs.error());
  std::set<StorePath> needed(order.derivation.input_sources.begin(), order.derivation.input_sources.end());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (const auto& [name, output] : (*outputs)[i]) {
      if (output && std::ranges::binary_search(order.derivation.input_derivations[i].outputs, name)) needed.insert(*output);
    }
  }
  order.inputs.assign(needed.begin(), needed.end());
  return order;
}

BuildEvent BuildPerformer::on(const StoreAttempt& effect) {
  const std::shared_ptr<FinishedBuild> finished = finished_.with([&effect](auto& held) {
    auto node = held.extract(effect.id);
    return node ? std::move(node.mapped()) : nullptr;
  });
  const KeptAttempt without_log{.attempt = effect.attempt};
  const Status stored = finished ? finished->keep(effect.attempt, world_.memory) : world_.memory.store_attempts(std::span(&without_log, 1));
  if (!stored) return StoringFailed{effect.id, stored.error()};
  return AttemptStored{effect.id};
}

void BuildPerformer::on(const RememberValid& effect) {
  std::vector<KeptAttempt> attempts;
  for (const StorePath& path : paths_of(effect.nodes)) {
    attempts.push_back({.attempt = {.derivation = path,
                                    .result = AttemptResult::already_valid,
                                    .builder = world_.stores.front()->description().name,
                                    .assurance = effect.assurance,
                                    .start = world_.clock.wall(),
                                    .end = world_.clock.wall()}});
  }
  // What is not remembered now is asked for again another time.
  [[maybe_unused]] const Status stored = world_.memory.store_attempts(attempts);
}

StorePath BuildPerformer::path_of(graph::NodeId node) const {
  return graph_.with([node](const graph::Snapshot& graph) { return graph.path(node); });
}

std::vector<StorePath> BuildPerformer::paths_of(const std::vector<graph::NodeId>& nodes) const {
  const graph::Snapshot graph = graph_.with([](const graph::Snapshot& held) { return held; });
  std::vector<StorePath> paths;
  paths.reserve(nodes.size());
  for (const graph::NodeId node : nodes) paths.push_back(graph.path(node));
  return paths;
}

Result<std::vector<BuildPerformer::OutputPaths>> BuildPerformer::outputs_of(std::span<const StorePath> derivations) {
  std::vector<StorePath> unknown;
  outputs_.with([&](const auto& known) {
    for (const StorePath& path : derivations) {
      if (!known.contains(path)) unknown.push_back(path);
    }
  });
  if (!unknown.empty()) {
    const Status read = parse_derivations(world_.derivations, unknown, [&](const StorePath& path, const drv::Derivation& derivation) {
      outputs_.with([&](auto& known) { known.insert_or_assign(path, outputs_in(derivation)); });
    });
    if (!read) return fail(read.error());
  }
  return outputs_.with([&](const auto& known) {
    std::vector<OutputPaths> outputs;
    outputs.reserve(derivations.size());
    for (const StorePath& path : derivations) outputs.push_back(known.at(path));
    return outputs;
  });
}

}  // namespace ekaci::engine
