#include "engine/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "review/skip.h"
#include "tests/support/fake_builds.h"
#include "tests/support/fake_ports.h"

namespace ekaci::engine {
namespace {

class SilentObserver final : public ReviewObserver {
 public:
  void review_moved(Phase phase, const std::vector<TaskProgress>& /*tasks*/, const BuildCrew* /*building*/) override { last = phase; }
  void change_seen(const EarlyChange& change) override { early.push_back(change.change.path.to_string()); }
  Phase last = Phase::resolving;
  std::vector<std::string> early{};
};

/// A small package set: `library` below `tool` and `application`; at topic the library is another one.
struct World {
  World() {
    repository.configurations = {{"main", "packages:default.nix"}, {"topic", "packages:default.nix"}};
    set("main", "library-1.0");
    set("topic", "library-1.1");
  }

  void set(const std::string& revision, const std::string& library_name) {
    const StorePath library = derive(library_name, {});
    const StorePath tool = derive("tool", {library});
    const StorePath other = derive("other", {});
    evaluator.attributes[fake::Repository::tree(revision)] = {attribute("library", library), attribute("other", other),
                                                              attribute("tool", tool)};
  }
  StorePath derive(const std::string& name, const std::vector<StorePath>& inputs) {
    const StorePath path = fake::derivation_path(name, inputs);
    evaluator.derivations[path] = inputs;
    return path;
  }
  static Attribute attribute(const std::string& name, const StorePath& path) {
    return {AttributePath({name}), EvaluatedDerivation{path, name, {"out"}}};
  }
  std::vector<Attribute>& attributes(const std::string& revision) { return evaluator.attributes[fake::Repository::tree(revision)]; }

  Ports ports() { return {repository, evaluator, database, parser}; }
  Result<Review> review(ReviewRequest request = {.base = "main", .head = "topic"}) {
    return run_review(std::move(request), ports(), clock, observer, {});
  }

