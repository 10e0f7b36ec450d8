#include "report/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "report/samples_builds_test.h"
#include "report/samples_test.h"

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

}  // namespace
}  // namespace ekaci::report
