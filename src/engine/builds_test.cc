#include "engine/builds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_ports.h"

namespace ekaci::engine {
namespace {

using graph::NodeId;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Assurance kStrong{BuildSandbox::full, BuildTrust::trusted};
constexpr BuilderId kLocal{0};
constexpr BuilderId kRemote{1};

/// A driver that answers questions at once, from what a test says is so, and leaves builds and storing to the test.
class Site {
 public:
  explicit Site(BuildPolicy policy = {}) : builds(with_assurance(policy)) { add_builder(kLocal, 4); }

  void add_builder(BuilderId id, std::uint32_t slots) {
    tell(BuilderPresent{id, {.name = "b" + std::to_string(id.value), .systems = {"x86_64-linux"}, .slots = slots, .assurance = kStrong}});
  }
  NodeId add(const std::vector<NodeId>& inputs = {}) {
    const std::uint32_t n = graph.nodes().size();
    return graph.add(fake::derivation_path("p" + std::to_string(n), {}), inputs).value();
  }
  void want(const std::vector<NodeId>& roots, Priority priority = Priority::head, Need need = Need::outcome) {
    tell(Wanted{graph.snapshot(), roots, priority, need});
  }

  /// Answers come one after the other: a long chain must not need a deep stack.
  void tell(const BuildEvent& event) {
    answers_.push_back(event);
    while (!answers_.empty()) {
      const BuildEvent next = std::move(answers_.front());
      answers_.pop_front();
      for (const BuildEffect& effect : builds.handle(now, next)) {
        std::visit([this](const auto& asked) { carry_out(asked); }, effect);
      }
    }
  }
  void wait(milliseconds time) {
    now += time;
    tell(Woke{});
  }
  /// Ends the build of a node, which must run.
  void end(NodeId node, AttemptResult result = AttemptResult::built) { tell(BuildEnded{id_of(node), AttemptReport{.result = result}}); }
  void end_and_store(NodeId node, AttemptResult result = AttemptResult::built) {
    const BuildId id = id_of(node);
    end(node, result);
    tell(AttemptStored{id});
  }
  [[nodiscard]] std::vector<NodeId> running() const {
    std::vector<NodeId> nodes;
    for (const RunningBuild& run : builds.running()) nodes.push_back(run.node);
    return nodes;
  }
  [[nodiscard]] BuildId id_of(NodeId node) const {
    for (const RunningBuild& run : builds.running()) {
      if (run.node == node) return run.id;
    }
    return {};
  }
  [[nodiscard]] std::vector<NodeId> roots(NodeId node) const {
    const auto roots = builds.roots(node);
    return {roots.begin(), roots.end()};
  }

  graph::Graph graph{};
  Clock::Instant now{};
  std::map<NodeId, Outcome> memory{};
  std::map<NodeId, Validity> validity{};
  std::map<NodeId, BuildTraits> traits{};
  std::vector<NodeId> asked_outcomes{};
  std::vector<NodeId> asked_validity{};
  std::vector<NodeId> remembered_valid{};
  std::vector<StartBuild> started{};
  std::vector<BuildId> stopped{};
  std::vector<StoreAttempt> stored{};
  std::optional<Clock::Instant> alarm{};
  Builds builds;