  fake::Repository repository;
  fake::Evaluator evaluator;
  fake::Database database;
  fake::ConfigurationParser parser;
  SystemClock clock;
  SilentObserver observer;
};

std::uint64_t count(const JobReview& job, ChangeKind kind) {
  const auto found = job.counts.find(kind);
  return found == job.counts.end() ? 0 : found->second;
}

TEST(Review, ComparesBothSidesOfTheRange) {
  World world;
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  ASSERT_EQ(review->jobs.size(), 1U);
  const JobReview& job = review->jobs[0];
  EXPECT_EQ(count(job, ChangeKind::rebuilt), 2U);
  EXPECT_EQ(count(job, ChangeKind::unchanged), 1U);
  EXPECT_EQ(job.rebuild_count, 2U);
  EXPECT_EQ(job.base.graph_derivations, 3U);
  EXPECT_EQ(review->verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(world.observer.last, Phase::finished);
}

TEST(Review, CountsANewDerivationOnceHoweverManyJobsShareIt) {
  World world;
  world.repository.configurations = {{"main", "a:default.nix b:default.nix"}, {"topic", "a:default.nix b:default.nix"}};
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  ASSERT_EQ(review->jobs.size(), 2U);
  for (const JobReview& job : review->jobs) EXPECT_EQ(job.rebuild_count, 2U);
  EXPECT_EQ(review->rebuild_count, 2U);
}

TEST(Review, SaysWhyEachAttributeIsRebuilt) {
  World world;
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  const JobReview& job = review->jobs[0];
  ASSERT_EQ(job.origins.size(), 1U);
  const Origin& origin = job.origins[0];
  EXPECT_EQ(job.rebuilds[origin.derivation].head.name(), "library-1.1.drv");
  EXPECT_EQ(job.rebuilds[origin.derivation].base->name(), "library-1.0.drv");
  EXPECT_EQ(origin.attributes, 2U);
  EXPECT_EQ(origin.derivations, 2U);
  for (const Change& change : job.changes) {
    EXPECT_EQ(change.rebuild.has_value(), change.kind == ChangeKind::rebuilt) << change.path.to_string();
  }
  const auto tool = std::ranges::find(job.changes, AttributePath{"tool"}, &Change::path);
  const RebuiltDerivation& rebuilt = job.rebuilds[*tool->rebuild];
  EXPECT_EQ(rebuilt.distance, 1U);
  EXPECT_EQ(rebuilt.towards, origin.derivation);
}

TEST(Review, SaysWhatKeptItFromBuilding) {
  World world;
  fake::Store store;
  fake::BuildMemory memory;
  fake::LogArchive logs;
  SharedBuilds shared({&store}, logs, world.clock);
  BuildShare share(shared, BuildPace::prompt);
  const BuildWorld building{.derivations = world.database, .memory = memory, .builds = share, .stores = {&store}, .clock = world.clock};
  Ports ports = world.ports();
  ports.building = &building;
  ReviewRequest request{.base = "main", .head = "topic"};
  request.build.emplace();
  request.build->policy.assurance = store.description().assurance;
  request.build->policy.first_backoff = std::chrono::milliseconds(1);
  // The derivations of this world cannot be read, so that nothing can be asked of their outputs.
  const auto review = run_review(std::move(request), ports, world.clock, world.observer, {});
  ASSERT_TRUE(review) << review.error().to_string();
  ASSERT_FALSE(review->root_failures.empty());
  const RootFailure& root = review->root_failures.front();
  EXPECT_EQ(root.kind, OutcomeKind::infrastructure);
  EXPECT_EQ(root.attempts, 0U);
  EXPECT_THAT(root.message, testing::HasSubstr("not a derivation as Nix writes it"));
  EXPECT_THAT(review->verdict.sentence, testing::HasSubstr(root.message.substr(0, 40)));
}

/// A package set that can be built: `library` below `tool`, both new at topic, and a file of the change names `library`.
struct BuildableWorld : World {
  BuildableWorld() {
    repository.changed_files = {"pkgs/library.nix"};
    for (const std::string revision : {"main", "topic"}) {
      const StorePath library = recipe("library-" + revision, {});
      const StorePath tool = recipe("tool-" + revision, {"library-" + revision});
      attributes(revision) = {attribute("library", library), attribute("tool", tool)};
    }
    request.budget.workers = 2;
    request.build.emplace();
    request.build->policy.assurance = store.description().assurance;
  }
  StorePath recipe(const std::string& name, const std::vector<std::string>& inputs) {
    const StorePath path = recipes.add(name, inputs);
    for (const std::string& input : inputs) evaluator.derivations[path].push_back(fake::Recipes::path(input));
    evaluator.derivations.try_emplace(path);
    return path;
  }
  Result<Review> build() {
    SharedBuilds shared({&store}, logs, clock);
    BuildShare share(shared, BuildPace::prompt);
    const BuildWorld building{.derivations = recipes, .memory = memory, .builds = share, .stores = {&store}, .clock = clock};
    Ports with_building = ports();
    with_building.building = &building;
    return run_review(request, with_building, clock, observer, {});
  }

  fake::Recipes recipes{};
  fake::Store store{};
  fake::BuildMemory memory{};
  fake::LogArchive logs{};
  ReviewRequest request{.base = "main", .head = "topic"};
};

TEST(Review, BuildsWhatCertainlyChangedWhileTheRestIsEvaluated) {
  BuildableWorld world;
  std::promise<void> begun;
  std::atomic<bool> was_begun = false;
  world.store.on_begin = [&](const std::string& output) {
    if (output == "library-topic" && !was_begun.exchange(true)) begun.set_value();
  };
  // Head's evaluation does not end before the build has begun; that it never does is what the test would find.
  std::future_status waited = std::future_status::timeout;
  world.evaluator.before_end = [&](const TreeId& tree) {
    if (tree == fake::Repository::tree("topic")) waited = begun.get_future().wait_for(std::chrono::minutes(1));
  };
  const auto review = world.build();
  ASSERT_TRUE(review) << review.error().to_string();
  EXPECT_EQ(waited, std::future_status::ready);
  EXPECT_THAT(world.store.begun(), testing::ElementsAre("library-topic", "tool-topic")) << "each once";
  EXPECT_EQ(review->builds->built, 2U);
  EXPECT_EQ(review->builds->outcomes.at(OutcomeKind::succeeded), 2U);
}

TEST(Review, OneEvaluationAtATimeStillGivesAHeadStart) {
  BuildableWorld world;
  world.request.budget.workers = 1;
  std::vector<TreeId> evaluated;
  world.evaluator.before_end = [&](const TreeId& tree) { evaluated.push_back(tree); };
  ASSERT_TRUE(world.build());
  EXPECT_THAT(evaluated, testing::ElementsAre(fake::Repository::tree("main"), fake::Repository::tree("topic"))) << "base first";
}

TEST(Review, AHeadStartThatCannotBeHadCostsNothingElse) {
  BuildableWorld world;
  world.database.derivations_failure = Error(ErrorCode::resource_exhausted, "disk full");
  const auto review = world.build();
  ASSERT_TRUE(review) << review.error().to_string();
  EXPECT_EQ(review->builds->built, 2U);
}

TEST(Review, TellsWhatTheChangeIsAboutBeforeTheRestIsKnown) {
  World world;
  world.repository.changed_files = {"pkgs/library.nix"};
  ASSERT_TRUE(world.review());
  EXPECT_EQ(world.observer.early, std::vector<std::string>{"library"});
}

TEST(Review, SecondReviewReusesTheBase) {
  World world;
  ASSERT_TRUE(world.review());
  EXPECT_EQ(world.evaluator.evaluations, 2);
  world.repository.revisions.insert("another");
  world.repository.configurations["another"] = "packages:default.nix";
  world.set("another", "library-1.2");
  const auto review = world.review({.base = "main", .head = "another"});
  ASSERT_TRUE(review) << review.error().to_string();
  EXPECT_EQ(world.evaluator.evaluations, 3);
  EXPECT_TRUE(review->jobs[0].base.reused);
  EXPECT_FALSE(review->jobs[0].head.reused);
  EXPECT_EQ(review->jobs[0].rebuild_count, 2U);
}

TEST(Review, ReusedAndFreshEvaluationsGiveTheSameReview) {
  World world;
  const auto fresh = world.review();
  const auto reused = world.review();
  ASSERT_TRUE(fresh && reused);
  EXPECT_EQ(world.evaluator.evaluations, 2);
  EXPECT_EQ(fresh->jobs[0].changes, reused->jobs[0].changes);
  EXPECT_EQ(fresh->jobs[0].rebuild_count, reused->jobs[0].rebuild_count);
  EXPECT_EQ(fresh->verdict, reused->verdict);
}

TEST(Review, AnEmptyRangeIsNothingToReview) {
  World world;
  const auto review = world.review({.base = "main", .head = "main"});
  ASSERT_FALSE(review);
  EXPECT_EQ(review.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(world.evaluator.evaluations, 0);
}

TEST(Review, NoChangedDerivationMayBeMerged) {
  World world;
  world.set("topic", "library-1.0");
  const auto review = world.review();
  ASSERT_TRUE(review);
  EXPECT_EQ(review->verdict.decision, Decision::merge) << review->verdict.sentence;
}

TEST(Review, ConflictIsAVerdict) {
  World world;
  world.repository.conflicts = {{"default.nix", "both sides changed it"}};
  const auto review = world.review();
  ASSERT_TRUE(review);
  EXPECT_EQ(review->verdict.decision, Decision::do_not_merge);
  EXPECT_FALSE(review->merged_tree);
  EXPECT_EQ(world.evaluator.evaluations, 0);
}

TEST(Review, WhatBaseSaysNeedsNoReviewIsNotEvaluated) {
  World world;
  world.repository.configurations = {{"main", "packages:default.nix skip:doc/**"}, {"topic", "packages:default.nix skip:doc/**"}};
  world.repository.changed_files = {"doc/manual.md"};
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  EXPECT_EQ(review->verdict.decision, Decision::merge);
  EXPECT_TRUE(review::is_skipped(*review));
  EXPECT_NE(review->verdict.sentence.find(".ekaci/config.json"), std::string::npos) << review->verdict.sentence;
  EXPECT_EQ(world.evaluator.evaluations, 0);
}

TEST(Review, WhatBaseDoesNotSayNeedsNoReviewIsEvaluated) {
  const auto is_skipped = [](const auto& change, ReviewRequest request = {.base = "main", .head = "topic"}) {
    World world;
    world.repository.configurations = {{"main", "packages:default.nix skip:doc/**"}, {"topic", "packages:default.nix skip:doc/**"}};
    world.repository.changed_files = {"doc/manual.md"};
    change(world.repository);
    const auto review = world.review(std::move(request));
    EXPECT_TRUE(review) << review.error().to_string();
    return world.evaluator.evaluations == 0 || review::is_skipped(*review);
  };
  EXPECT_TRUE(is_skipped([](fake::Repository&) {}));
  EXPECT_FALSE(is_skipped([](fake::Repository& repository) { repository.changed_files.emplace_back("pkgs/a.txt"); }));
  EXPECT_FALSE(is_skipped([](fake::Repository& repository) { repository.only_files_changed = false; }));
  EXPECT_FALSE(is_skipped([](fake::Repository& repository) { repository.configurations["main"] = "packages:default.nix"; }))
      << "head's rules count for nothing";
  EXPECT_FALSE(is_skipped([](fake::Repository& repository) { repository.changed_files = {".ekaci/config.json"}; }));
  EXPECT_FALSE(is_skipped([](fake::Repository& repository) { repository.changed_files.assign(100'000, "doc/a"); })) << "maybe not all";
  EXPECT_FALSE(is_skipped([](fake::Repository&) {}, {.base = "main", .head = "topic", .jobs = {"packages"}})) << "it was asked for";
}

TEST(Review, JobsComeFromBaseAndHeadMayAdd) {
  World world;
  world.repository.configurations = {{"main", "packages:default.nix gone:gone.nix"}, {"topic", "packages:changed.nix new:ifd.nix"}};
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  ASSERT_EQ(review->jobs.size(), 3U);
  EXPECT_EQ(review->jobs[0].presence, JobReview::Presence::both);
  EXPECT_EQ(review->jobs[1].presence, JobReview::Presence::removed);
  EXPECT_EQ(review->jobs[2].presence, JobReview::Presence::added);
  EXPECT_NE(review->verdict.decision, Decision::merge);
}

TEST(Review, WhatOnlyAPersonCanAcceptIsAcceptedWhereTheRequestSaysSo) {
  World world;
  world.set("topic", "library-1.0");
  world.repository.configurations = {{"main", "packages:default.nix"}, {"topic", "packages:changed.nix"}};
  const auto asked = world.review();
  ASSERT_TRUE(asked) << asked.error().to_string();
  EXPECT_EQ(asked->verdict.decision, Decision::wait);
  const auto accepted = world.review({.base = "main", .head = "topic", .accepted = true});
  ASSERT_TRUE(accepted) << accepted.error().to_string();
  EXPECT_EQ(accepted->verdict.decision, Decision::merge) << accepted->verdict.sentence;
  const Requirement& configuration = accepted->verdict.requirements.back();
  EXPECT_EQ(configuration.name, "configuration-unchanged");
  EXPECT_EQ(configuration.state, Requirement::State::met);
  EXPECT_EQ(configuration.acceptance, Requirement::Acceptance::given);
}

TEST(Review, OfWhatHeadAloneAddsTheRestIsNamedAndStandsAgainstMerging) {
  World world;
  world.set("topic", "library-1.0");
  world.repository.configurations["topic"] = "packages:default.nix a:a.nix b:b.nix c:c.nix";
  const System arm = System::parse("aarch64-linux").value();
  const System x86 = System::parse("x86_64-linux").value();
  const auto review = world.review({.base = "main", .head = "topic", .systems = {arm, x86}, .most_added = 3});
  ASSERT_TRUE(review) << review.error().to_string();
  std::vector<std::string> examined;
  for (const JobReview& job : review->jobs) examined.push_back(job.job + " " + job.system);
  EXPECT_THAT(examined, testing::ElementsAre("packages aarch64-linux", "packages x86_64-linux", "a aarch64-linux", "a x86_64-linux",
                                             "b aarch64-linux"));
  const auto evaluates = [](const Review& one) {
    return std::ranges::find(one.verdict.requirements, "evaluates", &Requirement::name)->state;
  };
  EXPECT_EQ(evaluates(*review), Requirement::State::unknown);
  EXPECT_EQ(review->verdict.decision, Decision::cannot_tell);
  EXPECT_THAT(review->verdict.sentence, testing::HasSubstr("b (x86_64-linux), c (aarch64-linux) and c (x86_64-linux)"));
  EXPECT_THAT(review->notes, testing::Contains(testing::HasSubstr("not examined: b (x86_64-linux), c (aarch64-linux)")));
  const auto whole = world.review({.base = "main", .head = "topic", .systems = {arm, x86}, .most_added = 6});
  EXPECT_EQ(whole->jobs.size(), 8U);
  EXPECT_EQ(evaluates(*whole), Requirement::State::met);
}

TEST(Review, HeadCannotGrantItselfRights) {
  World world;
  world.repository.configurations = {{"main", "packages:default.nix"}, {"topic", "packages:ifd.nix new:ifd.nix"}};
  ASSERT_TRUE(world.review({.base = "main", .head = "topic", .jobs = {"new"}}));
  EXPECT_FALSE(world.evaluator.last_job->allow_import_from_derivation);
}

TEST(Review, HeadsBrokenConfigurationIsNeverMerged) {
  World world;
  world.set("topic", "library-1.0");
  world.repository.configurations["topic"] = "nonsense";
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  EXPECT_EQ(review->verdict.decision, Decision::do_not_merge);
}

TEST(Review, SaysWhatIsMissing) {
  World world;
  EXPECT_EQ(world.review({.base = "main", .head = "nowhere"}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(world.review({.base = "main", .head = "topic", .jobs = {"nowhere"}}).error().code(), ErrorCode::invalid_argument);
  world.repository.configurations.clear();
  const auto review = world.review();
  ASSERT_FALSE(review);
  EXPECT_NE(review.error().message().find("--file"), std::string::npos);
}

TEST(Review, OwnJobNeedsNoConfiguration) {
  World world;
  world.repository.configurations.clear();
  EXPECT_TRUE(world.review({.base = "main", .head = "topic", .job = Job{.name = "x", .file = "default.nix"}}));
}

TEST(Review, ResourceFailuresAreNeitherRememberedNorMerged) {
  World world;
  world.set("topic", "library-1.0");
  world.attributes("topic").push_back({AttributePath({"z"}), EvaluationError{EvaluationFailure::out_of_memory, "", {}}});
  const auto review = world.review();
  ASSERT_TRUE(review);
  EXPECT_EQ(review->verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(world.database.evaluations.size(), 1U);
}

TEST(Review, AnEvaluatorThatCannotRunFailsTheReview) {
  World world;
  world.evaluator.failure = Error(ErrorCode::unavailable, "no sandbox");
  EXPECT_EQ(world.review().error().code(), ErrorCode::unavailable);
}

TEST(Review, AFullDatabaseCostsTheMemoOnly) {
  World world;
  world.database.store_failure = Error(ErrorCode::resource_exhausted, "disk full");
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  EXPECT_EQ(review->jobs[0].rebuild_count, 2U);
  EXPECT_FALSE(review->notes.empty());
}

TEST(Review, ALostMemoIsMadeAgain) {
  World world;
  ASSERT_TRUE(world.review());
  world.database.derivations.clear();
  const auto review = world.review();
  ASSERT_TRUE(review) << review.error().to_string();
  EXPECT_EQ(review->jobs[0].rebuild_count, 2U);
  EXPECT_EQ(world.evaluator.evaluations, 4);
}

TEST(Review, StopsWhenCancelled) {
  World world;
  CancelSource source;
  source.request_stop();
  const auto review = run_review({.base = "main", .head = "topic"}, world.ports(), world.clock, world.observer, source.get_token());
  EXPECT_EQ(review.error().code(), ErrorCode::cancelled);
}

/// Performs effects in an order that the random numbers choose, one at a time.
Result<Review> review_in_order(World& world, const ReviewRequest& request, const std::vector<std::uint8_t>& order) {
  const Ports ports = world.ports();
  SourceSupply sources(ports.repository, ports.evaluator, {});
  Performer performer(ports, sources, [](const Event&) {}, {});
  ReviewLife life(request);
  std::vector<Effect> due = life.start();
  for (std::size_t step = 0; !life.result(); ++step) {
    const std::size_t chosen = order.empty() ? 0 : order[step % order.size()] % due.size();
    Effect effect = std::move(due[chosen]);
    due.erase(due.begin() + static_cast<std::ptrdiff_t>(chosen));
    for (Effect& next : life.handle(performer.perform(std::move(effect)))) due.push_back(std::move(next));
  }
  return *life.result();
}

TEST(ReviewLife, TheOrderOfAnswersDoesNotChangeTheReview) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& order, bool remembered) {
    World world;
    world.repository.configurations = {{"main", "a:a.nix b:b.nix"}, {"topic", "a:a.nix c:c.nix"}};
    ReviewRequest request{
        .base = "main", .head = "topic", .systems = {System::parse("x86_64-linux").value(), System::parse("aarch64-linux").value()}};
    request.budget.workers = 2;
    if (remembered) RC_ASSERT(review_in_order(world, request, {}).has_value());
    const auto one = review_in_order(world, request, {});
    World fresh;
    fresh.repository.configurations = world.repository.configurations;
    const auto other = review_in_order(fresh, request, order);
    RC_ASSERT((one.has_value() && other.has_value()));
    RC_ASSERT(one->jobs.size() == other->jobs.size());
    for (std::size_t i = 0; i < one->jobs.size(); ++i) {
      RC_ASSERT(one->jobs[i].job == other->jobs[i].job);
      RC_ASSERT(one->jobs[i].changes == other->jobs[i].changes);
      RC_ASSERT(one->jobs[i].rebuild_count == other->jobs[i].rebuild_count);
    }
    RC_ASSERT(one->verdict == other->verdict);
  }));
}

}  // namespace
}  // namespace ekaci::engine
