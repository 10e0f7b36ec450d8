#include "engine/package_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/runner.h"
#include "tests/support/fake_builds.h"
#include "tests/support/fake_ports.h"

namespace ekaci::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Attribute attribute(const AttributePath& path, const std::string& derivation, const std::string& file = "") {
  Attribute made{path, EvaluatedDerivation{fake::Recipes::path(derivation), derivation, {"out"}}};
  if (!file.empty()) made.metadata = Metadata{.position = SourcePosition{.file = file, .line = 1}};
  return made;
}

std::vector<std::string> names_of(const std::set<AttributePath>& paths) {
  std::vector<std::string> names;
  for (const AttributePath& path : paths) names.push_back(path.to_string());
  return names;
}

Change change(const std::string& name, bool direct, std::optional<AttributeResult> head) {
  return {.path = {name}, .kind = ChangeKind::rebuilt, .base = {}, .head = std::move(head), .direct = direct};
}

TEST(PackageTests, AreThoseOfWhatIsDirectlyChanged) {
  const AttributeResult derivation = attribute({}, "d").result;
  JobReview review;
  review.changes = {change("added", true, derivation), change("direct", true, derivation), change("error", true, EvaluationError{}),
                    change("indirect", false, derivation), change("removed", true, std::nullopt)};
  Evaluation head;
  head.attributes = {attribute({"defined"}, "same", "pkgs/a.nix"), attribute({"elsewhere"}, "same", "pkgs/b.nix")};
  Evaluation base;
  base.attributes = {attribute({"defined"}, "same"), attribute({"direct"}, "old"), attribute({"indirect"}, "old"),
                     attribute({"removed"}, "old")};
  const std::vector<std::string> files = {"pkgs/a.nix"};
  const TestedAttributes tested = find_tested({.review = review, .base = base, .head = head, .changed_files = files});
  EXPECT_THAT(names_of(tested.head), ElementsAre("added", "defined", "direct"));
  EXPECT_THAT(names_of(tested.base), ElementsAre("defined", "direct"));
}

TEST(PackageTests, JoinAnEvaluationInPathOrderEachOnce) {
  const Evaluation evaluation{.attributes = {attribute({"a"}, "a"), attribute({"a", "tests"}, "own"), attribute({"b"}, "b")},
                              .cost = {.cpu = std::chrono::microseconds(1), .peak_memory = 5, .workers_started = 1},
                              .notes = {"one"}};
  const Evaluation tests{.attributes = {attribute({"a", "tests"}, "test"), attribute({"a", "tests", "version"}, "version")},
                         .cost = {.cpu = std::chrono::microseconds(2), .peak_memory = 3, .workers_started = 1},
                         .notes = {"one", "two"},
                         .repeatable = false};
  const Evaluation joined = with_tests(evaluation, tests);
  EXPECT_EQ(joined.attributes, (std::vector<Attribute>{attribute({"a"}, "a"), attribute({"a", "tests"}, "own"),
                                                       attribute({"a", "tests", "version"}, "version"), attribute({"b"}, "b")}));
  EXPECT_EQ(joined.cost, (EvaluationCost{.cpu = std::chrono::microseconds(3), .peak_memory = 5, .workers_started = 2}));
  EXPECT_THAT(joined.notes, ElementsAre("one", "two"));
  EXPECT_FALSE(joined.repeatable);
}

class Silent final : public ReviewObserver {
 public:
  void review_moved(Phase /*phase*/, const std::vector<TaskProgress>& /*tasks*/, const BuildCrew* /*building*/) override {}
  void change_seen(const EarlyChange& /*change*/) override {}
};

/// `tool` is built from `library`, which a changed file defines. Both have tests; `library`'s is another one at topic.
class TestedReview : public ::testing::Test {
 protected:
  void SetUp() override {
    repository.changed_files = {"pkgs/library.nix"};
    configure("tested.nix", "tested.nix");
    for (const std::string revision : {"main", "topic"}) {
      const TreeId tree = fake::Repository::tree(revision);
      derive("library-" + revision, {});
      derive("tool-" + revision, {"library-" + revision});
      derive("test-" + revision, {"library-" + revision});
      evaluator.attributes[tree] = {attribute({"library"}, "library-" + revision, "pkgs/library.nix"),
                                    attribute({"tool"}, "tool-" + revision, "pkgs/tool.nix")};
      evaluator.tests[tree] = {{{"library", "tests"}, AttributeSet{.recursed = true}},
                               attribute({"library", "tests", "version"}, "test-" + revision)};
    }
  }
  void configure(const std::string& main, const std::string& topic) {
    repository.configurations = {{"main", "packages:" + main}, {"topic", "packages:" + topic}};
  }
  void derive(const std::string& name, const std::vector<std::string>& inputs) {
    const StorePath path = recipes.add(name, inputs);
    for (const std::string& input : inputs) evaluator.derivations[path].push_back(fake::Recipes::path(input));
    evaluator.derivations.try_emplace(path);
  }
  Result<Review> review() {
    ReviewRequest request{.base = "main", .head = "topic"};
    request.build.emplace();
    request.build->policy.assurance = store.description().assurance;
    return run_review(request, {repository, evaluator, database, parser, &world}, clock, observer, {});
  }
  static const Change* find(const Review& review, const AttributePath& path) {
    const auto& changes = review.jobs.at(0).changes;
    const auto found = std::ranges::find(changes, path, &Change::path);
    return found == changes.end() ? nullptr : &*found;
  }
  std::vector<std::string> asked_for_tests(const std::string& revision) {
    return names_of(evaluator.asked_for_tests[fake::Repository::tree(revision)]);
  }

