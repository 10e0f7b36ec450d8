#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forge/desk_test.h"

/// What the desk answers operators.
namespace ekaci::forge {
namespace {

using testing::IsEmpty;

using namespace std::chrono_literals;

using DeskOrders = DeskTest;

TEST_F(DeskOrders, AnOperatorHasADecidedSubjectReviewedAgain) {
  end(begun(hear_of(pull_request('a'))), Decision::do_not_merge);
  const DeskDecision again = order(OrderKind::review);
  EXPECT_EQ(again.answer->value(), "to be reviewed again");
  EXPECT_FALSE(all_of<StartReview>(again).front().retry_failed);
  end(begun(again));
  const DeskDecision retried = order(OrderKind::retry_failed);
  EXPECT_TRUE(all_of<StartReview>(retried).front().retry_failed);
  EXPECT_TRUE(retried.keep.subjects.front().retry_failed);
}

TEST_F(DeskOrders, WhatIsOrderedWhileAReviewRunsFollowsIt) {
  const ReviewId first = begun(hear_of(pull_request('a')));
  EXPECT_THAT(order(OrderKind::retry_failed).then, IsEmpty());
  EXPECT_TRUE(all_of<StartReview>(end(first)).front().retry_failed);
}

TEST_F(DeskOrders, AnOperatorCancelsWhatRuns) {
  const ReviewId review = begun(hear_of(pull_request('a')));
  const DeskDecision cancelled = order(OrderKind::cancel);
  EXPECT_EQ(all_of<StopReview>(cancelled).front().id, review);
  EXPECT_EQ(told(cancelled, 'a')->conclusion, Conclusion::cancelled);
  EXPECT_EQ(cancelled.keep.subjects.front().decision, Decision::cannot_tell);
  EXPECT_THAT(desk_.handle(now_, ReviewEnded{review, fail(ErrorCode::cancelled, "stopped")}).then, IsEmpty());
  EXPECT_THAT(order(OrderKind::cancel).answer->value(), testing::HasSubstr("nothing to cancel"));
}

TEST_F(DeskOrders, AnOperatorCancelsWhatRests) {
  const ReviewId review = begun(hear_of(pull_request('a')));
  desk_.handle(now_, ReviewEnded{review, fail(ErrorCode::unavailable, "no disk")});
  ASSERT_TRUE(desk_.alarm());
  EXPECT_EQ(told(order(OrderKind::cancel), 'a')->conclusion, Conclusion::cancelled);
  EXPECT_FALSE(desk_.alarm());
}

TEST_F(DeskOrders, OrdersForWhatIsUnknownOrClosedAreRefused) {
  EXPECT_EQ(order(OrderKind::review, 99).answer->error().code(), ErrorCode::not_found);
  PullRequest closed = pull_request('a');
  closed.state = PullRequest::State::closed;
  hear_of(closed);
  const DeskDecision refused = order(OrderKind::review);
  EXPECT_EQ(refused.answer->error().code(), ErrorCode::conflict);
  EXPECT_TRUE(refused.keep.is_empty());
}

TEST_F(DeskOrders, ADraftIsReviewedAgainWhenItIsReady) {
  PullRequest draft = pull_request('a');
  draft.state = PullRequest::State::draft;
  hear_of(draft);
  const DeskDecision ordered = order(OrderKind::retry_failed);
  EXPECT_THAT(ordered.answer->value(), testing::HasSubstr("draft"));
  EXPECT_THAT(ordered.then, IsEmpty());
  EXPECT_TRUE(all_of<StartReview>(hear_of(pull_request('a'), 1s)).front().retry_failed);
}

TEST_F(DeskOrders, WhatIsCancelledWhileAnOlderHeadIsFinishedLeavesNeitherCheckOpen) {
  desk_ = desk_of(DeskPolicy{.superseded = DeskPolicy::Abandoned::finish});
  hear_of(pull_request('a'));
  hear_of(pull_request('b'), 1s);
  const DeskDecision cancelled = order(OrderKind::cancel);
  EXPECT_EQ(told(cancelled, 'a')->conclusion, Conclusion::cancelled);
  EXPECT_EQ(told(cancelled, 'b')->conclusion, Conclusion::cancelled);
}

}  // namespace
}  // namespace ekaci::forge
