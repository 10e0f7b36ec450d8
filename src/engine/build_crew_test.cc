#include "engine/build_crew.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>

#include "base/channel.h"
#include "base/files.h"
#include "tests/support/fake_builds.h"
#include "tests/support/fake_ports.h"

namespace ekaci::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

/// A graph of real derivations, and everything that is needed to build them.
class Crew : public ::testing::Test {
 protected:
  graph::NodeId add(const std::string& name, const std::vector<std::string>& inputs = {}, const std::vector<std::string>& sources = {}) {
    const StorePath path = recipes_.add(name, inputs, sources);
    std::vector<graph::NodeId> below;
    for (const std::string& input : inputs) below.push_back(nodes_.at(input));
    return nodes_[name] = graph_.add(path, below).value();
  }
  BuildPair pair(const std::string& head, const std::optional<std::string>& base = std::nullopt) {
    return {.head = nodes_.at(head), .base = base ? std::optional(nodes_.at(*base)) : std::nullopt};
  }

  /// Builds to the end on this thread.
  BuildFindings build(std::vector<BuildPair> pairs, BaseBuilds base = BaseBuilds::deciding) {
    Channel<BuildEvent> events;
    BuildPolicy policy{.assurance = store_.description().assurance};
    policy.first_backoff = std::chrono::milliseconds(1);
    policy.longest_backoff = std::chrono::milliseconds(1);
    BuildCrew crew(world_, sources_, policy, [&events](BuildEvent event) { events.push(std::move(event)); });
    crew.start();
    crew.want({.graph = graph_.snapshot(), .pairs = std::move(pairs), .base = base});
    crew.close();
    while (!crew.is_done()) {
      const std::optional<BuildEvent> event = events.pop_until(crew.alarm());
      crew.handle(event ? *event : BuildEvent(Woke{}));
    }
    return crew.findings();
  }
  /// A build runs once it has a place, which is no event.
  void wait_until_something_runs(BuildCrew& crew, Channel<BuildEvent>& events) const {
    while (crew.progress().running.empty()) {
      if (const auto event = events.pop_until(clock_.now() + std::chrono::milliseconds(1))) crew.handle(*event);
    }
  }
  static OutcomeKind kind(const BuildFindings& findings, const std::string& name) {
    return findings.outcomes.at(fake::Recipes::path(name)).kind;
  }

  fake::Recipes recipes_{};
  fake::Store store_{};
  fake::BuildMemory memory_{};
  fake::LogArchive logs_{};
  fake::Repository repository_{};
  fake::Evaluator evaluator_{};
  SystemClock clock_{};
  SharedBuilds shared_{{&store_}, logs_, clock_};
  BuildShare share_{shared_, BuildPace::prompt};
  BuildWorld world_{.derivations = recipes_, .memory = memory_, .builds = share_, .stores = {&store_}, .clock = clock_};
  SourceSupply sources_{repository_, evaluator_, {}};
  graph::Graph graph_{};
  std::map<std::string, graph::NodeId> nodes_{};
};

TEST_F(Crew, BuildsWhatIsWantedAfterWhatItNeeds) {
  add("a");
  add("b", {"a"});
  add("c", {"b"});
  add("unwanted");
  const BuildFindings findings = build({pair("c")});
  EXPECT_THAT(store_.begun(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(kind(findings, "c"), OutcomeKind::succeeded);
  EXPECT_EQ(findings.built, 3U);
}

TEST_F(Crew, KeepsEveryAttemptWithItsLog) {
  add("a");
  build({pair("a")});
  const auto attempts = memory_.attempts_of(fake::Recipes::path("a")).value();
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].attempt.result, AttemptResult::built);
  EXPECT_EQ(attempts[0].attempt.builder, "fake");
  EXPECT_EQ(attempts[0].log.lines, 1U);
  EXPECT_EQ(attempts[0].log.phase, "buildPhase");
}