 private:
  static BuildPolicy with_assurance(BuildPolicy policy) {
    policy.assurance = kStrong;
    return policy;
  }
  void carry_out(const FindOutcomes& asked) {
    OutcomesFound answer;
    for (const NodeId node : asked.nodes) {
      asked_outcomes.push_back(node);
      answer.found.push_back({node, memory.contains(node) ? std::optional(memory.at(node)) : std::nullopt});
    }
    answers_.emplace_back(std::move(answer));
  }
  void carry_out(const AskValidity& asked) {
    ValidityFound answer;
    for (const NodeId node : asked.nodes) {
      asked_validity.push_back(node);
      answer.found.push_back({node, validity.contains(node) ? validity.at(node) : Validity::missing});
    }
    answers_.emplace_back(std::move(answer));
  }
  void carry_out(const ReadTraits& asked) {
    TraitsRead answer;
    for (const NodeId node : asked.nodes)
      answer.found.push_back({node, traits.contains(node) ? traits.at(node) : BuildTraits{.system = "x86_64-linux"}});
    answers_.emplace_back(std::move(answer));
  }
  void carry_out(const StartBuild& start) { started.push_back(start); }
  void carry_out(const StopBuild& stop) { stopped.push_back(stop.id); }
  void carry_out(const StoreAttempt& store) { stored.push_back(store); }
  void carry_out(const RememberValid& found) { remembered_valid.insert(remembered_valid.end(), found.nodes.begin(), found.nodes.end()); }
  void carry_out(const WakeAt& wake) { alarm = wake.instant; }
  void carry_out(const OutcomesChanged& /*changed*/) {}

  std::deque<BuildEvent> answers_{};
};

Outcome known(OutcomeKind kind, Assurance assurance = kStrong) { return {.kind = kind, .assurance = assurance, .attempts = 1}; }

TEST(Builds, InputsAreBuiltFirst) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.want({b});
  EXPECT_THAT(site.running(), ElementsAre(a));
  site.end_and_store(a);
  EXPECT_THAT(site.running(), ElementsAre(b));
  site.end_and_store(b);
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_EQ(site.builds.outcome(b), OutcomeKind::succeeded);
}

TEST(Builds, NothingIsConcludedBeforeItIsStored) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.want({b});
  const BuildId id = site.id_of(a);
  site.end(a);
  EXPECT_EQ(site.builds.outcome(a), std::nullopt);
  EXPECT_THAT(site.running(), IsEmpty());
  ASSERT_EQ(site.stored.size(), 1U);
  EXPECT_EQ(site.stored[0].attempt.derivation, site.graph.nodes().path(a));
  EXPECT_EQ(site.stored[0].attempt.number, 1U);
  EXPECT_EQ(site.stored[0].outcome, known(OutcomeKind::succeeded));
  site.tell(AttemptStored{id});
  EXPECT_THAT(site.running(), ElementsAre(b));
}

TEST(Builds, WhatSucceededOnceIsKnownAndNotAskedFurther) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.memory[b] = known(OutcomeKind::succeeded);
  site.want({b});
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_THAT(site.asked_outcomes, ElementsAre(b));
  EXPECT_THAT(site.asked_validity, IsEmpty());
}

TEST(Builds, WhatSucceededOnceIsBuiltAgainWhereSomethingUnknownNeedsIt) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.memory[a] = known(OutcomeKind::succeeded);
  site.want({a});
  EXPECT_THAT(site.started, IsEmpty());
  site.want({b});
  EXPECT_THAT(site.running(), ElementsAre(a));
  EXPECT_EQ(site.builds.outcome(a), OutcomeKind::succeeded) << "it stays known";
}

TEST(Builds, BelowWhatIsValidNothingIsLookedAt) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  const NodeId c = site.add({b});
  site.validity[b] = Validity::valid;
  site.want({c});
  EXPECT_THAT(site.asked_outcomes, ElementsAre(c, b));
  EXPECT_THAT(site.running(), ElementsAre(c));
  EXPECT_THAT(site.remembered_valid, ElementsAre(b));
}

TEST(Builds, WhatACacheHasIsFetchedOnlyWhereItsOutputsAreNeeded) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  const NodeId c = site.add();
  site.validity = {{a, Validity::substitutable}, {c, Validity::substitutable}};
  site.want({b, c});
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::succeeded);
  ASSERT_EQ(site.started.size(), 1U);
  EXPECT_EQ(site.started[0].node, a);
  EXPECT_EQ(site.started[0].mode, BuildMode::substitute);
}

