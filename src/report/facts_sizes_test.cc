#include "report/facts_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/facts_retained.h"
#include "report/filter.h"
#include "report/samples_builds_test.h"
#include "report/samples_sizes_test.h"

namespace ekaci::report {
namespace {

using testing::ElementsAre;

std::string name_of(const AttributePath& path) { return path.to_string(); }
std::string as_it_is(std::string_view text) { return std::string(text); }
constexpr NameWriters kWriters{.attribute = name_of, .command = as_it_is};

Change change(AttributePath path, BuildChange build, SizePair closure) {
  Change made{.path = std::move(path), .kind = ChangeKind::rebuilt, .base = {}, .head = {}};
  made.build = build;
  if (closure.base || closure.head) made.size = SizeChange{.closure = closure};
  return made;
}

constexpr BuildChange kBuilt{Transition::still_succeeding, OutcomeKind::succeeded, OutcomeKind::succeeded};
constexpr BuildChange kBaseNotBuilt{Transition::succeeding_base_not_built, OutcomeKind::succeeded, OutcomeKind::not_built};
constexpr BuildChange kBaseFailed{Transition::newly_succeeding, OutcomeKind::succeeded, OutcomeKind::failed};
constexpr BuildChange kFailed{Transition::newly_failing, OutcomeKind::failed, OutcomeKind::succeeded};
constexpr BuildChange kAdded{Transition::added_succeeding, OutcomeKind::succeeded, std::nullopt};

std::vector<JobReview> jobs_of(std::vector<Change> changes) {
  JobReview job{.job = "ci", .system = "x86_64-linux", .base = {}, .head = {}, .counts = {}, .changes = std::move(changes)};
  return {job};
}

TEST(SizeFacts, EveryAttributeCountsOnce) {
  const std::vector<JobReview> jobs =
      jobs_of({change({"a"}, kBuilt, {100, 150}), change({"b"}, kBuilt, {1000, 100}), change({"c"}, kBuilt, {7, 7}),
               change({"d"}, kAdded, {std::nullopt, 30}), change({"e"}, kBaseNotBuilt, {std::nullopt, 9}),
               change({"f"}, kFailed, {9, std::nullopt}), change({"g"}, kBaseFailed, {std::nullopt, 4}), change({"h"}, kBuilt, {})});
  const SizeFacts facts = size_facts(jobs);
  EXPECT_EQ(facts.known() + facts.unknown_sum(), 8U);
  EXPECT_EQ(sizes_in_words(facts, kWriters),
            "1 attribute grows, 1 shrinks, 1 stays, 1 is new, 4 unknown; largest growth a +50 B (+50.0 %); largest new d +30 B");
  EXPECT_EQ(gaps_in_words(facts, kWriters),
            "1 as base is not built (--base=all builds it), 1 as base does not build, 1 as head does not build, 1 as its closure is not in "
            "the store");
  ASSERT_EQ(facts.rows.size(), 2U);
  EXPECT_EQ(facts.rows[0].difference, -900) << "the largest difference, whatever its sign";
}

TEST(SizeFacts, WhatIsNotKnownIsSaidAndNeverZero) {
  const std::vector<JobReview> jobs = jobs_of({change({"a"}, kBaseNotBuilt, {}), change({"b"}, kBaseNotBuilt, {std::nullopt, 5})});
  const SizeFacts facts = size_facts(jobs);
  EXPECT_EQ(sizes_in_words(facts, kWriters), "unknown of all 2 attributes: base is not built (--base=all builds it)");
  EXPECT_TRUE(facts.rows.empty());
  EXPECT_EQ(sides_in_words({std::nullopt, 2048}), "unknown → 2.0 KiB");
}

TEST(SizeFacts, NothingIsSaidWhereNothingWasToBeBuilt) {
  EXPECT_TRUE(size_facts(world_sample().jobs).is_empty());
  EXPECT_EQ(retained_facts(world_sample().jobs).size(), 0U);
}

TEST(SizeFacts, WhatDiffersAlikeInSeveralPlacesIsOneRow) {
  std::vector<JobReview> jobs = jobs_of({change({"a"}, kBuilt, {100, 150})});
  jobs.push_back(jobs.front());
  jobs.push_back(jobs.front());
  jobs.back().changes.front().size->closure.head = 160;
  const SizeFacts facts = size_facts(jobs);
  EXPECT_EQ(facts.grown, 3U);
  ASSERT_EQ(facts.rows.size(), 2U);
  EXPECT_THAT(facts.rows[0].places, ElementsAre(2));
  EXPECT_THAT(facts.rows[1].places, ElementsAre(0, 1));
}

TEST(SizeFacts, SizesOfNoFileSystemDoNotOverflow) {
  const std::vector<JobReview> jobs = jobs_of({change({"a"}, kBuilt, {0, UINT64_MAX}), change({"b"}, kBuilt, {UINT64_MAX, 0})});
  const SizeFacts facts = size_facts(jobs);
  EXPECT_EQ(facts.rows[0].difference, INT64_MAX);
  EXPECT_EQ(facts.rows[1].difference, -INT64_MAX);
}

RetainedDependency dependency(RetainedKind kind, std::string name, std::vector<std::string> base, std::vector<std::string> head,
                              std::uint64_t attributes) {
  return {.kind = kind,
          .name = std::move(name),
          .base_versions = std::move(base),
          .head_versions = std::move(head),
          .attributes = attributes,
          .example = {"hello"}};
}

TEST(RetainedFacts, OneNameIsToldOnceForEachKind) {
  std::vector<JobReview> jobs = jobs_of({});
  jobs[0].retained = {dependency(RetainedKind::version_changed, "glibc", {"2.37"}, {"2.38"}, 900),
                      dependency(RetainedKind::version_changed, "glibc", {"2.36"}, {"2.38"}, 3),
                      dependency(RetainedKind::gained, "glibc", {}, {""}, 1), dependency(RetainedKind::lost, "hidden", {"1"}, {}, 0)};
  jobs.push_back(jobs.front());
  const RetainedFacts facts = retained_facts(jobs);
  EXPECT_EQ(retained_in_words(facts), "1 gained, 1 in another version");
  ASSERT_EQ(facts.version_changed.size(), 1U);
  EXPECT_EQ(retained_share(facts.version_changed[0]), "in 1,806 closures, ±0 B; in 6 of them between other versions");
  EXPECT_EQ(versions_of(*facts.version_changed[0].foremost), "2.37 → 2.38");
  EXPECT_EQ(versions_of(*facts.gained[0].foremost), "");
}

TEST(RetainedFacts, OneKindLeavesRoomToTheOthers) {
  std::vector<JobReview> jobs = jobs_of({});
  for (int i = 0; i < 30; ++i)
    jobs[0].retained.push_back(dependency(RetainedKind::version_changed, "set" + std::to_string(i), {"1"}, {"2"}, 100));
  jobs[0].retained.push_back(dependency(RetainedKind::gained, "openssl", {}, {"3"}, 1));
  const RetainedFacts facts = retained_facts(jobs);
  const std::vector<const RetainedFact*> shown = facts.foremost(10);
  ASSERT_EQ(shown.size(), 10U);
  EXPECT_EQ(shown[0]->foremost->name, "openssl");
  EXPECT_TRUE(facts.foremost(0).empty());
  EXPECT_EQ(facts.foremost(1000).size(), 31U);
}

TEST(RetainedFacts, TheWayIsNamedAndBounded) {
  const Review hostile = hostile_sizes_sample();
  const std::vector<std::string> way = way_of(hostile.jobs[0].retained[0]);
  ASSERT_EQ(way.size(), 8U) << "the attribute, three from each end, and what stands for the rest";
  EXPECT_EQ(way[1], "step00");
  EXPECT_EQ(way[4], "…");
  EXPECT_EQ(way[7], "step11");
  const Review sizes = sizes_sample();
  EXPECT_THAT(way_of(sizes.jobs[0].retained[0]), ElementsAre("package01", "curl", "openssl"));
  EXPECT_THAT(way_of(hostile.jobs[0].retained[1]), ElementsAre("the whole job"));
}

TEST(RetainedFacts, AFilterLeavesWhatItKeeps) {
  const Review review = sizes_sample();
  const Review kept = filtered(review, {.sets = {AttributePath{"llvm"}}});
  for (std::uint32_t i = 0; i < kept.jobs[0].retained.size(); ++i)
    EXPECT_LE(kept.jobs[0].retained[i].attributes, kept.jobs[0].changes.size());
  EXPECT_LT(retained_facts(kept.jobs).size(), retained_facts(review.jobs).size());
}

}  // namespace
}  // namespace ekaci::report