TEST_F(Crew, BuildsNothingTwice) {
  add("a");
  add("b", {"a"});
  build({pair("b")});
  const BuildFindings again = build({pair("b")});
  EXPECT_EQ(again.built, 0U);
  EXPECT_EQ(kind(again, "b"), OutcomeKind::succeeded);
  EXPECT_EQ(store_.begun().size(), 2U);
}

TEST_F(Crew, TellsWhatFailedBelow) {
  add("low");
  add("middle", {"low"});
  add("high", {"middle"});
  store_.results["low"] = AttemptResult::builder_failed;
  const BuildFindings findings = build({pair("high"), pair("middle")});
  EXPECT_THAT(store_.begun(), ElementsAre("low"));
  EXPECT_EQ(kind(findings, "high"), OutcomeKind::dependency_failed);
  EXPECT_THAT(findings.outcomes.at(fake::Recipes::path("high")).roots, ElementsAre(fake::Recipes::path("low")));
  EXPECT_EQ(kind(findings, "low"), OutcomeKind::failed);
}

TEST_F(Crew, BuildsOfBaseOnlyWhatDecides) {
  add("good");
  add("good-before");
  add("bad");
  add("bad-before");
  store_.results["bad"] = AttemptResult::builder_failed;
  const BuildFindings findings = build({pair("good", "good-before"), pair("bad", "bad-before")});
  EXPECT_THAT(store_.begun(), UnorderedElementsAre("good", "bad", "bad-before"));
  EXPECT_EQ(kind(findings, "bad-before"), OutcomeKind::succeeded);
  EXPECT_EQ(kind(findings, "good-before"), OutcomeKind::not_built);
}

TEST_F(Crew, BuildsOfBaseWhatASizeCheckCompares) {
  add("good");
  add("good-before");
  add("other");
  add("other-before");
  BuildPair checked = pair("good", "good-before");
  checked.purpose = BuildPurpose::size_check;
  const BuildFindings findings = build({checked, pair("other", "other-before")});
  EXPECT_THAT(store_.begun(), UnorderedElementsAre("good", "other", "good-before"));
  EXPECT_EQ(kind(findings, "good-before"), OutcomeKind::succeeded);
  EXPECT_EQ(kind(findings, "other-before"), OutcomeKind::not_built);
}

TEST_F(Crew, BuildsOfBaseWhatOneOfTwoJobsComparesInSize) {
  add("good");
  add("good-before");
  BuildPair checked = pair("good", "good-before");
  checked.purpose = BuildPurpose::size_check;
  build({pair("good", "good-before"), checked});
  EXPECT_THAT(store_.begun(), UnorderedElementsAre("good", "good-before"));
}

TEST_F(Crew, ASizeCheckDoesNotBuildBaseAgainstTheUsersWord) {
  add("good");
  add("good-before");
  BuildPair checked = pair("good", "good-before");
  checked.purpose = BuildPurpose::size_check;
  build({checked}, BaseBuilds::none);
  EXPECT_THAT(store_.begun(), ElementsAre("good"));
}

TEST_F(Crew, ASizeCheckBuildsNothingOfBaseForWhatFails) {
  add("low");
  add("bad", {"low"});
  add("bad-before");
  store_.results["low"] = AttemptResult::builder_lost;
  BuildPair checked = pair("bad", "bad-before");
  checked.purpose = BuildPurpose::size_check;
  build({checked});
  EXPECT_THAT(store_.begun(), Not(Contains("bad-before"))) << "nothing is known of head";
}

TEST_F(Crew, BringsBackWhatASizeCheckComparesAndNobodyMeasured) {
  add("good");
  add("good-before");
  BuildPair checked = pair("good", "good-before");
  checked.purpose = BuildPurpose::size_check;
  build({checked});
  store_.collect_garbage();
  build({checked});
  EXPECT_EQ(store_.begun().size(), 2U) << "their outcomes are known";
  checked.base_need = Need::outputs;
  checked.head_need = Need::outputs;
  const BuildFindings findings = build({checked});
  EXPECT_THAT(store_.begun(), UnorderedElementsAre("good", "good-before", "good", "good-before"));
  EXPECT_EQ(kind(findings, "good"), OutcomeKind::succeeded);
  EXPECT_EQ(kind(findings, "good-before"), OutcomeKind::succeeded);
}

