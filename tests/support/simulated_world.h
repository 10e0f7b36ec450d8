#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/build_events.h"
#include "engine/builds.h"
#include "graph/graph.h"
#include "tests/support/fake_ports.h"
#include "tests/support/simulated_truth.h"

/// A world in which engine::Builds builds: a random graph, builders, a memory of outcomes and a store, under a clock of its own.
/// Everything follows from the seed. What is asked for is done some time later and answered some time after that, so that answers
/// come in any order and a crash can fall between what happened and the answer. It watches what it is asked to do, and keeps what
/// should not have been asked in violations().
namespace ekaci::fake {

using engine::BuilderId;
using engine::BuildId;
using engine::BuildMode;
using engine::BuildState;
using graph::NodeId;

class SimulatedWorld {
 public:
  explicit SimulatedWorld(const WorldOptions& options)
      : options_(options),
        random_(options.seed),
        truth_(options, random_),
        nodes_(truth_.nodes()),
        memory_(truth_.memory()),
        valid_(truth_.valid()) {
    builders_ = {builder("local", {"x86_64-linux"}, {"kvm"}, 2), builder("remote", {"x86_64-linux", "aarch64-linux"}, {}, 1)};
    builders_[1].local = false;
    builders_[1].fetch_slots = 1;
    is_away_.resize(builders_.size());
    schedule_wishes();
    restart();
  }
  SimulatedWorld(const SimulatedWorld&) = delete;
  SimulatedWorld& operator=(const SimulatedWorld&) = delete;

  /// Lets the next thing happen; says whether there was one.
  bool step() {
    if (agenda_.empty()) return false;
    const auto next = std::ranges::min_element(agenda_, {}, [](const Deed& deed) { return std::pair(deed.due, deed.number); });
    const Deed deed = std::move(*next);
    agenda_.erase(next);
    now_ = std::max(now_, deed.due);
    deed.act();
    disturb();
    check_engine();
    return true;
  }

  /// To the end, or to `steps` more; says how many it took. A world that does not end is a violation.
  std::size_t run(std::size_t steps = 100'000) {
    std::size_t taken = 0;
    while (taken < steps && step()) ++taken;
    if (taken == 100'000) violate("it does not end");
    return taken;
  }

  /// What is not stored or valid is gone; builds that ran are dead.
  void crash() {
    std::erase_if(agenda_, [](const Deed& deed) { return !deed.is_worlds; });
    running_.clear();
    stopping_.clear();
    ending_.clear();
    restart();
  }

  void cancel() {
    is_cancelled_ = true;
    tell(engine::AllCancelled{});
  }

  /// To be asked at the end.
  void check_end() {
    if (!engine_->is_done()) violate("something wanted is not finished");
    if (!running_.empty() || !engine_->running().empty()) violate("something still runs");
    for (std::uint32_t b = 0; b < builders_.size(); ++b) {
      if (engine_->load({b}).builds + engine_->load({b}).fetches > 0) violate(fmt::format("a slot of builder {} leaked", b));
    }
  }
  /// That every wanted node ended as it has to, whatever happened on the way.
  void check_verdicts() {
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
      if (!nodes_[n].root) continue;
      const Verdict expected = truth_.verdict({n}, graph_.nodes());
      const Verdict found = verdict({n});
      if (found == expected) continue;
      violate(fmt::format("node {} ended as {} with {} roots and should be {} with {}", n, to_string(found.kind), found.roots.size(),
                          to_string(expected.kind), expected.roots.size()));
    }
  }

