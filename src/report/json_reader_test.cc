#include "report/json_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/json.h"
#include "report/samples_builds_test.h"
#include "report/samples_sizes_test.h"
#include "report/samples_test.h"

namespace ekaci::report {
namespace {

const std::string& world() {
  static const std::string text = to_json(world_sample());
  return text;
}

std::string problem_of(std::string_view text) {
  const Result<Review> review = from_json(text);
  return review ? "" : review.error().message();
}

std::string with(std::string text, std::string_view before, std::string_view after) {
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string::npos) << before;
  return at == std::string::npos ? text : text.replace(at, before.size(), after);
}

TEST(JsonReader, GivesBackEverythingThatWasWritten) {
  for (const auto& [name, review] : samples()) {
    const std::string text = to_json(review);
    const Result<Review> read = from_json(text);
    ASSERT_TRUE(read) << name << ": " << read.error().to_string();
    EXPECT_EQ(to_json(*read), text) << name;
  }
}

TEST(JsonReader, GivesBackJobsAsTheyWere) {
  Review review = world_sample();
  const Review read = from_json(to_json(review)).value();
  std::erase_if(review.jobs[0].changes, [](const Change& change) { return change.kind == ChangeKind::unchanged; });
  EXPECT_EQ(read.jobs, review.jobs);
  EXPECT_EQ(read.verdict, review.verdict);
}

TEST(JsonReader, GivesBackWhatAcceptanceIsWorth) {
  Review review = sample_review({});
  std::vector<Requirement>& requirements = review.verdict.requirements;
  ASSERT_GE(requirements.size(), 3U);
  requirements[0].acceptance = Requirement::Acceptance::given;
  requirements[1].acceptance = Requirement::Acceptance::awaited;
  EXPECT_EQ(from_json(to_json(review)).value().verdict, review.verdict);
}

TEST(JsonReader, KnowsWhatIsUnchangedByName) {
  const std::vector<Sample> all = samples();
  const Review& bump = std::ranges::find(all, "bump", &Sample::name)->review;
  const Review read = from_json(to_json(bump)).value();
  ASSERT_EQ(read.jobs[0].changes.size(), bump.jobs[0].changes.size());
  for (std::size_t i = 0; i < read.jobs[0].changes.size(); ++i) {
    EXPECT_EQ(read.jobs[0].changes[i].path, bump.jobs[0].changes[i].path);
    EXPECT_EQ(read.jobs[0].changes[i].kind, bump.jobs[0].changes[i].kind);
  }
}

TEST(JsonReader, ReadsReportsOfEarlierVersions) {
  nlohmann::json earlier = nlohmann::json::parse(to_json(leaf_sample()));
  std::uint64_t sum = 0;
  for (nlohmann::json& job : earlier["jobs"]) {
    for (const char* key : {"ownDifferences", "unchanged", "notDerivations"}) job.erase(key);
    for (const char* side : {"base", "head"}) job[side].erase("repeatable");
    sum += job["rebuildCount"].get<std::uint64_t>();
  }
  earlier["totals"]["rebuildCount"] = sum;
  const Result<Review> read = from_json(earlier.dump());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->rebuild_count, sum);
  const std::string written = to_json(*read);
  EXPECT_EQ(to_json(from_json(written).value()), written) << "what was not named stays so";
  earlier["totals"]["rebuildCount"] = sum + 1;
  EXPECT_EQ(problem_of(earlier.dump()), "totals.rebuildCount: cannot be what the jobs have together");
}

TEST(JsonReader, AnOwnDifferenceComesThrough) {
  Review review = leaf_sample();
  review.jobs[0].own_differences = {{.derivation = 0, .difference = {.environment = {{"version", "1", "2"}}}}};
  EXPECT_EQ(from_json(to_json(review)).value().jobs[0].own_differences, review.jobs[0].own_differences);
  review.jobs[0].own_differences[0].derivation = 9999;
  EXPECT_EQ(problem_of(to_json(review)), "jobs[0]: a step's own difference is of none of the rebuilds");
}