TEST_F(Crew, TriesAgainWhatIsNotThePackagesFault) {
  add("a");
  store_.results["a"] = AttemptResult::builder_lost;
  const BuildFindings findings = build({pair("a")});
  EXPECT_EQ(kind(findings, "a"), OutcomeKind::infrastructure);
  EXPECT_EQ(store_.begun().size(), 1U + BuildPolicy{}.retries);
}

TEST_F(Crew, ADefectThatThrowsIsNotThePackagesFault) {
  add("a");
  add("b");
  store_.throws = {"a"};
  const BuildFindings findings = build({pair("a"), pair("b")});
  EXPECT_EQ(kind(findings, "a"), OutcomeKind::infrastructure);
  EXPECT_EQ(kind(findings, "b"), OutcomeKind::succeeded);
}

/// What is valid was made before without a sandbox.
class CrewAfterWeakBuilds : public Crew {
 protected:
  void make_weakly(const std::string& name) {
    const KeptAttempt weak{.attempt = {.derivation = fake::Recipes::path(name), .result = AttemptResult::built}};
    ASSERT_TRUE(memory_.store_attempts(std::span(&weak, 1)));
    store_.make_valid(fake::store_path(name));
  }
  OutcomeKind remembered(const std::string& name) {
    const StorePath path = fake::Recipes::path(name);
    return memory_.find_outcomes(std::span(&path, 1), store_.description().assurance).value().front().kind;
  }
};

TEST_F(CrewAfterWeakBuilds, WhatComesOutTheSameIsWorthMore) {
  add("a");
  make_weakly("a");
  EXPECT_EQ(kind(build({pair("a")}), "a"), OutcomeKind::succeeded);
  EXPECT_EQ(remembered("a"), OutcomeKind::succeeded);
}

TEST_F(CrewAfterWeakBuilds, WhatComesOutOtherwiseSaysNothingUnderMoreNorOfItsUsers) {
  add("a");
  add("b", {"a"});
  make_weakly("a");
  store_.differs = {"a"};
  const BuildFindings findings = build({pair("a"), pair("b")});
  EXPECT_THAT(store_.begun(), ElementsAre("a")) << "once, and nothing is built with what the store keeps";
  EXPECT_EQ(kind(findings, "a"), OutcomeKind::infrastructure);
  EXPECT_EQ(kind(findings, "b"), OutcomeKind::infrastructure);
  EXPECT_THAT(findings.outcomes.at(fake::Recipes::path("b")).roots, ElementsAre(fake::Recipes::path("a")));
  EXPECT_EQ(remembered("a"), OutcomeKind::not_built);
}

TEST_F(CrewAfterWeakBuilds, OnceWhatTheStoreKeptIsGoneItIsBuiltAnew) {
  add("a");
  add("b", {"a"});
  make_weakly("a");
  store_.differs = {"a"};
  build({pair("b")});
  store_.collect(fake::store_path("a"));
  const BuildFindings findings = build({pair("b")});
  EXPECT_EQ(kind(findings, "b"), OutcomeKind::succeeded);
  EXPECT_EQ(remembered("a"), OutcomeKind::succeeded);
}

TEST_F(Crew, BringsTheFilesThatAreBuiltFrom) {
  const std::filesystem::path root = make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-crew-").value();
  std::filesystem::create_directories(root / "nix/store");
  std::ofstream(root / "nix/store" / fake::store_path("file").base_name()) << "content";
  sources_.keep(nullptr, root);
  add("a", {}, {"file"});
  add("b", {}, {"nowhere"});
  const BuildFindings findings = build({pair("a"), pair("b")});
  EXPECT_EQ(kind(findings, "a"), OutcomeKind::succeeded);
  EXPECT_EQ(kind(findings, "b"), OutcomeKind::infrastructure);
  EXPECT_TRUE(remove_tree(root));
}

