#include "review/skip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "review/judge.h"

namespace ekaci::review {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RepositoryConfiguration configuration(const std::vector<std::string>& patterns) {
  RepositoryConfiguration configuration{.jobs = {Job{.name = "packages", .file = "ci/jobs"}}, .notes = {}};
  for (const std::string& pattern : patterns) configuration.skip.push_back(PathPattern::parse(pattern).value());
  return configuration;
}

std::vector<std::string> skipped(const std::vector<std::string>& patterns, const std::vector<std::string>& paths) {
  return skipping_patterns(configuration(patterns), paths);
}

TEST(Skip, NeedsEveryPathToMatch) {
  EXPECT_THAT(skipped({"doc/**", "*.md"}, {"README.md", "doc/a.txt"}), ElementsAre("doc/**", "*.md"));
  EXPECT_THAT(skipped({"doc/**", "*.md"}, {"README.md"}), ElementsAre("*.md"));
  EXPECT_THAT(skipped({"doc/**"}, {"doc/a.txt", "pkgs/a.txt"}), IsEmpty());
  EXPECT_THAT(skipped({}, {"README.md"}), IsEmpty());
  EXPECT_THAT(skipped({"**"}, {}), IsEmpty()) << "nothing changed: nothing to skip";
}

TEST(Skip, OfPatternsThatMatchTheLastOneHolds) {
  EXPECT_THAT(skipped({"doc/**", "!doc/example/**"}, {"doc/example/a"}), IsEmpty());
  EXPECT_THAT(skipped({"doc/**", "!doc/example/**", "doc/example/*.md"}, {"doc/example/a.md"}), ElementsAre("doc/example/*.md"));
  EXPECT_THAT(skipped({"!doc/a", "doc/**"}, {"doc/a"}), ElementsAre("doc/**"));
}

TEST(Skip, WhatTellsWhatIsEvaluatedIsAlwaysLookedAt) {
  for (const std::string path :
       {".ekaci/config.json", ".ekaci", ".eka-ci/config.json", "default.nix", "doc/shell.nix", "flake.lock", "doc/flake.lock", "ci/jobs"}) {
    EXPECT_THAT(skipped({"**"}, {path}), IsEmpty()) << path;
  }
  EXPECT_THAT(skipped({"**"}, {".ekacity"}), ElementsAre("**"));
}

TEST(Skip, WhatNobodyCouldReadIsLookedAt) {
  EXPECT_THAT(skipped({"**"}, {"doc/a\nb"}), IsEmpty());
  EXPECT_THAT(skipped({"**"}, {"doc/\xff"}), IsEmpty());
}

TEST(Skip, TooManyPathsAreLookedAt) {
  EXPECT_THAT(skipped({"**"}, std::vector<std::string>(10'000, "a")), ElementsAre("**"));
  EXPECT_THAT(skipped({"**"}, std::vector<std::string>(10'001, "a")), IsEmpty());
  EXPECT_THAT(skipped({"**"}, std::vector<std::string>(300, std::string(4000, 'a'))), IsEmpty());
}

TEST(Skip, MorePathsNeverMakeItSkip) {
  EXPECT_TRUE(rc::check([] {
    const auto path = rc::gen::element<std::string>("README.md", "doc/a.md", "doc/a.nix", "doc/b/c", "pkgs/a", "flake.lock");
    const auto pattern = rc::gen::element<std::string>("*.md", "doc/**", "!doc/b/*", "**", "pkgs/*");
    const auto patterns = *rc::gen::container<std::vector<std::string>>(pattern);
    const auto paths = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(path));
    const bool all = !skipped(patterns, paths).empty();
    RC_ASSERT(all == std::ranges::all_of(paths, [&](const std::string& each) { return !skipped(patterns, {each}).empty(); }));
  }));
}

Review merged_review() {
  const std::string id(40, 'a');
  return {.base_name = "main",
          .head_name = "#1",
          .base = *CommitId::parse(id),
          .head = *CommitId::parse(id),
          .merged_tree = *TreeId::parse(id),
          .changed_files = 3};
}

TEST(Skip, TheVerdictNamesTheRuleAndWhereItStands) {
  Review review = merged_review();
  review.verdict = judge_skipped(review, {.file = ".ekaci/config.json", .patterns = {"doc/**", "*.md"}});
  EXPECT_EQ(review.verdict.decision, Decision::merge);
  EXPECT_EQ(review.verdict.sentence,
            "Nothing to review: all 3 changed files match skip.paths in .ekaci/config.json of the base (doc/** and *.md); nothing was "
            "evaluated.");
  EXPECT_TRUE(is_skipped(review));
  for (const Requirement& requirement : review.verdict.requirements) EXPECT_EQ(requirement.state, Requirement::State::met);
  review.changed_files = 1;
  EXPECT_THAT(judge_skipped(review, {}).sentence, HasSubstr("the one changed file matches"));
}

TEST(Skip, AReviewThatEvaluatedIsNotSkipped) {
  Review review = merged_review();
  review.verdict = judge(review, {});
  EXPECT_FALSE(is_skipped(review));
}

TEST(Skip, AChangeOfTheRulesHasToBeAccepted) {
  const ConfigurationDifference difference = compare_configurations(configuration({"doc/**"}), configuration({"doc/**", "**"}));
  EXPECT_TRUE(difference.skip_differs);
  const Verdict verdict = judge(merged_review(), difference);
  EXPECT_EQ(verdict.requirements.back().state, Requirement::State::pending);
  EXPECT_THAT(verdict.requirements.back().text, HasSubstr("which paths need no review"));
}

}  // namespace
}  // namespace ekaci::review