TEST(JsonReader, GivesBackBuildsAsTheyWere) {
  for (const auto& [name, review] : build_samples()) {
    const Review read = from_json(to_json(review)).value();
    EXPECT_EQ(read.builds.has_value(), true) << name;
    EXPECT_EQ(read.root_failures.size(), review.root_failures.size()) << name;
    for (std::size_t i = 0; i < review.jobs.size(); ++i) EXPECT_EQ(read.jobs[i].transitions, review.jobs[i].transitions) << name;
  }
  Review review = broken_root_sample();
  const Review read = from_json(to_json(review)).value();
  EXPECT_EQ(read.builds, review.builds);
  EXPECT_EQ(read.root_failures, review.root_failures);
  std::erase_if(review.jobs[0].changes, [](const Change& change) { return change.kind == ChangeKind::unchanged; });
  EXPECT_EQ(read.jobs, review.jobs);
}

TEST(JsonReader, SaysWhatIsWrongWithBuilds) {
  const std::string text = to_json(broken_root_sample());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {problem_of(with(text, "\"newly_failing\": 88", "\"newly_failing\": 87")),
       "jobs[0].transitions.newly_failing: but 88 of them are listed"},
      {problem_of(with(text, "\"transition\":\"newly_failing\"", "\"transition\":\"failing\"")), "build.transition: is no transition"},
      {problem_of(with(text, "\"outcome\":\"failed\"", "\"outcome\":\"broken\"")), "rootFailures[0].outcome: is no outcome"},
      {problem_of(with(text, "\"attempts\":1,", "\"attempts\":0,")), "rootFailures[0].result: does not go with the number of attempts"},
      {problem_of(with(text, "\"newlyFailing\":", "\"newlyFailing\":1")), "rootFailures[0].newlyFailing: is more than are affected"},
      {problem_of(with(text, "\"rootFailures\": [", "\"rootFailures\": [7,")), "rootFailures: has elements that are no objects"},
      {problem_of(with(text, "\"builds\": {", "\"other\": {")), "rootFailures: cannot be there where nothing was built"},
      {problem_of(with(text, "\"no_builder\": 0", "\"no_builder\": -1")), "builds.outcomes.no_builder: has to be a whole number"},
  };
  for (const auto& [problem, expected] : cases) EXPECT_NE(problem.find(expected), std::string::npos) << problem << "\nhas no\n" << expected;
}

TEST(JsonReader, GivesBackSizesAsTheyWere) {
  Review review = sizes_sample();
  const Review read = from_json(to_json(review)).value();
  std::erase_if(review.jobs[0].changes, [](const Change& change) { return change.kind == ChangeKind::unchanged; });
  EXPECT_EQ(read.jobs, review.jobs);
}

TEST(JsonReader, SaysWhatIsWrongWithSizes) {
  const std::string text = to_json(sizes_sample());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {problem_of(with(text, "\"closure\":{\"base\":null", "\"closure\":{\"base\":-1")),
       "closure.base: has to be a whole number from 0 to 9223"},
      {problem_of(with(text, "\"closure\":{\"base\":null", "\"closure\":{\"base\":9223372036854775808")),
       "closure.base: has to be a whole"},
      {problem_of(with(text, "\"buildClosure\":", "\"other\":")), "size.buildClosure: is missing"},
      {problem_of(with(text, "\"retained\":[0,2]", "\"retained\":[0,3]")), "jobs[0]: what a change retains is none of the retained"},
      {problem_of(with(text, "\"retained\":[0,2]", "\"retained\":[0,-1]")), "retained[1]: has to be a whole number"},
      {problem_of(with(text, "\"retained\": [", "\"retained\": [7,")), "jobs[0].retained: has elements that cannot stand there"},
      {problem_of(with(text, "\"kind\":\"gained\"", "\"kind\":\"won\"")), "jobs[0].retained[0].kind: is nothing that happens"},
      {problem_of(with(text, "\"kind\":\"gained\"", "\"kind\":\"lost\"")), "headVersions: cannot be there where the dependency is lost"},
      {problem_of(with(text, "\"example\":\"package03\"", "\"example\":\"..\"")), "jobs[0].retained[1].example: is no attribute path"},
      {problem_of(with(text, "\"way\":[\"/nix/", "\"way\":[\"/etc/")), "jobs[0].retained[0].way[0]: has to be a store path"},
      {problem_of(with(text, "\"maxIncreasePercent\": 12.5", "\"maxIncreasePercent\": -12.5")),
       "jobs[0].sizeCheck.maxIncreasePercent: has to be a number from 0 to 1000000"},
      {problem_of(with(text, "\"maxIncreasePercent\": 12.5", "\"maxIncreasePercent\": \"12\"")), "has to be a number from 0 to"},
  };
  for (const auto& [problem, expected] : cases) EXPECT_NE(problem.find(expected), std::string::npos) << problem << "\nhas no\n" << expected;
}