  fake::Repository repository{};
  fake::Evaluator evaluator{};
  fake::Database database{};
  fake::ConfigurationParser parser{};
  SystemClock clock{};
  Silent observer{};
  fake::Recipes recipes{};
  fake::Store store{};
  fake::BuildMemory memory{};
  fake::LogArchive logs{};
  SharedBuilds shared{{&store}, logs, clock};
  BuildShare share{shared, BuildPace::prompt};
  BuildWorld world{.derivations = recipes, .memory = memory, .builds = share, .stores = {&store}, .clock = clock};
};

const AttributePath kTest = {"library", "tests", "version"};

TEST_F(TestedReview, BuildsTestsOfWhatIsDirectlyChanged) {
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(asked_for_tests("main"), ElementsAre("library"));
  EXPECT_THAT(asked_for_tests("topic"), ElementsAre("library"));
  EXPECT_EQ(evaluator.evaluations, 4);
  EXPECT_THAT(store.begun(), UnorderedElementsAre("library-topic", "tool-topic", "test-topic"));
  const JobReview& job = made->jobs.at(0);
  EXPECT_EQ(job.attributes, 4U);
  EXPECT_EQ(job.head.derivations, 3U);
  EXPECT_EQ(job.rebuild_count, 3U);
  ASSERT_NE(find(*made, kTest), nullptr);
  EXPECT_EQ(find(*made, kTest)->kind, ChangeKind::rebuilt);
  EXPECT_EQ(job.rebuilds[*find(*made, kTest)->rebuild].distance, 1U) << "it is said why a test is rebuilt";
  EXPECT_EQ(made->verdict.decision, Decision::merge) << made->verdict.sentence;
}

TEST_F(TestedReview, ATestThatNewlyFailsStandsAgainstMerging) {
  store.results["test-topic"] = AttemptResult::builder_failed;
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_THAT(store.begun(), UnorderedElementsAre("library-topic", "tool-topic", "test-topic", "library-main", "test-main"));
  EXPECT_EQ(find(*made, kTest)->build->transition, Transition::newly_failing);
  EXPECT_EQ(find(*made, {"library"})->build->head, OutcomeKind::succeeded);
  EXPECT_EQ(made->verdict.decision, Decision::do_not_merge);
}

TEST_F(TestedReview, ATestThatFailsToEvaluateIsAnErrorOfTheTest) {
  evaluator.tests[fake::Repository::tree("topic")].back() = {kTest, EvaluationError{.message = "thrown"}};
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(find(*made, kTest)->kind, ChangeKind::newly_erroring);
  EXPECT_EQ(find(*made, {"library"})->kind, ChangeKind::rebuilt);
  EXPECT_EQ(made->verdict.decision, Decision::do_not_merge);
}

TEST_F(TestedReview, TestsAreRememberedAsEverythingElseIs) {
  const auto first = review();
  const auto second = review();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(evaluator.evaluations, 4);
  EXPECT_TRUE(second->jobs.at(0).base.reused && second->jobs.at(0).head.reused);
  EXPECT_EQ(first->jobs.at(0).changes.size(), second->jobs.at(0).changes.size());
  EXPECT_EQ(first->verdict, second->verdict);
}

TEST_F(TestedReview, TestsThatHitALimitAreNeverMerged) {
  for (const std::string revision : {"main", "topic"}) {
    evaluator.tests[fake::Repository::tree(revision)] = {
        {{"library", "tests"}, EvaluationError{.failure = EvaluationFailure::timed_out, .message = "too slow"}}};
  }
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(database.evaluations.size(), 2U);
}

TEST_F(TestedReview, BaseDecidesWhetherThereAreTests) {
  configure("default.nix", "tested.nix");
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(evaluator.evaluations, 2);
  EXPECT_EQ(find(*made, kTest), nullptr);
}

TEST_F(TestedReview, AChangeThatIsAboutNoPackageAsksForNone) {
  repository.changed_files = {"README.md"};
  evaluator.attributes[fake::Repository::tree("topic")] = evaluator.attributes[fake::Repository::tree("main")];
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(evaluator.evaluations, 2);
  EXPECT_THAT(store.begun(), IsEmpty());
}

TEST_F(TestedReview, AChangeOfTheTestsAloneIsSeen) {
  evaluator.attributes[fake::Repository::tree("topic")] = evaluator.attributes[fake::Repository::tree("main")];
  const auto made = review();
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(find(*made, {"library"})->kind, ChangeKind::unchanged);
  EXPECT_EQ(find(*made, kTest)->kind, ChangeKind::rebuilt);
}

}  // namespace
}  // namespace ekaci::engine