TEST(Builds, WhatIsFetchedIsWorthWhatIsAskedFor) {
  Site site;
  const NodeId a = site.add();
  site.tell(BuilderPresent{kLocal, {.name = "weak", .slots = 1}});
  site.validity[a] = Validity::substitutable;
  site.want({a}, Priority::head, Need::outputs);
  site.end(a, AttemptResult::substituted);
  EXPECT_EQ(site.stored.at(0).outcome.assurance, kStrong);
  EXPECT_EQ(site.stored.at(0).attempt.assurance, Assurance());
}

TEST(Builds, WhatACacheDoesNotGiveIsBuilt) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.validity[b] = Validity::substitutable;
  site.want({b}, Priority::head, Need::outputs);
  site.end_and_store(b, AttemptResult::builder_failed);
  EXPECT_EQ(site.stored[0].outcome.kind, OutcomeKind::infrastructure);
  EXPECT_THAT(site.running(), ElementsAre(a));
  site.end_and_store(a);
  EXPECT_EQ(site.started.back().mode, BuildMode::build);
}

TEST(Builds, ARememberedFailureEndsWhatNeedsItAtOnce) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  const NodeId c = site.add({b});
  site.memory[a] = known(OutcomeKind::failed);
  site.want({c});
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_EQ(site.builds.outcome(a), OutcomeKind::failed);
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::dependency_failed);
  EXPECT_THAT(site.roots(c), ElementsAre(a));
  EXPECT_THAT(site.roots(a), IsEmpty());
}

TEST(Builds, ARememberedFailureIsAskedAgainWhereThatIsThePolicy) {
  Site site({.failures = BuildPolicy::Failures::ask_again});
  const NodeId a = site.add();
  site.memory[a] = known(OutcomeKind::failed);
  site.want({a});
  EXPECT_THAT(site.running(), ElementsAre(a));
  site.end(a, AttemptResult::builder_failed);
  EXPECT_EQ(site.stored[0].attempt.number, 2U);
}

TEST(Builds, AWeakerOutcomeDoesNotAnswerForAStronger) {
  Site site;
  const Assurance weak{BuildSandbox::none, BuildTrust::trusted};
  const NodeId failed = site.add();
  const NodeId valid = site.add();
  const NodeId missing = site.add();
  site.memory = {{failed, known(OutcomeKind::failed, weak)},
                 {valid, known(OutcomeKind::succeeded, weak)},
                 {missing, known(OutcomeKind::succeeded, weak)}};
  site.validity[valid] = Validity::valid;
  site.want({failed, valid, missing});
  ASSERT_THAT(site.running(), testing::UnorderedElementsAre(failed, valid, missing));
  for (const StartBuild& start : site.started) EXPECT_EQ(start.mode, start.node == valid ? BuildMode::rebuild : BuildMode::build);
}

TEST(Builds, ARebuildThatTheStoreDoesNotKeepIsWorthNoMoreThanWhatItKeeps) {
  Site site;
  const NodeId a = site.add();
  site.memory[a] = known(OutcomeKind::succeeded, {BuildSandbox::none, BuildTrust::trusted});
  site.validity[a] = Validity::valid;
  site.want({a});
  const BuildId id = site.id_of(a);
  site.tell(BuildEnded{id, AttemptReport{.result = AttemptResult::built, .differs_from_store = true}});
  EXPECT_EQ(site.stored.at(0).attempt.assurance, Assurance());
  EXPECT_EQ(site.stored.at(0).outcome.kind, OutcomeKind::infrastructure);
  site.tell(AttemptStored{id});
  EXPECT_EQ(site.builds.outcome(a), OutcomeKind::infrastructure);
  EXPECT_TRUE(site.builds.is_done()) << "trying again would change nothing";
}

TEST(Builds, WhatElseANodeNeedsIsBuiltThoughOneFailedAndRootsAreAllOfThem) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add();
  const NodeId c = site.add({a, b});
  site.want({c});
  site.end_and_store(a, AttemptResult::builder_failed);
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::dependency_failed);
  EXPECT_THAT(site.roots(c), ElementsAre(a));
  EXPECT_THAT(site.running(), ElementsAre(b));
  site.end_and_store(b, AttemptResult::silence_time);
  EXPECT_EQ(site.builds.outcome(b), OutcomeKind::timed_out);
  EXPECT_THAT(site.roots(c), testing::UnorderedElementsAre(a, b));
}

