#include "report/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "report/samples_builds_test.h"
#include "report/samples_test.h"
#include "review/skip.h"

namespace ekaci::report {
namespace {

using forge::Check;
using forge::CheckStatus;
using forge::Conclusion;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

CheckOptions options_for(const Review& review) { return {.repository = {12}, .head = review.head}; }

std::set<std::string> names_of(const ReviewChecks& checks) {
  std::set<std::string> names;
  for (const Check& check : checks.others) names.insert(check.name);
  return names;
}

TEST(ReviewChecks, TheSummaryIsConcludedWithTheVerdict) {
  const Review review = broken_root_sample();
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_EQ(checks.summary.status, CheckStatus::completed);
  EXPECT_EQ(checks.summary.conclusion, Conclusion::failure);
  EXPECT_THAT(checks.summary.title, HasSubstr("newly fail"));
  EXPECT_LE(checks.summary.summary.size(), forge::kMaxCheckText);
}

TEST(ReviewChecks, OnlyMergeIsASuccess) {
  Review review = leaf_sample();
  for (const Decision decision : {Decision::merge, Decision::do_not_merge, Decision::wait, Decision::cannot_tell}) {
    review.verdict.decision = decision;
    const auto conclusion = to_checks(review, options_for(review)).summary.conclusion;
    EXPECT_EQ(conclusion, decision == Decision::merge ? Conclusion::success : Conclusion::failure) << to_string(decision);
  }
}

TEST(ReviewChecks, WhatIsOpenForWantOfAnApprovalAsksForIt) {
  Review review = leaf_sample();
  review.verdict.decision = Decision::cannot_tell;
  CheckOptions options = options_for(review);
  options.building = CheckOptions::Building::withheld;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_EQ(checks.summary.conclusion, Conclusion::action_required);
  EXPECT_THAT(checks.summary.actions, Contains(Field(&forge::CheckAction::identifier, std::string(forge::kApprove))));
  review.verdict.decision = Decision::do_not_merge;
  EXPECT_EQ(to_checks(review, options).summary.conclusion, Conclusion::failure);
}

TEST(ReviewChecks, EveryJobAndNewlyFailingAttributeHasOne) {
  const Review review = broken_root_sample();
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_THAT(names_of(checks), SizeIs(checks.others.size()));
  EXPECT_THAT(names_of(checks), Contains(HasSubstr("EkaCI / evaluate ")));
  EXPECT_THAT(names_of(checks), Contains(HasSubstr("EkaCI / build ")));
  for (const Check& check : checks.others) {
    EXPECT_EQ(check.text.status, CheckStatus::completed);
    EXPECT_EQ(check.head, review.head);
    EXPECT_TRUE(check.text.conclusion);
  }
}

TEST(ReviewChecks, NewlyFailingAttributesBeyondTheBoundAreCounted) {
  const Review review = broken_root_sample();
  CheckOptions options = options_for(review);
  options.attributes = 0;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_THAT(names_of(checks), Not(Contains(HasSubstr("EkaCI / build "))));
  EXPECT_THAT(checks.summary.summary, HasSubstr("have a check of their own"));
}

const Check* find(const ReviewChecks& checks, const std::string& part) {
  const auto found = std::ranges::find_if(checks.others, [&](const Check& check) { return check.name.find(part) != std::string::npos; });
  return found == checks.others.end() ? nullptr : &*found;
}

/// A review in which one attribute has each transition, and one has none: it was not built.
Review review_of_each_transition() {
  Review review = leaf_sample();
  Change change = review.jobs.front().changes.front();
  review.jobs.resize(1);
  review.root_failures.clear();
  std::vector<Change>& changes = review.jobs.front().changes;
  changes.clear();
  const auto derivation = [](std::string_view name) {
    return EvaluatedDerivation{
        .path = *StorePath::from_parts(StoreHash{}, std::string(name) + ".drv"), .name = std::string(name), .outputs = {"out"}};
  };
  const auto add = [&](std::string_view name, std::optional<BuildChange> build) {
    change.path = AttributePath{std::string(name)};
    change.kind = ChangeKind::rebuilt;
    change.base = derivation("old");
    change.head = derivation(name);
    change.build = build;
    changes.push_back(change);
  };
  for (const Transition transition : kTransitions) add(to_string(transition), BuildChange{.transition = transition});
  add("cancelled", BuildChange{.transition = Transition::unknown, .head = OutcomeKind::cancelled});
  add("unbuilt", std::nullopt);
  add("same", std::nullopt);
  changes.back().head = changes.back().base;
  return review;
}

TEST(ReviewChecks, EveryChangedAttributeHasOneWhereAskedFor) {
  const Review review = review_of_each_transition();
  CheckOptions options = options_for(review);
  options.shown = CheckOptions::Shown::changed;
  const ReviewChecks checks = to_checks(review, options);
  const std::map<std::string, Conclusion> expected{
      {"newly_failing", Conclusion::failure},    {"failing_base_unknown", Conclusion::failure},
      {"still_failing", Conclusion::neutral},    {"newly_succeeding", Conclusion::success},
      {"still_succeeding", Conclusion::success}, {"succeeding_base_not_built", Conclusion::success},
      {"added_succeeding", Conclusion::success}, {"added_failing", Conclusion::failure},
      {"unknown", Conclusion::failure},          {"cancelled", Conclusion::cancelled},
      {"unbuilt", Conclusion::failure}};
  for (const auto& [name, conclusion] : expected) {
    const Check* check = find(checks, "EkaCI / build " + name + " (");
    ASSERT_NE(check, nullptr) << name;
    EXPECT_EQ(check->text.conclusion, conclusion) << name;
  }
  EXPECT_EQ(find(checks, "EkaCI / build same "), nullptr);
  options.building = CheckOptions::Building::withheld;
  EXPECT_EQ(find(to_checks(review, options), "EkaCI / build unbuilt ")->text.conclusion, Conclusion::action_required);
}

TEST(ReviewChecks, WhatFailsIsShownBeforeTheRest) {
  const Review review = review_of_each_transition();
  CheckOptions options = options_for(review);
  options.shown = CheckOptions::Shown::changed;
  options.attributes = 2;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_NE(find(checks, "EkaCI / build newly_failing "), nullptr);
  EXPECT_NE(find(checks, "EkaCI / build added_failing "), nullptr);
  EXPECT_EQ(find(checks, "EkaCI / build still_"), nullptr);
  EXPECT_THAT(checks.summary.summary, HasSubstr("At most 2 of 11 new and changed attributes"));
}

TEST(ReviewChecks, NoAttributeHasOneWhereNoneIsWanted) {
  const Review review = broken_root_sample();
  CheckOptions options = options_for(review);
  options.shown = CheckOptions::Shown::none;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_THAT(names_of(checks), Not(Contains(HasSubstr("EkaCI / build "))));
  EXPECT_THAT(checks.summary.summary, Not(HasSubstr("have a check of their own")));
}

TEST(ReviewChecks, WhatNeedsNoReviewIsNeutral) {
  Review review = leaf_sample();
  review.jobs.clear();
  review.verdict = review::judge_skipped(review, {.file = ".ekaci/config.json", .patterns = {"doc/**"}});
  CheckOptions options = options_for(review);
  options.building = CheckOptions::Building::withheld;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_EQ(checks.summary.conclusion, Conclusion::neutral);
  EXPECT_THAT(checks.summary.title, HasSubstr("Nothing to review"));
  EXPECT_THAT(checks.summary.title, HasSubstr(".ekaci/config.json"));
  EXPECT_THAT(checks.summary.summary, HasSubstr("nothing-to-review"));
  EXPECT_THAT(checks.summary.actions, Not(Contains(Field(&forge::CheckAction::identifier, std::string(forge::kApprove)))));
  EXPECT_THAT(checks.others, IsEmpty());
}

TEST(ReviewChecks, LimitsHoldForHostileReviews) {
  const Review review = hostile_builds_sample();
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_LE(checks.summary.summary.size(), forge::kMaxCheckText);
  for (const Check& check : checks.others) {
    EXPECT_LE(check.text.summary.size(), forge::kMaxCheckText);
    EXPECT_LE(check.text.annotations.size(), forge::kMaxAnnotations);
    EXPECT_THAT(check.name, Not(HasSubstr("\n")));
    EXPECT_THAT(check.name, Not(HasSubstr("\x1b")));
  }
}

TEST(ReviewChecks, AFileWhoseNameCannotBeShownHasNoAnnotation) {
  Review review = leaf_sample();
  JobReview& job = review.jobs.front();
  for (const char* file : {"a.nix", "a\x1b[31m.nix", "a\u202e.nix", "a\xff.nix"}) {
    EvaluationError error{.message = file, .position = SourcePosition{.file = file, .line = 3, .column = 1}};
    job.changes.push_back({.path = AttributePath{{file}}, .kind = ChangeKind::newly_erroring, .base = {}, .head = std::move(error)});
  }
  const ReviewChecks checks = to_checks(review, options_for(review));
  const Check* check = find(checks, "EkaCI / evaluate ");
  ASSERT_NE(check, nullptr);
  ASSERT_THAT(check->text.annotations, SizeIs(1));
  EXPECT_EQ(check->text.annotations.front().path, "a.nix");
}

}  // namespace
}  // namespace ekaci::report
