#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forge/desk_test.h"

/// What the desk decides where one commit is the head of several pull requests: it has but one check.
namespace ekaci::forge {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

using DeskSharedHeads = DeskTest;

TEST_F(DeskSharedHeads, ACommitThatIsAnotherPullRequestsHeadAsWellIsNotGivenUp) {
  end(begun(hear_of(pull_request('a'))));
  PullRequest other = pull_request('a');
  other.number = {13};
  hear_of(other);
  other.head = commit('b');
  const DeskDecision pushed = hear_of(other, 1s);
  EXPECT_NE(told(pushed, 'a')->conclusion, Conclusion::cancelled);
  const auto begun_again = all_of<StartReview>(pushed);
  EXPECT_THAT(begun_again, Contains(testing::Field(&StartReview::subject, Subject(pull_request('a')))));
}

TEST_F(DeskSharedHeads, TheCheckOfACommitIsOpenUntilAllThatHaveItAreReviewed) {
  const ReviewId first = begun(hear_of(pull_request('a')));
  const ReviewId second = begun(hear_of(backport('a')));
  const DeskDecision half = end(first);
  EXPECT_EQ(told(half, 'a')->status, CheckStatus::in_progress);
  EXPECT_THAT(told(half, 'a')->title, testing::StartsWith("#13 is still to be reviewed"));
  EXPECT_EQ(told(end(second), 'a')->conclusion, Conclusion::success);
}

TEST_F(DeskSharedHeads, TheWorstVerdictOnACommitCountsAndIsReadLast) {
  const ReviewId first = begun(hear_of(pull_request('a')));
  const ReviewId second = begun(hear_of(backport('a')));
  end(first, Decision::do_not_merge);
  const DeskDecision better = end(second);
  EXPECT_EQ(told(better, 'a')->status, CheckStatus::in_progress) << "the worse one's review begins again, for its text";
  EXPECT_FALSE(desk_.subjects().begin()->second.decision) << "or it would be forgotten by a server that dies";
  const DeskDecision last = end(begun(better), Decision::do_not_merge);
  EXPECT_EQ(told(last, 'a')->conclusion, Conclusion::failure);
  EXPECT_THAT(told(last, 'a')->summary, testing::HasSubstr("- #13: merge"));
  EXPECT_THAT(last.then, IsEmpty());
}

TEST_F(DeskSharedHeads, AWorseVerdictCountsAlsoWhereItCannotBeMadeAgain) {
  desk_ = desk_of(DeskPolicy{.reviews_at_once = 2, .tries = 1});
  const ReviewId first = begun(hear_of(pull_request('a')));
  const ReviewId second = begun(hear_of(backport('a')));
  end(first, Decision::do_not_merge);
  const ReviewId again = begun(end(second));
  EXPECT_EQ(told(desk_.handle(now_, ReviewEnded{again, fail(ErrorCode::internal, "no")}), 'a')->conclusion, Conclusion::failure);
}

TEST_F(DeskSharedHeads, AButtonIsForAllThatHaveTheCommit) {
  desk_ = desk_of(DeskPolicy{.reviews_at_once = 2});
  PullRequest closed = pull_request('a', Association::none);
  closed.state = PullRequest::State::closed;
  hear_of(closed);
  for (const std::int64_t number : {13, 14}) {
    PullRequest other = pull_request('a', Association::none);
    other.number = {number};
    end(begun(hear_of(other)), Decision::wait);
  }
  const DeskDecision asked = hear(CheckActionNotice{.repository = repository(), .head = commit('a'), .identifier = "approve", .by = "rae"});
  const DeskDecision pressed = desk_.handle(now_, PermissionTold{all_of<AskPermission>(asked).at(0).id, Permission::write});
  const auto started = all_of<StartReview>(pressed);
  ASSERT_THAT(started, SizeIs(2));
  for (const StartReview& review : started) {
    EXPECT_EQ(review.builds, Builds::allowed);
    EXPECT_TRUE(review.is_approved);
  }
}

TEST_F(DeskSharedHeads, AnApprovalHoldsForAnotherThatComesToHaveTheCommit) {
  end(begun(hear_of(pull_request('a', Association::none))), Decision::wait);
  const DeskDecision asked = hear(CheckActionNotice{.repository = repository(), .head = commit('a'), .identifier = "approve", .by = "rae"});
  end(begun(desk_.handle(now_, PermissionTold{all_of<AskPermission>(asked).at(0).id, Permission::write})));
  PullRequest other = backport('a');
  other.association = Association::none;
  EXPECT_EQ(all_of<StartReview>(hear_of(other)).at(0).builds, Builds::allowed);
  EXPECT_EQ(desk_.subjects().rbegin()->second.approved_by, "rae");
  EXPECT_EQ(all_of<StartReview>(hear_of(backport('b'), 1s)).size(), 1U);
  EXPECT_FALSE(desk_.subjects().rbegin()->second.approved);
}

TEST_F(DeskSharedHeads, CancellingIsForAllThatHaveTheCommit) {
  end(begun(hear_of(pull_request('a'))));
  hear_of(backport('a'));
  const DeskDecision asked = hear(CheckActionNotice{.repository = repository(), .head = commit('a'), .identifier = "cancel", .by = "rae"});
  const DeskDecision pressed = desk_.handle(now_, PermissionTold{all_of<AskPermission>(asked).at(0).id, Permission::write});
  EXPECT_THAT(all_of<StopReview>(pressed), SizeIs(1));
  EXPECT_THAT(all_of<StartReview>(pressed), IsEmpty());
  EXPECT_EQ(told(pressed, 'a')->conclusion, Conclusion::cancelled);
}

}  // namespace
}  // namespace ekaci::forge
