#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "review/judge.h"
#include "review/store_sample_test.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;
using Presence = JobReview::Presence;
using enum OutcomeKind;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

Transition transition_of(OutcomeKind head) {
  if (head == succeeded) return Transition::still_succeeding;
  return head == failed ? Transition::still_failing : Transition::unknown;
}

/// A rebuilt attribute; a size that is not known where a side is empty.
Change rebuilt(std::string name, std::optional<std::uint64_t> base, std::optional<std::uint64_t> head, OutcomeKind base_kind = succeeded,
               OutcomeKind head_kind = succeeded) {
  Change change = StoreSample::change(std::move(name), "b:p.drv", "h:p.drv");
  change.build = BuildChange{.transition = transition_of(head_kind), .head = head_kind, .base = base_kind};
  if (base || head) change.size = SizeChange{.closure = {.base = base, .head = head}};
  return change;
}

JobReview checked_job(std::vector<Change> changes, double max_increase_percent = 10) {
  JobReview job = StoreSample::job(std::move(changes));
  for (SideSummary* side : {&job.base, &job.head}) {
    side->attributes = 1;
    side->derivations = 1;
  }
  job.size_check = SizeCheck{.max_increase_percent = max_increase_percent};
  return job;
}

Review review_of(std::vector<JobReview> jobs) {
  const std::string commit(40, 'a');
  Review review{.base_name = "main", .head_name = "topic", .base = *CommitId::parse(commit), .head = *CommitId::parse(commit)};
  review.merged_tree = *TreeId::parse(commit);
  review.jobs = std::move(jobs);
  review.builds = BuildSummary{};
  return review;
}

Verdict judged(std::vector<JobReview> jobs) { return judge(review_of(std::move(jobs)), {}); }

std::optional<Requirement> bounds_of(const Verdict& verdict) {
  const auto found = std::ranges::find(verdict.requirements, "sizes-within-bounds", &Requirement::name);
  return found == verdict.requirements.end() ? std::nullopt : std::optional(*found);
}

State state_of(std::vector<JobReview> jobs) { return bounds_of(judged(std::move(jobs))).value().state; }
std::string text_of(std::vector<JobReview> jobs) { return bounds_of(judged(std::move(jobs))).value().text; }

TEST(JudgeSizes, IsARequirementOnlyWhereAJobOfBaseWantsIt) {
  JobReview job = checked_job({rebuilt("hello", 100, 900)});
  EXPECT_TRUE(bounds_of(judged({job})).has_value());
  JobReview added = job;
  added.presence = Presence::added;
  EXPECT_FALSE(bounds_of(judged({added})).has_value()) << "what head adds of its own accord cannot stand against it";
  job.size_check.reset();
  EXPECT_FALSE(bounds_of(judged({job})).has_value());
  EXPECT_EQ(judged({job}).decision, Decision::merge);
}

TEST(JudgeSizes, StandsBetweenBuildingAndTheConfiguration) {
  const Verdict verdict = judged({checked_job({rebuilt("hello", 100, 100)})});
  std::vector<std::string> names;
  for (const Requirement& requirement : verdict.requirements) names.push_back(requirement.name);
  EXPECT_EQ(names, (std::vector<std::string>{"no-conflict", "evaluates", "nothing-newly-unevaluable", "nothing-removed", "built",
                                             "nothing-newly-failing", "sizes-within-bounds", "configuration-unchanged"}));
}

TEST(JudgeSizes, MergesWhatStaysWithinItsBounds) {
  const Verdict verdict = judged({checked_job({rebuilt("hello", 1000, 1100), rebuilt("other", 1000, 10)})});
  EXPECT_EQ(verdict.decision, Decision::merge);
  EXPECT_EQ(bounds_of(verdict).value().state, State::met);
  EXPECT_EQ(bounds_of(verdict).value().text, "2 closures were measured; none grew by more than is allowed");
}

TEST(JudgeSizes, RefusesWhatGrowsTooMuchAndNamesTheWorst) {
  const std::uint64_t base = 31'562'138;  // 30.1 MiB
  const Verdict verdict = judged({checked_job({rebuilt("big", 100 * kMebibyte, 111 * kMebibyte), rebuilt("hello", base, base * 1142 / 1000),
                                               rebuilt("small", 1000, 1101), rebuilt("well", 1000, 1100)})});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
  EXPECT_EQ(bounds_of(verdict).value().state, State::not_met);
  EXPECT_EQ(bounds_of(verdict).value().text, "closure of hello grew by 14.2 %, from 30.1 MiB to 34.4 MiB; 10 % are allowed (2 more)");
  EXPECT_EQ(verdict.sentence,
            "The closure of hello grew by 14.2 %, from 30.1 MiB to 34.4 MiB; 10 % are allowed (2 more); of the changed attributes, 4 "
            "succeed.");
}

TEST(JudgeSizes, WritesAsManyDecimalsAsItTakesToBeMore) {
  EXPECT_EQ(text_of({checked_job({rebuilt("a", 10'000, 11'001)})}),
            "closure of a grew by 10.01 %, from 9.8 KiB to 10.7 KiB; 10 % are allowed");
  EXPECT_EQ(text_of({checked_job({rebuilt("a", 1000, 1200)}, 7.5)}),
            "closure of a grew by 20.0 %, from 1000 B to 1.2 KiB; 7.5 % are allowed");
  EXPECT_EQ(text_of({checked_job({rebuilt("a", 1000, 1001)}, 0)}), "closure of a grew by 0.1 %, from 1000 B to 1001 B; 0 % are allowed");
}