TEST(Builds, WhatIsKnownToSucceedIsNotMadeAgainForWhatCannotBeBuilt) {
  Site site;
  const NodeId below = site.add();
  const NodeId collected = site.add({below});
  const NodeId failing = site.add();
  const NodeId doomed = site.add({collected, failing});
  for (const NodeId node : {below, collected}) site.memory[node] = known(OutcomeKind::succeeded);
  site.memory[failing] = known(OutcomeKind::failed);
  site.want({doomed});
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_THAT(site.started, IsEmpty());
  EXPECT_THAT(site.roots(doomed), ElementsAre(failing));
  EXPECT_EQ(site.builds.outcome(collected), OutcomeKind::succeeded);
  const NodeId other = site.add({collected});
  site.want({other});
  EXPECT_THAT(site.running(), ElementsAre(below)) << "but for what can be, it is";
}

TEST(Builds, WhatIsMadeAgainIsGivenUpWhereItsUserTurnsOutToBeDoomed) {
  Site site;
  const NodeId first = site.add();
  const NodeId second = site.add({first});
  const NodeId failing = site.add();
  const NodeId doomed = site.add({second, failing});
  for (const NodeId node : {first, second}) site.memory[node] = known(OutcomeKind::succeeded);
  site.want({doomed});
  EXPECT_THAT(site.running(), testing::UnorderedElementsAre(first, failing));
  site.end_and_store(failing, AttemptResult::builder_failed);
  EXPECT_EQ(site.stopped.size(), 1U) << "nobody needs what was made again for it";
  site.end_and_store(first, AttemptResult::stopped);
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_EQ(site.builds.outcome(doomed), OutcomeKind::dependency_failed);
}

TEST(Builds, AFailureIsStrongerThanAMissingBuilder) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add();
  const NodeId c = site.add({a, b});
  site.traits[a] = {.system = "riscv64-linux"};
  site.want({c});
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::no_builder);
  EXPECT_THAT(site.roots(c), ElementsAre(a));
  site.end_and_store(b, AttemptResult::builder_failed);
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::dependency_failed);
  EXPECT_THAT(site.roots(c), ElementsAre(b));
}

TEST(Builds, WithoutABuilderNothingBelowIsBuilt) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.traits[b] = {.system = "x86_64-linux", .required_features = {"quantum"}};
  site.want({b});
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_EQ(site.builds.outcome(b), OutcomeKind::no_builder);
  EXPECT_THAT(site.started, IsEmpty());
}

TEST(Builds, InfrastructureIsTriedAgainElsewhereAndLater) {
  Site site({.retries = 2, .first_backoff = seconds(5)});
  site.add_builder(kRemote, 1);
  const NodeId a = site.add();
  site.want({a});
  const BuilderId first = site.started[0].builder;
  site.end_and_store(a, AttemptResult::out_of_memory);
  EXPECT_EQ(site.alarm, site.now + seconds(5));
  EXPECT_EQ(site.builds.state(a), BuildState::backing_off);
  site.wait(seconds(4));
  EXPECT_EQ(site.started.size(), 1U);
  site.wait(seconds(1));
  ASSERT_EQ(site.started.size(), 2U);
  EXPECT_NE(site.started[1].builder, first);
  site.end_and_store(a, AttemptResult::builder_lost);
  EXPECT_EQ(site.alarm, site.now + seconds(10));
  site.wait(seconds(10));
  EXPECT_EQ(site.started.size(), 3U);
  site.end_and_store(a, AttemptResult::disk_full);
  EXPECT_EQ(site.builds.outcome(a), OutcomeKind::infrastructure);
  EXPECT_EQ(site.stored[2].attempt.number, 3U);
}