TEST_F(Crew, EvaluatesOnceMoreWhereFilesAreGone) {
  store_.make_valid(fake::store_path("there"));
  sources_.remember({.task = TaskId{0},
                     .tree = fake::Repository::tree("main"),
                     .job = {.name = "job", .file = "default.nix"},
                     .system = System::parse("x86_64-linux").value(),
                     .limits = {}});
  add("a", {}, {"there"});
  build({pair("a")});
  EXPECT_EQ(evaluator_.evaluations, 0) << "nothing was missing";
  add("b", {}, {"gone"});
  const BuildFindings findings = build({pair("b")});
  EXPECT_EQ(evaluator_.evaluations, 1);
  EXPECT_EQ(kind(findings, "b"), OutcomeKind::infrastructure) << "and that had it neither";
}

TEST_F(Crew, TakesMoreWhileItBuilds) {
  add("old");
  add("early");
  Channel<BuildEvent> events;
  BuildCrew crew(world_, sources_, {.assurance = store_.description().assurance},
                 [&events](BuildEvent event) { events.push(std::move(event)); });
  crew.start();
  EXPECT_FALSE(crew.is_done()) << "more may be wanted";
  store_.results["early"] = AttemptResult::builder_failed;
  crew.want({.graph = graph_.snapshot(), .pairs = {pair("early")}});
  while (memory_.attempts_of(fake::Recipes::path("early")).value().empty()) crew.handle(*events.pop());
  EXPECT_FALSE(crew.is_done());
  add("late", {"old"});
  crew.want({.graph = graph_.snapshot(), .pairs = {pair("early", "old"), pair("late")}});
  crew.close();
  while (!crew.is_done()) crew.handle(*events.pop());
  EXPECT_THAT(store_.begun(), ElementsAre("early", "old", "late")) << "what failed was not built again, and its base decides";
  EXPECT_EQ(kind(crew.findings(), "early"), OutcomeKind::failed);
  EXPECT_EQ(kind(crew.findings(), "old"), OutcomeKind::succeeded);
  EXPECT_EQ(kind(crew.findings(), "late"), OutcomeKind::succeeded);
}

TEST_F(Crew, StopsWhatRunsWhenItEnds) {
  add("a");
  store_.hangs = true;
  Channel<BuildEvent> events;
  {
    BuildCrew crew(world_, sources_, {.assurance = store_.description().assurance},
                   [&events](BuildEvent event) { events.push(std::move(event)); });
    crew.start();
    crew.want({.graph = graph_.snapshot(), .pairs = {pair("a")}});
    wait_until_something_runs(crew, events);
    EXPECT_EQ(crew.progress().running.front().derivation, fake::Recipes::path("a"));
  }
  EXPECT_THAT(memory_.attempts_of(fake::Recipes::path("a")).value(), IsEmpty());
}

TEST_F(Crew, CancellingEndsEverything) {
  add("a");
  add("b", {"a"});
  store_.hangs = true;
  Channel<BuildEvent> events;
  BuildCrew crew(world_, sources_, {.assurance = store_.description().assurance},
                 [&events](BuildEvent event) { events.push(std::move(event)); });
  crew.start();
  crew.want({.graph = graph_.snapshot(), .pairs = {pair("b")}});
  crew.close();
  wait_until_something_runs(crew, events);
  crew.handle(AllCancelled{});
  while (!crew.is_done()) crew.handle(*events.pop());
  EXPECT_EQ(kind(crew.findings(), "b"), OutcomeKind::cancelled);
}

}  // namespace
}  // namespace ekaci::engine