TEST(JudgeSizes, GrowingFromNothingIsOverAnyBound) {
  EXPECT_EQ(text_of({checked_job({rebuilt("a", 0, 1024), rebuilt("b", 1, 1'000'000'000)}, 1e6)}),
            "closure of a grew from 0 B to 1.0 KiB; 1000000 % are allowed (1 more)");
  EXPECT_EQ(state_of({checked_job({rebuilt("a", 0, 0)}, 0)}), State::met);
}

TEST(JudgeSizes, EachJobHasItsOwnBound) {
  EXPECT_EQ(state_of({checked_job({rebuilt("a", 100, 150)}, 60), checked_job({rebuilt("a", 100, 105)}, 10)}), State::met);
  EXPECT_EQ(text_of({checked_job({rebuilt("a", 100, 150)}, 60), checked_job({rebuilt("a", 100, 105)}, 4)}),
            "closure of a grew by 5.0 %, from 100 B to 105 B; 4 % are allowed");
  JobReview unchecked = checked_job({rebuilt("a", 100, 900)});
  unchecked.size_check.reset();
  EXPECT_EQ(state_of({unchecked, checked_job({rebuilt("a", 100, 105)})}), State::met);
}

TEST(JudgeSizes, CannotTellWhereASideWasNotMeasured) {
  const Verdict verdict = judged({checked_job({rebuilt("a", std::nullopt, 100, not_built), rebuilt("b", 100, std::nullopt),
                                               rebuilt("c", std::nullopt, std::nullopt), rebuilt("d", 100, 100)})});
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(bounds_of(verdict).value().state, State::unknown);
  EXPECT_EQ(bounds_of(verdict).value().text, "not known for 3 changed attributes: 2 not measured at the base and 2 at head");
  EXPECT_EQ(verdict.sentence,
            "Whether closures grew by more than is allowed is not known for 3 changed attributes; of the changed attributes, 4 succeed.");
  EXPECT_EQ(text_of({checked_job({rebuilt("b", 100, std::nullopt)})}), "not known for 1 changed attribute: 1 not measured at head");
}

TEST(JudgeSizes, GrowingTooMuchOutweighsWhatIsUnknown) {
  EXPECT_EQ(judged({checked_job({rebuilt("a", std::nullopt, 100), rebuilt("b", 100, 900)})}).decision, Decision::do_not_merge);
}

TEST(JudgeSizes, WhatFailsOnASideHasNoSizeToKnow) {
  EXPECT_EQ(text_of({checked_job({rebuilt("a", std::nullopt, 100, failed), rebuilt("b", 100, std::nullopt, succeeded, failed)})}),
            "no closure had to be measured");
}

TEST(JudgeSizes, WhatIsNewOrUnchangedCountsAsMet) {
  Change added = rebuilt("added", std::nullopt, 100);
  added.kind = ChangeKind::added;
  added.base.reset();
  Change same = rebuilt("same", std::nullopt, std::nullopt);
  same.kind = ChangeKind::unchanged;
  same.build.reset();
  EXPECT_EQ(state_of({checked_job({added, same})}), State::met);
}

TEST(JudgeSizes, CannotTellWhereNothingWasBuilt) {
  Change change = rebuilt("a", std::nullopt, std::nullopt);
  change.build.reset();
  Review review = review_of({checked_job({change})});
  review.builds.reset();
  EXPECT_EQ(bounds_of(judge(review, {})).value().state, State::unknown);
}

TEST(JudgeSizes, CannotTellOfAJobThatIsRemovedOrCannotBeCompared) {
  JobReview removed = checked_job({});
  removed.presence = Presence::removed;
  EXPECT_EQ(state_of({removed}), State::unknown);
  EXPECT_EQ(text_of({checked_job({})}), "not known for job 'ci' on x86_64-linux");
}

TEST(JudgeSizes, ABoundThatIsNoNumberAllowsNothing) {
  EXPECT_EQ(state_of({checked_job({rebuilt("a", 100, 101)}, std::numeric_limits<double>::quiet_NaN())}), State::not_met);
}

TEST(JudgeSizes, NamesOfStrangersAreMadePrintable) {
  const std::string text = text_of({checked_job({rebuilt("a\x1b[2J", 100, 900)})});
  EXPECT_EQ(std::ranges::count(text, '\x1b'), 0);
}

TEST(JudgeSizes, IsMetOnlyWhereEveryGrowthIsKnownAndAllowed) {
  EXPECT_TRUE(rc::check([] {
    std::vector<Change> changes;
    bool all_known = true;
    bool all_allowed = true;
    const auto percent = *rc::gen::inRange<std::uint64_t>(0, 50);
    const auto side = [] { return *rc::gen::inRange(0, 6) == 0 ? std::nullopt : std::optional(*rc::gen::inRange<std::uint64_t>(0, 200)); };
    const auto number = *rc::gen::inRange<std::size_t>(1, 6);
    for (std::size_t i = 0; i < number; ++i) {
      const std::optional<std::uint64_t> base = side();
      const std::optional<std::uint64_t> head = side();
      changes.push_back(rebuilt("a" + std::to_string(i), base, head));
      all_known = all_known && base && head;
      if (base && head) all_allowed = all_allowed && 100 * *head <= (100 + percent) * *base;
    }
    const State wanted = all_allowed ? (all_known ? State::met : State::unknown) : State::not_met;
    RC_ASSERT(state_of({checked_job(changes, static_cast<double>(percent))}) == wanted);
  }));
}

}  // namespace
}  // namespace ekaci::review