TEST(Builds, WhatWaitsSaysUntilWhenAndWhy) {
  Site site({.first_backoff = seconds(5)});
  const NodeId a = site.add();
  site.want({a});
  EXPECT_FALSE(site.builds.waiting());
  const BuildId id = site.id_of(a);
  site.tell(BuildEnded{id, AttemptReport{.result = AttemptResult::disk_full, .message = "No space\x1b[2J left\nmore"}});
  EXPECT_FALSE(site.builds.waiting()) << "it is not stored yet";
  site.tell(AttemptStored{id});
  const std::optional<WaitingBuild> waiting = site.builds.waiting();
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->node, a);
  EXPECT_EQ(waiting->until, site.now + seconds(5));
  EXPECT_EQ(waiting->reason, "disk full: No space left");
  site.wait(seconds(5));
  EXPECT_FALSE(site.builds.waiting());
}

TEST(Builds, WhatEndsWithoutAnAttemptThatTellsHasAReason) {
  Site site({.retries = 0, .patience = seconds(60)});
  const NodeId stored = site.add();
  const NodeId unstored = site.add();
  site.want({stored, unstored});
  site.end_and_store(stored, AttemptResult::out_of_memory);
  const BuildId id = site.id_of(unstored);
  site.end(unstored);
  site.tell(StoringFailed{id, Error(ErrorCode::unavailable, "the database is locked")});
  EXPECT_EQ(site.builds.reason(stored), "") << "its attempt tells";
  EXPECT_EQ(site.builds.outcome(unstored), OutcomeKind::infrastructure);
  EXPECT_EQ(site.builds.reason(unstored), "the database is locked");
}

TEST(Builds, ALostConnectionIsNoFailureOfThePackageAndItsWorkIsFound) {
  Site site;
  const NodeId a = site.add();
  site.want({a});
  const BuildId id = site.id_of(a);
  const Clock::Wall start{seconds(1'700'000'000)};
  site.tell(
      BuildEnded{.id = id, .report = fail(ErrorCode::unavailable, "the connection broke"), .start = start, .end = start + seconds(9)});
  EXPECT_EQ(site.stored[0].attempt.result, AttemptResult::builder_lost);
  EXPECT_EQ(site.stored[0].attempt.start, start) << "what has no time would be forgotten as too old";
  EXPECT_EQ(site.stored[0].attempt.end, start + seconds(9));
  site.tell(AttemptStored{id});
  site.validity[a] = Validity::valid;
  site.wait(seconds(5));
  EXPECT_EQ(site.builds.outcome(a), OutcomeKind::succeeded);
  EXPECT_EQ(site.started.size(), 1U);
}

TEST(Builds, CollectedInputsAreMadeAgain) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.validity[a] = Validity::valid;
  site.want({b});
  site.validity.erase(a);
  site.end_and_store(b, AttemptResult::dependency_unavailable);
  EXPECT_THAT(site.running(), ElementsAre(a));
  site.end_and_store(a);
  site.wait(seconds(5));
  EXPECT_THAT(site.running(), ElementsAre(b));
}

TEST(Builds, WhatCouldNotBeStoredDidNotHappen) {
  Site site;
  const NodeId a = site.add();
  site.want({a});
  const BuildId id = site.id_of(a);
  site.end(a, AttemptResult::builder_failed);
  site.tell(StoringFailed{id, Error(ErrorCode::unavailable, "locked")});
  EXPECT_EQ(site.builds.outcome(a), std::nullopt);
  site.wait(seconds(5));
  EXPECT_THAT(site.running(), ElementsAre(a));
}

TEST(Builds, AQuestionWithoutAnAnswerIsAskedABoundedNumberOfTimes) {
  Builds builds({.retries = 2, .first_backoff = seconds(1)});
  graph::Graph graph;
  const NodeId a = graph.add(fake::derivation_path("a", {}), {}).value();
  Clock::Instant now{};
  const auto questions = [](const std::vector<BuildEffect>& effects) {
    return std::ranges::count_if(effects, [](const BuildEffect& effect) { return std::holds_alternative<FindOutcomes>(effect); });
  };
  EXPECT_EQ(questions(builds.handle(now, Wanted{graph.snapshot(), {a}})), 1);
  for (int retry = 0; retry < 2; ++retry) {
    builds.handle(now, QuestionFailed{{a}, Error(ErrorCode::unavailable, "asleep")});
    EXPECT_EQ(questions(builds.handle(now += seconds(10), Woke{})), 1);
  }
  builds.handle(now, QuestionFailed{{a}, Error(ErrorCode::unavailable, "asleep")});
  EXPECT_EQ(builds.outcome(a), OutcomeKind::infrastructure);
  EXPECT_TRUE(builds.is_done());
}

TEST(Builds, ALostBuilderIsWaitedForAndThenGivenUp) {
  Site site({.patience = seconds(60)});
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.tell(BuilderLost{kLocal});
  site.want({b});
  EXPECT_EQ(site.builds.state(a), BuildState::ready);
  EXPECT_EQ(site.alarm, site.now + seconds(60));
  site.wait(seconds(60));
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_EQ(site.builds.outcome(b), OutcomeKind::infrastructure);
  EXPECT_THAT(site.roots(b), ElementsAre(a));
  EXPECT_EQ(site.builds.reason(a), "the builder for it went away and did not come back");
}

TEST(Builds, ABuilderThatComesBackGoesOn) {
  Site site({.patience = seconds(60)});
  const NodeId a = site.add();
  site.tell(BuilderLost{kLocal});
  site.want({a});
  site.wait(seconds(59));
  site.add_builder(kLocal, 1);
  EXPECT_THAT(site.running(), ElementsAre(a));
  site.wait(seconds(60));
  EXPECT_THAT(site.running(), ElementsAre(a));
}

TEST(Builds, WhatNobodyWantsAnyMoreIsStopped) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  const NodeId c = site.add();
  const NodeId d = site.add({a, c});
  site.want({b, d});
  site.tell(Unwanted{{d}});
  EXPECT_THAT(site.stopped, ElementsAre(site.id_of(c)));
  site.end_and_store(c, AttemptResult::stopped);
  EXPECT_EQ(site.builds.state(c), BuildState::unknown);
  EXPECT_EQ(site.builds.outcome(c), std::nullopt);
  EXPECT_EQ(site.builds.state(a), BuildState::running);
}