TEST(JsonReader, AnySizeComesThrough) {
  EXPECT_TRUE(rc::check([](const std::string& text, std::uint32_t number, bool is_known) {
    static const Review sample = sizes_sample();
    Review review = sample;
    JobReview& job = review.jobs[0];
    job.size_check->max_increase_percent = static_cast<double>(number) / 4295;
    const std::optional<std::uint64_t> size = is_known ? std::optional<std::uint64_t>(number) : std::nullopt;
    SizeChange& change = *std::ranges::find_if(job.changes, [](const Change& each) { return each.size.has_value(); })->size;
    change = {.outputs = {{text, size, std::nullopt}}, .closure = {size, 0}, .build_closure = {}, .responsible = {{text, number, 0}}};
    job.retained[2].name = text;
    job.retained[2].base_versions = {text, ""};
    job.retained[2].example = AttributePath({text, text});
    job.retained[2].attributes = number;
    const std::string written = to_json(review);
    RC_ASSERT(to_json(from_json(written).value()) == written);
  }));
}

TEST(JsonReader, AnyTextOfARootFailureComesThrough) {
  EXPECT_TRUE(rc::check([](const std::string& text, std::uint32_t number) {
    static const Review sample = broken_root_sample();
    Review review = sample;
    RootFailure& root = review.root_failures.front();
    root.message = root.phase = root.system = root.log = text;
    root.last_lines = root.attributes = {text, text};
    root.attempts = number;
    root.affected += number;
    review.builds->builders = {text};
    review.builds->outcomes[OutcomeKind::cancelled] = number;
    const std::string written = to_json(review);
    RC_ASSERT(to_json(from_json(written).value()) == written);
  }));
}

TEST(JsonReader, AnyTextComesThrough) {
  EXPECT_TRUE(rc::check([](const std::string& text, std::uint32_t number) {
    static const Review sample = world_sample();
    Review review = sample;
    Change& change = review.jobs[0].changes[0];
    change.path = AttributePath{text, text};
    change.head_metadata = Metadata{.pname = text, .licences = {text}, .position = SourcePosition{text, number, number}, .problem = text};
    review.jobs[0].origins[0].lines = {{{text, number, 0}, text}};
    review.jobs[0].origins[0].difference->environment = {{text, text, std::nullopt}};
    review.notes = {text};
    review.changed_files = number;
    const std::string written = to_json(review);
    RC_ASSERT(to_json(from_json(written).value()) == written);
  }));
}

TEST(JsonReader, SaysWhereTextIsNoJson) {
  EXPECT_EQ(problem_of("{\n  \"a\": ]").find("line 2, column 8: not JSON: "), 0U) << problem_of("{\n  \"a\": ]");
  EXPECT_NE(problem_of(""), "");
  EXPECT_NE(problem_of(world().substr(0, world().size() / 2)), "");
  EXPECT_NE(problem_of(world() + "{}"), "");
  EXPECT_EQ(problem_of("{}"), "the report: the key schema is missing: this is no review");
  EXPECT_EQ(problem_of("[]"), "the report: the key schema is missing: this is no review");
}

TEST(JsonReader, ReadsOnlyTheSchemaThatItKnows) {
  EXPECT_EQ(problem_of(with(world(), "ekaci.review/1", "ekaci.review/2")),
            "schema: this version reads reports of ekaci.review/1 only; review again");
}

