#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "engine/runner.h"
#include "tests/support/fake_builds.h"
#include "tests/support/fake_ports.h"

/// Reviews that build, from the range to the verdict.
namespace ekaci::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class PhaseObserver final : public ReviewObserver {
 public:
  void review_moved(Phase phase, const std::vector<TaskProgress>& /*tasks*/, const BuildCrew* /*building*/) override {
    phases.insert(phase);
  }
  void change_seen(const EarlyChange& /*change*/) override {}
  std::set<Phase> phases{};
};

/// `tool` is built from `library`, which is another one at topic.
class BuildingReview : public ::testing::Test {
 protected:
  void SetUp() override {
    configure("sized.nix", "sized.nix");
    set("main", "library-1.0", "tool-1.0");
    set("topic", "library-1.1", "tool-1.1");
    say("library-1.0", 100);
    say("library-1.1", 150);
    say("tool-1.0", 10, {"library-1.0"});
    say("tool-1.1", 10, {"library-1.1"});
  }

  void configure(const std::string& main, const std::string& topic) {
    repository.configurations = {{"main", "packages:" + main}, {"topic", "packages:" + topic}};
  }
  void set(const std::string& revision, const std::string& library, const std::string& tool) {
    derive(library, {});
    derive(tool, {library});
    evaluator.attributes[fake::Repository::tree(revision)] = {attribute("library", library), attribute("tool", tool)};
  }
  void derive(const std::string& name, const std::vector<std::string>& inputs) {
    const StorePath path = recipes.add(name, inputs);
    for (const std::string& input : inputs) evaluator.derivations[path].push_back(fake::Recipes::path(input));
    evaluator.derivations.try_emplace(path);
  }
  static Attribute attribute(const std::string& name, const std::string& derivation) {
    return {AttributePath({name}), EvaluatedDerivation{fake::Recipes::path(derivation), derivation, {"out"}}};
  }
  void say(const std::string& name, std::uint64_t size, const std::vector<std::string>& references = {}) {
    PathInfo info{.path = fake::store_path(name), .nar_size = size};
    for (const std::string& reference : references) info.references.push_back(fake::store_path(reference));
    store.tell(info);
  }

  Result<Review> review(BaseBuilds base = BaseBuilds::deciding) {
    ReviewRequest request{.base = "main", .head = "topic"};
    request.build = BuildSettings{.policy = {.assurance = store.description().assurance}, .base = base};
    return run_review(request, {repository, evaluator, database, parser, &world}, clock, observer, {});
  }
  static const Change& change(const Review& review, const std::string& name) {
    const auto& changes = review.jobs.at(0).changes;
    return *std::ranges::find(changes, AttributePath({name}), &Change::path);
  }

  fake::Repository repository{};
  fake::Evaluator evaluator{};
  fake::Database database{};
  fake::ConfigurationParser parser{};
  SystemClock clock{};
  PhaseObserver observer{};
  fake::Recipes recipes{};
  fake::Store store{};
  fake::BuildMemory memory{};
  fake::LogArchive logs{};
  SharedBuilds shared{{&store}, logs, clock};
  BuildShare share{shared, BuildPace::prompt};
  BuildWorld world{.derivations = recipes, .memory = memory, .builds = share, .stores = {&store}, .clock = clock};
};

TEST_F(BuildingReview, BuildsBaseForASizeCheckAndMeasures) {
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(store.begun(), UnorderedElementsAre("library-1.0", "library-1.1", "tool-1.0", "tool-1.1"));
  EXPECT_TRUE(observer.phases.contains(Phase::measuring));
  const Change& tool = change(*made, "tool");
  ASSERT_TRUE(tool.size);
  EXPECT_EQ(tool.size->closure, (SizePair{.base = 110, .head = 160}));
  EXPECT_EQ(tool.size->build_closure, (SizePair{.base = 100, .head = 150}));
  EXPECT_EQ(tool.build->base, OutcomeKind::succeeded);
  EXPECT_EQ(made->verdict.decision, Decision::do_not_merge) << "it grew by more than 10 %";
}

TEST_F(BuildingReview, WithoutASizeCheckBaseIsNotBuilt) {
  configure("default.nix", "default.nix");
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(store.begun(), UnorderedElementsAre("library-1.1", "tool-1.1"));
  ASSERT_TRUE(change(*made, "tool").size);
  EXPECT_EQ(change(*made, "tool").size->closure, (SizePair{.base = std::nullopt, .head = 160}));
  EXPECT_EQ(made->verdict.decision, Decision::merge) << made->verdict.sentence;
}

TEST_F(BuildingReview, HeadCannotLoosenASizeCheck) {
  configure("sized.nix", "default.nix");
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->jobs.at(0).size_check, SizeCheck{.max_increase_percent = 10});
  EXPECT_EQ(made->verdict.decision, Decision::do_not_merge);
}

TEST_F(BuildingReview, ASizeCheckThatHeadAddsDoesNotHoldYet) {
  configure("default.nix", "sized.nix");
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->jobs.at(0).size_check, std::nullopt);
  repository.configurations["topic"] = "packages:default.nix new:sized.nix";
  const auto added = review();
  ASSERT_TRUE(added) << added.error().to_string();
  for (const JobReview& job : added->jobs) EXPECT_EQ(job.size_check, std::nullopt) << job.job;
}

TEST_F(BuildingReview, WithoutBaseSizesCannotBeCompared) {
  const auto made = review(BaseBuilds::none);
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(store.begun(), Not(Contains("tool-1.0")));
  EXPECT_EQ(made->verdict.decision, Decision::cannot_tell);
}

TEST_F(BuildingReview, WhatWasCollectedSinceIsStillKnown) {
  const auto first = review();
  store.collect_garbage();
  const auto second = review();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(store.begun().size(), 4U) << "nothing is built again";
  EXPECT_EQ(change(*second, "tool").size, change(*first, "tool").size);
  EXPECT_EQ(second->verdict, first->verdict);
}

TEST_F(BuildingReview, WhatWasCollectedBeforeItWasMeasuredIsBroughtBackForASizeCheck) {
  configure("default.nix", "default.nix");
  store.lost = true;
  ASSERT_TRUE(review(BaseBuilds::all));
  store.lost = false;
  store.collect_garbage();
  configure("sized.nix", "sized.nix");
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(store.begun().size(), 8U) << "each is built once more";
  EXPECT_EQ(change(*made, "tool").size->closure, (SizePair{.base = 110, .head = 160}));
}

TEST_F(BuildingReview, AStoreThatIsGoneCostsSizesAndNotTheReview) {
  store.lost = true;
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(made->notes, Contains(HasSubstr("the store is gone")));
  EXPECT_EQ(made->jobs.at(0).changes.size(), 2U);
  EXPECT_EQ(made->verdict.decision, Decision::cannot_tell) << "what is to be compared is not known";
}

TEST_F(BuildingReview, NothingIsMeasuredWhereNothingIsBuilt) {
  const auto made = run_review({.base = "main", .head = "topic"}, {repository, evaluator, database, parser, &world}, clock, observer, {});
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_FALSE(observer.phases.contains(Phase::measuring));
  EXPECT_THAT(store.asked(), IsEmpty());
  EXPECT_EQ(change(*made, "tool").size, std::nullopt);
}

}  // namespace
}  // namespace ekaci::engine