TEST(Builds, WhatIsWantedAgainWhileItIsStoppedIsBuiltAgain) {
  Site site;
  const NodeId a = site.add();
  site.want({a});
  site.tell(Unwanted{{a}});
  site.want({a});
  site.end_and_store(a, AttemptResult::stopped);
  EXPECT_THAT(site.running(), ElementsAre(a));
}

TEST(Builds, CancellingEndsWhatDoesNotRunAndStopsTheRest) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.want({b});
  site.tell(AllCancelled{});
  EXPECT_EQ(site.builds.outcome(b), OutcomeKind::cancelled);
  EXPECT_EQ(site.stopped.size(), 1U);
  site.end_and_store(a, AttemptResult::stopped);
  EXPECT_TRUE(site.builds.is_done());
  const NodeId c = site.add();
  site.want({c});
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::cancelled);
}

TEST(Builds, WhatFailsAfterCancellingIsNotTriedAgain) {
  Site site;
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  const NodeId c = site.add();
  site.validity = {{a, Validity::valid}, {c, Validity::substitutable}};
  site.want({a, b, c}, Priority::head, Need::outputs);
  site.tell(AllCancelled{});
  site.validity.clear();
  site.end_and_store(b, AttemptResult::dependency_unavailable);
  site.end_and_store(c, AttemptResult::builder_failed);
  EXPECT_TRUE(site.builds.is_done());
  EXPECT_EQ(site.builds.outcome(b), OutcomeKind::cancelled);
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::cancelled);
  EXPECT_EQ(site.started.size(), 2U);
}