  [[nodiscard]] Verdict verdict(NodeId node) const {
    const auto roots = engine_->roots(node);
    return {engine_->outcome(node).value_or(OutcomeKind::not_built), {roots.begin(), roots.end()}};
  }
  [[nodiscard]] std::vector<Verdict> verdicts() const {
    std::vector<Verdict> all;
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].root) all.push_back(verdict({n}));
    }
    return all;
  }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] const engine::Builds& engine() const { return *engine_; }
  /// Builds that were begun, substitutions left out, since the last crash.
  [[nodiscard]] std::size_t distinct_builds() const { return begun_.size(); }
  [[nodiscard]] Clock::Instant now() const { return now_; }

 private:
  struct Deed {
    Clock::Instant due{};
    std::uint64_t number = 0;
    bool is_worlds = false;  ///< goes on whether or not the engine lives
    std::function<void()> act{};
  };
  struct Running {
    NodeId node{};
    BuildMode mode{};
    BuilderId builder{};
    bool lacks_input = false;
    bool is_fetch = false;
  };

  // Making the world.

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t chances) { return below(chances) == 0; }

  static engine::BuilderDescription builder(const std::string& name, std::set<std::string> systems, std::set<std::string> features,
                                            std::uint32_t slots) {
    return {.name = name,
            .systems = std::move(systems),
            .features = std::move(features),
            .slots = slots,
            .fetch_slots = 2,
            .assurance = {BuildSandbox::full, BuildTrust::untrusted}};
  }

  /// Roots are wanted in the order in which an evaluation would find them, while the graph grows.
  void schedule_wishes() {
    const std::uint32_t parts = 1 + static_cast<std::uint32_t>(below(4));
    for (std::uint32_t part = 1; part <= parts; ++part) {
      const std::uint32_t end = options_.nodes * part / parts;
      later(below(30'000), true, [this, end] { wish_up_to(end); });
    }
  }

  void wish_up_to(std::uint32_t end) {
    const auto begin = graph_.nodes().size();
    for (std::uint32_t n = begin; n < end; ++n) {
      const StorePath path = derivation_path(fmt::format("n{}-{}", n, options_.seed), {});
      (void)graph_.add(path, nodes_[n].inputs).value();
    }
    for (std::uint32_t n = begin; n < end; ++n) {
      if (nodes_[n].root) tell(engine::Wanted{graph_.snapshot(), {{n}}, nodes_[n].priority, *nodes_[n].root});
    }
    if (one_in(2)) tell_traits(begin, end);
  }

  void tell_traits(std::uint32_t begin, std::uint32_t end) {
    engine::TraitsRead read;
    for (std::uint32_t n = begin; n < end; ++n) read.found.push_back({{n}, nodes_[n].traits});
    tell(read);
  }

  void restart() {
    told_nodes_ = 0;
    told_valid_.clear();
    begun_.clear();
    engine_ = std::make_unique<engine::Builds>(options_.policy);
    for (std::uint32_t b = 0; b < builders_.size(); ++b) {
      tell(engine::BuilderPresent{{b}, builders_[b]});
      if (is_away_[b]) tell(engine::BuilderLost{{b}});
    }
    for (std::uint32_t n = 0; n < graph_.nodes().size(); ++n) {
      if (nodes_[n].root) tell(engine::Wanted{graph_.snapshot(), {{n}}, nodes_[n].priority, *nodes_[n].root});
    }
  }

  // Carrying out.

  void later(std::uint64_t milliseconds, bool is_worlds, std::function<void()> act) {
    agenda_.push_back({now_ + std::chrono::milliseconds(milliseconds), ++deeds_, is_worlds, std::move(act)});
  }
  void soon(std::function<void()> act) { later(1 + below(2000), false, std::move(act)); }

  void tell(const engine::BuildEvent& event) {
    ++told_;
    if (const auto* wanted = std::get_if<engine::Wanted>(&event)) told_nodes_ = wanted->graph.size();
    for (const engine::BuildEffect& effect : engine_->handle(now_, event)) {
      std::visit([this](const auto& asked) { carry_out(asked); }, effect);
    }
  }

  /// Answers a question, sometimes in two pieces, sometimes not at all.
  template <class Answer, class Question>
  void answer(const Question& question, Answer (SimulatedWorld::*look_up)(const std::vector<NodeId>&)) {
    check_question(question.nodes);
    if (options_.question_faults > 0 && one_in(4)) {
      --options_.question_faults;
      soon([this, nodes = question.nodes] { tell(engine::QuestionFailed{nodes, Error(ErrorCode::unavailable, "asleep")}); });
      return;
    }
    const auto middle = question.nodes.begin() + static_cast<std::ptrdiff_t>(below(question.nodes.size() + 1));
    for (const auto& part : {std::vector<NodeId>(question.nodes.begin(), middle), std::vector<NodeId>(middle, question.nodes.end())}) {
      soon([this, part, look_up] {
        const Answer found = (this->*look_up)(part);
        soon([this, found] { give(found); });
      });
    }
  }
  template <class Answer>
  void give(const Answer& found) {
    tell(found);
  }
  void give(const engine::ValidityFound& found) {
    for (const auto& [node, validity] : found.found) {
      told_valid_.erase(node.value);
      if (validity == engine::Validity::valid) told_valid_[node.value] = seen_valid_[node.value];
    }
    tell(found);
  }

  engine::OutcomesFound remembered(const std::vector<NodeId>& nodes) {
    engine::OutcomesFound found;
    for (const NodeId node : nodes) {
      const auto memory = memory_.find(node.value);
      found.found.push_back({node, memory == memory_.end() ? std::nullopt : std::optional(memory->second)});
    }
    return found;
  }
  engine::ValidityFound validities(const std::vector<NodeId>& nodes) {
    engine::ValidityFound found;
    for (const NodeId node : nodes) {
      if (is_valid(node)) seen_valid_[node.value] = told_;
      found.found.push_back({node, validity(node)});
    }
    return found;
  }
  [[nodiscard]] engine::Validity validity(NodeId node) const {
    if (is_valid(node)) return engine::Validity::valid;
    return nodes_[node.value].is_substitutable ? engine::Validity::substitutable : engine::Validity::missing;
  }
  engine::TraitsRead traits(const std::vector<NodeId>& nodes) {
    engine::TraitsRead found;
    for (const NodeId node : nodes) found.found.push_back({node, nodes_[node.value].traits});
    return found;
  }

  void carry_out(const engine::FindOutcomes& asked) { answer(asked, &SimulatedWorld::remembered); }
  void carry_out(const engine::AskValidity& asked) { answer(asked, &SimulatedWorld::validities); }
  void carry_out(const engine::ReadTraits& asked) { answer(asked, &SimulatedWorld::traits); }
  void carry_out(const engine::OutcomesChanged& changed) {
    for (const NodeId node : changed.nodes) {
      if (!engine_->outcome(node)) violate(fmt::format("node {} changed to no outcome", node.value));
    }
  }
  void carry_out(const engine::RememberValid& found) {
    for (const NodeId node : found.nodes) {
      if (!is_valid(node) && !collected_.contains(node.value)) violate(fmt::format("node {} is not valid and remembered", node.value));
      remember(node, Outcome{.kind = OutcomeKind::succeeded, .assurance = found.assurance});
    }
  }
  void carry_out(const engine::WakeAt& alarm) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(alarm.instant - now_).count();
    later(static_cast<std::uint64_t>(std::max<std::int64_t>(wait, 0)) + below(100), false, [this] { tell(engine::Woke{}); });
  }

  void carry_out(const engine::StartBuild& start) {
    const TrueNode& node = nodes_[start.node.value];
    check_start(start);
    if (is_cancelled_) violate(fmt::format("node {} is begun after everything was cancelled", start.node.value));
    Running build{.node = start.node,
                  .mode = start.mode,
                  .builder = start.builder,
                  .is_fetch = start.mode == BuildMode::substitute || node.traits.fixed_output};
    build.lacks_input =
        start.mode != BuildMode::substitute && std::ranges::any_of(node.inputs, [this](NodeId input) { return !is_valid(input); });
    if (start.mode != BuildMode::substitute) begun_.insert(start.node.value);
    running_.emplace(start.id.value, build);
    check_slots(start.builder);
    later(100 + below(60'000), false, [this, id = start.id] { end_build(id, std::nullopt); });
  }
  void carry_out(const engine::StopBuild& stop) {
    stopping_.insert(stop.id.value);
    soon([this, id = stop.id] { end_build(id, AttemptResult::stopped); });
  }
  void carry_out(const engine::StoreAttempt& store) {
    soon([this, store] {
      if (one_in(50)) {
        tell(engine::StoringFailed{store.id, Error(ErrorCode::unavailable, "locked")});
        return;
      }
      remember(store.node, store.outcome);
      soon([this, store] {
        if (store.outcome.kind == OutcomeKind::succeeded) told_valid_[store.node.value] = seen_valid_[store.node.value];
        if (store.attempt.result == AttemptResult::dependency_unavailable) {
          for (const NodeId input : nodes_[store.node.value].inputs) told_valid_.erase(input.value);
        }
        tell(engine::AttemptStored{store.id});
      });
    });
  }
  void remember(NodeId node, const Outcome& outcome) {
    const bool lasts =
        outcome.kind == OutcomeKind::succeeded || outcome.kind == OutcomeKind::failed || outcome.kind == OutcomeKind::timed_out;
    const auto known = memory_.find(node.value);
    if (lasts || known == memory_.end()) memory_[node.value] = outcome;
  }

  void end_build(BuildId id, std::optional<AttemptResult> forced) {
    const auto found = running_.find(id.value);
    if (found == running_.end()) return;
    const Running build = found->second;
    running_.erase(found);
    const AttemptResult result = forced ? *forced : natural_result(build);
    if (outcome_of(result) == OutcomeKind::succeeded) {
      valid_.insert(build.node.value);
      collected_.erase(build.node.value);
      seen_valid_[build.node.value] = told_;
    }
    ending_[build.builder.value] += 1;
    soon([this, id, result, builder = build.builder] {
      ending_[builder.value] -= 1;
      const bool is_told_nothing = result == AttemptResult::builder_lost && one_in(2);
      if (is_told_nothing) {
        tell(engine::BuildEnded{id, fail(ErrorCode::unavailable, "gone")});
      } else {
        tell(engine::BuildEnded{id, engine::AttemptReport{.result = result}});
      }
    });
  }
  AttemptResult natural_result(const Running& build) {
    TrueNode& node = nodes_[build.node.value];
    if (build.mode == BuildMode::substitute) return node.is_cache_lying ? AttemptResult::builder_failed : AttemptResult::substituted;
    if (build.lacks_input) return AttemptResult::dependency_unavailable;
    if (node.flakes > 0) {
      --node.flakes;
      return AttemptResult::out_of_memory;
    }
    switch (node.nature) {
      case Nature::succeeds:
        return AttemptResult::built;
      case Nature::fails:
        return AttemptResult::builder_failed;
      case Nature::times_out:
        return AttemptResult::silence_time;
      case Nature::exhausts_memory:
        return AttemptResult::out_of_memory;
    }
    return AttemptResult::built;
  }

  // What goes wrong by itself.

  void disturb() {
    if (options_.collections > 0 && one_in(10)) collect();
    if (options_.losses > 0 && one_in(30)) lose_builder();
    if (options_.withdrawals > 0 && one_in(20)) withdraw();
  }
  void collect() {
    --options_.collections;
    std::vector<std::uint32_t> loose;
    for (const std::uint32_t n : valid_) {
      const bool is_used = std::ranges::any_of(running_, [&](const auto& entry) {
        const auto& inputs = nodes_[entry.second.node.value].inputs;
        return std::ranges::find(inputs, NodeId{n}) != inputs.end();
      });
      if (!is_used) loose.push_back(n);
    }
    if (loose.empty()) return;
    const std::uint32_t chosen = loose[below(loose.size())];
    valid_.erase(chosen);
    collected_[chosen] = told_;
  }
  void lose_builder() {
    const auto b = static_cast<std::uint32_t>(below(builders_.size()));
    if (is_away_[b]) return;
    --options_.losses;
    is_away_[b] = true;
    tell(engine::BuilderLost{{b}});
    std::vector<BuildId> orphans;
    for (const auto& [id, build] : running_) {
      if (build.builder.value == b) orphans.push_back({id});
    }
    for (const BuildId id : orphans) end_build(id, one_in(4) ? std::nullopt : std::optional(AttemptResult::builder_lost));
    if (!options_.builders_return && one_in(2)) return;
    later(below(100'000), true, [this, b] {
      is_away_[b] = false;
      tell(engine::BuilderPresent{{b}, builders_[b]});
    });
  }
  void withdraw() {
    const auto n = static_cast<std::uint32_t>(below(nodes_.size()));
    if (!nodes_[n].root || n >= graph_.nodes().size()) return;
    --options_.withdrawals;
    const engine::Need need = *std::exchange(nodes_[n].root, std::nullopt);
    tell(engine::Unwanted{{{n}}, need});
    // Half of them are wanted again while what belongs to them is still being stopped.
    if (one_in(2)) return;
    nodes_[n].root = need;
    tell(engine::Wanted{graph_.snapshot(), {{n}}, nodes_[n].priority, need});
  }

  // What has to hold.

  void violate(std::string what) {
    if (violations_.size() < 5) violations_.push_back(std::move(what));
  }
  [[nodiscard]] bool is_valid(NodeId node) const { return valid_.contains(node.value); }

  void check_question(const std::vector<NodeId>& nodes) {
    if (nodes.empty() || nodes.size() > options_.policy.batch) violate(fmt::format("a question about {} nodes", nodes.size()));
    if (std::ranges::adjacent_find(nodes, std::greater_equal<>()) != nodes.end()) violate("a question that is not ascending");
  }

  void check_start(const engine::StartBuild& start) {
    const NodeId id = start.node;
    const TrueNode& node = nodes_[id.value];
    const engine::BuilderDescription& builder = builders_[start.builder.value];
    if (is_away_[start.builder.value]) violate(fmt::format("node {} is sent to a builder that is away", id.value));
    for (const auto& [other, build] : running_) {
      if (build.node == id) violate(fmt::format("node {} runs twice at once", id.value));
    }
    const auto memory = memory_.find(id.value);
    const bool is_remembered = memory != memory_.end() && memory->second.assurance.covers(options_.policy.assurance);
    const bool is_refused = is_remembered && (memory->second.kind == OutcomeKind::failed || memory->second.kind == OutcomeKind::timed_out);
    if (is_refused && options_.policy.failures == engine::BuildPolicy::Failures::remember)
      violate(fmt::format("node {} is made although its failure is remembered", id.value));
    if (start.mode == BuildMode::substitute) {
      if (!node.is_substitutable) violate(fmt::format("node {} is fetched and no cache has it", id.value));
      if (is_valid(id)) violate(fmt::format("node {} is fetched and is there", id.value));
      return;
    }
    const bool is_weak = memory != memory_.end() && memory->second.kind == OutcomeKind::succeeded && !is_remembered;
    const bool strengthens = start.mode == BuildMode::rebuild && is_weak;
    if (is_valid(id) && !strengthens) violate(fmt::format("node {} is built again and is there", id.value));
    if (!builder.systems.contains(node.traits.system)) violate(fmt::format("node {} is built on another system", id.value));
    for (const std::string& feature : node.traits.required_features) {
      if (!builder.features.contains(feature)) violate(fmt::format("node {} is built without {}", id.value, feature));
    }
    for (const NodeId input : node.inputs) check_input(id, input);
    check_reason(id, is_remembered && memory->second.kind == OutcomeKind::succeeded);
  }
  /// An input is there, or went away since the engine was told that it is.
  void check_input(NodeId user, NodeId input) {
    if (engine_->outcome(input) != OutcomeKind::succeeded)
      violate(fmt::format("node {} is built before its input {}", user.value, input.value));
    const auto told = told_valid_.find(input.value);
    const bool was_told = told != told_valid_.end();
    const auto collected = collected_.find(input.value);
    const bool is_excused = was_told && collected != collected_.end() && collected->second >= told->second;
    if (!was_told || (!is_valid(input) && !is_excused))
      violate(fmt::format("node {} is built without its input {}", user.value, input.value));
  }
  /// What succeeded is built again only where something needs its outputs that is not known itself.
  void check_reason(NodeId id, bool has_succeeded) {
    if (!has_succeeded) return;
    bool is_needed = nodes_[id.value].root == engine::Need::outputs;
    for (std::uint32_t n = id.value + 1; n < graph_.nodes().size() && !is_needed; ++n) {
      const auto& inputs = nodes_[n].inputs;
      const BuildState state = engine_->state({n});
      const bool is_unfinished =
          state != BuildState::unknown && (state != BuildState::finished || engine_->outcome({n}) != OutcomeKind::succeeded);
      is_needed = is_unfinished && std::ranges::find(inputs, id) != inputs.end();
    }
    if (!is_needed) violate(fmt::format("node {} is built again and nothing needs it", id.value));
  }
  void check_slots(BuilderId id) {
    std::uint32_t builds = 0;
    std::uint32_t fetches = 0;
    for (const auto& [other, build] : running_) {
      if (build.builder == id) ++(build.is_fetch ? fetches : builds);
    }
    const engine::BuilderDescription& builder = builders_[id.value];
    if (builds > builder.slots || fetches > builder.fetch_slots) violate(fmt::format("builder {} has too much to do", id.value));
  }

  /// Whether somebody wants a node, or something waits for it.
  [[nodiscard]] bool is_wanted(NodeId id) const {
    if (nodes_[id.value].root) return true;
    for (std::uint32_t n = id.value + 1; n < told_nodes_; ++n) {
      const BuildState state = engine_->state({n});
      const bool waits = state != BuildState::unknown && (state != BuildState::finished || !engine_->roots({n}).empty());
      const auto& inputs = nodes_[n].inputs;
      if (waits && std::ranges::find(inputs, id) != inputs.end()) return true;
    }
    return false;
  }

  void check_engine() {
    for (const auto& [id, build] : running_) {
      if (!stopping_.contains(id) && !is_wanted(build.node)) violate(fmt::format("node {} runs and nobody wants it", build.node.value));
    }
    const engine::BuildCounts& counts = engine_->counts();
    engine::BuildCounts counted;
    for (std::uint32_t n = 0; n < told_nodes_; ++n) {
      const BuildState state = engine_->state({n});
      ++counted.states[static_cast<std::size_t>(state)];
      if (state == BuildState::finished) ++counted.outcomes[static_cast<std::size_t>(engine_->outcome({n}).value())];
      check_blocked({n});
      check_assurance({n});
    }
    if (counts.states != counted.states || counts.outcomes != counted.outcomes) violate("the counts do not sum");
    for (std::uint32_t b = 0; b < builders_.size(); ++b) {
      const engine::BuildQueue::Load load = engine_->load({b});
      const auto here =
          static_cast<std::size_t>(std::ranges::count_if(running_, [&](const auto& entry) { return entry.second.builder.value == b; }));
      if (load.builds + load.fetches != here + ending_[b]) violate(fmt::format("builder {} has other slots taken than builds", b));
    }
  }
  /// What was only ever made under a weaker assurance is not taken for a success.
  void check_assurance(NodeId node) {
    const auto memory = memory_.find(node.value);
    if (memory == memory_.end() || memory->second.kind != OutcomeKind::succeeded || nodes_[node.value].is_substitutable) return;
    if (memory->second.assurance.covers(options_.policy.assurance) || engine_->outcome(node) != OutcomeKind::succeeded) return;
    violate(fmt::format("node {} succeeded under a weaker assurance alone", node.value));
  }
  void check_blocked(NodeId node) {
    if (engine_->outcome(node) != OutcomeKind::dependency_failed) return;
    if (engine_->roots(node).empty()) violate(fmt::format("node {} has a failed dependency and no root", node.value));
    for (const NodeId root : engine_->roots(node)) {
      const auto outcome = engine_->outcome(root);
      if (outcome != OutcomeKind::failed && outcome != OutcomeKind::timed_out) violate(fmt::format("root {} did not fail", root.value));
    }
  }

  WorldOptions options_;
  std::mt19937_64 random_;
  SimulatedTruth truth_;
  std::vector<TrueNode> nodes_{};
  graph::Graph graph_{};
  std::vector<engine::BuilderDescription> builders_{};
  std::vector<bool> is_away_{};
  std::unique_ptr<engine::Builds> engine_{};
  Clock::Instant now_{};
  std::vector<Deed> agenda_{};
  std::uint64_t deeds_ = 0;
  std::uint64_t told_ = 0;        ///< events
  std::uint32_t told_nodes_ = 0;  ///< of the graph
  std::map<std::uint32_t, Outcome> memory_{};
  std::set<std::uint32_t> valid_{};
  std::map<std::uint32_t, std::uint64_t> collected_{};   ///< not valid any more: since which event
  std::map<std::uint32_t, std::uint64_t> told_valid_{};  ///< the engine knows: since which event
  std::map<std::uint32_t, std::uint64_t> seen_valid_{};  ///< by whoever asked or built: since which event
  std::map<std::uint64_t, Running> running_{};
  std::map<std::uint32_t, std::size_t> ending_{};  ///< by builder: builds that ended without the engine knowing
  std::set<std::uint64_t> stopping_{};             ///< builds that were asked to stop
  std::set<std::uint32_t> begun_{};
  bool is_cancelled_ = false;
  std::vector<std::string> violations_{};
};

}  // namespace ekaci::fake