TEST(JsonReader, SaysWhatIsWrongAndWhere) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {problem_of(with(world(), "\"changedFiles\": 8", "\"changedFiles\": -8")),
       "changedFiles: has to be a whole number from 0 to 18446744073709551615"},
      {problem_of(with(world(), "\"changedFiles\": 8", "\"changedFiles\": 8.5")),
       "changedFiles: has to be a whole number from 0 to 18446744073709551615"},
      {problem_of(with(world(), "\"changedFiles\"", "\"changedFile\"")), "changedFiles: is missing"},
      {problem_of(with(world(), "\"changedPaths\"", "\"changedFiles\"")), "the key 'changedFiles' stands there twice"},
      {problem_of(with(world(), "\"unchanged\": 0", "\"unchanged\": 1")), "totals.counts.unchanged: is not the sum over the jobs"},
      {problem_of(with(world(), "\"direct\":false", "\"direct\":0")), "direct: has to be true or false"},
      {problem_of(with(world(), "\"drvPath\":\"/nix/", "\"drvPath\":\"/etc/")), "drvPath: has to be a store path"},
      {problem_of(with(world(), "\"towards\":0", "\"towards\":3")), "jobs[0].rebuilds: a way does not lead down to an origin"},
      {problem_of(with(world(), "\"towards\":0", "\"towards\":9999")), "jobs[0].rebuilds: a way does not lead down to an origin"},
      {problem_of(with(world(), "\"derivation\":0", "\"derivation\":9999")), "jobs[0].origins: an origin is none of the rebuilds"},
      {problem_of(with(world(), "\"rebuild\":3", "\"rebuild\":9999")), "jobs[0]: a change's derivation is none of the rebuilds"},
      {problem_of(with(world(), "\"change\":\"rebuilt\"", "\"change\":\"added\"")), "jobs[0].counts.added: but 2 of them are listed"},
      {problem_of(with(world(), "\"change\":\"rebuilt\"", "\"change\":\"unchanged\"")), "is no kind of change that is listed"},
      {problem_of(with(world(), "\"job\":\"ci\"", "\"job\":\"other\"")), "changes: a change is of no job that is there"},
      {problem_of(with(world(), "\"decision\": \"do_not_merge\"", "\"decision\": \"perhaps\"")), "verdict.decision: is none of the words"},
  };
  for (const auto& [problem, expected] : cases) {
    EXPECT_NE(problem.find(expected), std::string::npos) << problem << "\nhas no\n" << expected;
  }
}

TEST(JsonReader, BoundsWhatATextCanCost) {
  EXPECT_EQ(problem_of(std::string(1'000'000, '[')), "the report: nested more than 32 levels deep");
  std::string many = "{\"notes\": [0";
  for (int i = 0; i < 1'000'000; ++i) many += ",0";
  EXPECT_EQ(problem_of(many + "]}"), "the report: more than 1000000 values in one place");
}

TEST(JsonReader, PassesOverWhatANewerVersionAdds) {
  const Result<Review> read = from_json(with(world(), "\"changedFiles\"", "\"novelty\": {\"changes\": [1]}, \"changedFiles\""));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(to_json(*read), world());
}

TEST(JsonReader, TheOrderOfKeysDoesNotMatter) {
  const std::size_t jobs = world().find("  \"jobs\": [");
  const std::size_t changes = world().find("  \"changes\": [");
  const std::string all = "{\n" + world().substr(changes, world().size() - changes - 3) + ",\n" + world().substr(jobs, changes - jobs) +
                          world().substr(2, jobs - 4) + "}\n";
  const Result<Review> read = from_json(all);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(to_json(*read), world());
}

TEST(JsonReader, DamagedTextIsReadAsWrittenOrNotAtAll) {
  static const std::string text = to_json(leaf_sample());
  EXPECT_TRUE(rc::check([](char byte) {
    std::string damaged = text;
    damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] = byte;
    const Result<Review> read = from_json(damaged);
    if (!read) return;
    const std::string written = to_json(*read);
    RC_ASSERT(to_json(from_json(written).value()) == written);
  }));
}

}  // namespace
}  // namespace ekaci::report