TEST(Builds, ABoundLeavesTheLeastUrgentOut) {
  Site site({.max_builds = 1});
  const NodeId a = site.add();
  const NodeId b = site.add();
  const NodeId c = site.add({b});
  site.traits[a] = {.system = "x86_64-linux", .last_success = seconds(600)};
  site.want({a, c});
  EXPECT_THAT(site.running(), ElementsAre(a));
  EXPECT_EQ(site.builds.outcome(b), OutcomeKind::not_built);
  EXPECT_EQ(site.builds.outcome(c), OutcomeKind::not_built);
  EXPECT_THAT(site.roots(c), ElementsAre(b));
}

TEST(Builds, HeadIsBuiltBeforeBaseAndTheLongestChainFirst) {
  Site site;
  site.add_builder(kLocal, 1);
  const NodeId blocker = site.add();
  site.want({blocker});
  const NodeId base = site.add();
  const NodeId quick = site.add();
  const NodeId slow = site.add();
  const NodeId below = site.add();
  const NodeId above = site.add({below});
  const NodeId shared = site.add();
  site.traits[base] = {.system = "x86_64-linux", .last_success = std::chrono::hours(9)};
  site.traits[slow] = {.system = "x86_64-linux", .last_success = seconds(50)};
  site.traits[quick] = {.system = "x86_64-linux", .last_success = seconds(1)};
  site.want({base}, Priority::base_sizes);
  site.want({shared}, Priority::base_deciding);
  site.want({quick, slow, above});
  std::vector<NodeId> order;
  for (int n = 0; n < 7; ++n) {
    order.push_back(site.running().at(0));
    if (n == 2) site.want({shared});
    site.end_and_store(order.back());
  }
  // An unknown duration counts for thirty seconds, so `below` begins a chain of sixty. `shared` was wanted before `above`.
  EXPECT_THAT(order, ElementsAre(blocker, below, slow, shared, above, quick, base));
}

TEST(Builds, SaysWhatRemains) {
  Site site({.unknown_time = seconds(10)});
  const NodeId a = site.add();
  const NodeId b = site.add({a});
  site.want({b});
  const RemainingWork remaining = site.builds.remaining();
  EXPECT_EQ(remaining.work, seconds(20));
  EXPECT_EQ(remaining.longest, seconds(20));
  EXPECT_EQ(remaining.slots, 4U);
  EXPECT_EQ(site.builds.running().at(0).since, site.now);
  EXPECT_EQ(site.builds.counts().of(BuildState::waiting), 1U);
  EXPECT_EQ(site.builds.counts().unfinished(), 2U);
}

TEST(Builds, LateAndForeignAnswersAreIgnored) {
  Site site;
  const NodeId a = site.add();
  site.want({a});
  const BuildId id = site.id_of(a);
  site.end_and_store(a);
  site.tell(BuildEnded{id, AttemptReport{.result = AttemptResult::builder_failed}});
  site.tell(AttemptStored{id});
  site.tell(StoringFailed{{77}, Error(ErrorCode::io, "no")});
  site.tell(ValidityFound{{{a, Validity::missing}, {{99}, Validity::valid}}});
  site.tell(OutcomesFound{{{{99}, known(OutcomeKind::failed)}}});
  site.tell(BuilderLost{{55}});
  site.tell(Unwanted{{{99}}});
  EXPECT_EQ(site.builds.outcome(a), OutcomeKind::succeeded);
  EXPECT_TRUE(site.builds.is_done());
}

TEST(Builds, ALongChainIsForgottenAndCancelledWithoutRecursion) {
  Site site;
  std::vector<NodeId> chain{site.add()};
  for (int n = 0; n < 3000; ++n) chain.push_back(site.add({chain.back()}));
  site.memory[chain.front()] = known(OutcomeKind::failed);
  site.want({chain.back()});
  EXPECT_EQ(site.builds.counts().of(OutcomeKind::dependency_failed), 3000U);
  site.tell(Unwanted{{chain.back()}});
  EXPECT_EQ(site.builds.counts().of(OutcomeKind::dependency_failed), 0U);
  EXPECT_EQ(site.builds.counts().of(OutcomeKind::failed), 1U);
}

}  // namespace
}  // namespace ekaci::engine
