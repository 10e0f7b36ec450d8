#include "forge/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forge/desk_standing.h"
#include "forge/desk_test.h"

/// What the desk decides of one pull request, one thing at a time; desk_simulation_test.cc has all of it together.
namespace ekaci::forge {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

TEST_F(DeskTest, APullRequestIsReviewedAndItsCheckConcluded) {
  const DeskDecision opened = hear_of(pull_request('a'));
  const ReviewId review = begun(opened);
  EXPECT_EQ(told(opened, 'a')->status, CheckStatus::in_progress);
  EXPECT_THAT(opened.keep.handled, SizeIs(1));
  EXPECT_EQ(told(end(review), 'a')->conclusion, Conclusion::success);
}

TEST_F(DeskTest, ARepeatedNoticeChangesNothing) {
  hear_of(pull_request('a'));
  const DeskDecision again = hear_of(pull_request('a'));
  EXPECT_THAT(again.then, IsEmpty());
  EXPECT_THAT(again.keep.checks, IsEmpty());
}

TEST_F(DeskTest, AnOlderStateIsNotTakenOver) {
  hear_of(pull_request('b'), 10s);
  EXPECT_THAT(hear_of(pull_request('a')).then, IsEmpty());
}

TEST_F(DeskTest, TwoStatesOfOneSecondAreAskedAbout) {
  hear_of(pull_request('a'));
  const DeskDecision other = hear_of(pull_request('b'));
  EXPECT_THAT(other.keep.handled, IsEmpty()) << "not before the answer";
  const auto asked = all_of<ReadPullRequest>(other);
  ASSERT_THAT(asked, SizeIs(1));
  const DeskDecision answered = desk_.handle(now_, PullRequestRead{asked.front().id, pull_request('b')});
  EXPECT_THAT(answered.keep.handled, SizeIs(1));
  EXPECT_THAT(all_of<StopReview>(answered), SizeIs(1));
}

TEST_F(DeskTest, ANewerHeadTakesTheOlderOnesPlace) {
  const ReviewId first = begun(hear_of(pull_request('a')));
  const DeskDecision pushed = hear_of(pull_request('b'), 1s);
  EXPECT_EQ(all_of<StopReview>(pushed).front().id, first);
  EXPECT_EQ(told(pushed, 'a')->conclusion, Conclusion::cancelled);
  EXPECT_EQ(told(pushed, 'b')->status, CheckStatus::queued) << "until the first has ended";
  const DeskDecision ended = desk_.handle(now_, ReviewEnded{first, fail(ErrorCode::cancelled, "stopped")});
  EXPECT_EQ(begun(ended).value, first.value + 1);
  EXPECT_FALSE(told(ended, 'a')) << "it has been concluded";
}

TEST_F(DeskTest, WhatAStrangerSendsIsNotBuiltUntilSomeoneWithWriteAccessApprovesThatCommit) {
  const DeskDecision opened = hear_of(pull_request('a', Association::none));
  EXPECT_EQ(all_of<StartReview>(opened).front().builds, Builds::withheld);
  EXPECT_FALSE(all_of<StartReview>(opened).front().is_approved);
  end(begun(opened), Decision::cannot_tell);
  const CheckActionNotice press{.repository = repository(), .head = commit('a'), .check = "EkaCI", .identifier = "approve", .by = "x"};
  const auto denied = all_of<AskPermission>(hear(press));
  EXPECT_THAT(desk_.handle(now_, PermissionTold{denied.front().id, Permission::triage}).then, IsEmpty());
  const auto asked = all_of<AskPermission>(hear(press));
  const DeskDecision approved = desk_.handle(now_, PermissionTold{asked.front().id, Permission::write});
  EXPECT_EQ(all_of<StartReview>(approved).front().builds, Builds::allowed);
  EXPECT_TRUE(all_of<StartReview>(approved).front().is_approved);
  end(begun(approved));
  const auto pushed = all_of<StartReview>(hear_of(pull_request('b', Association::none), 5s));
  EXPECT_EQ(pushed.front().builds, Builds::withheld);
  EXPECT_FALSE(pushed.front().is_approved);
}

TEST_F(DeskTest, WhatAReviewMightNotBuildAwaitsAnApprovalWhoeverSentIt) {
  const auto awaits = [&](Association association, Builds builds) {
    desk_ = desk_of({});
    const ReviewId review = begun(hear_of(pull_request('a', association)));
    desk_.handle(now_, ReviewEnded{review, ReviewConclusion{.base = commit('b'), .builds = builds, .summary = {}}});
    hear_of(pull_request('a', association), 1s);
    return standing_of(desk_, now_).lines.front().awaits_approval;
  };
  EXPECT_TRUE(awaits(Association::member, Builds::withheld));
  EXPECT_FALSE(awaits(Association::none, Builds::allowed));
}

TEST_F(DeskTest, AnApprovalOfACommitThatIsNoLongerTheHeadCountsForNothing) {
  hear_of(pull_request('a', Association::none));
  const auto asked = all_of<AskPermission>(
      hear(CheckActionNotice{.repository = repository(), .head = commit('a'), .check = "EkaCI", .identifier = "approve", .by = "x"}));
  hear_of(pull_request('b', Association::none), 1s);
  const DeskDecision late = desk_.handle(now_, PermissionTold{asked.front().id, Permission::admin});
  EXPECT_THAT(late.then, IsEmpty());
  EXPECT_THAT(late.keep.handled, SizeIs(1));
}

TEST_F(DeskTest, ClosedAndDraftAreStoppedAndConcluded) {
  for (const auto state : {PullRequest::State::closed, PullRequest::State::draft}) {
    desk_ = desk_of(DeskPolicy{});
    hear_of(pull_request('a'));
    PullRequest changed = pull_request('a');
    changed.state = state;
    const DeskDecision decision = hear_of(changed, 1s);
    EXPECT_THAT(all_of<StopReview>(decision), SizeIs(1));
    EXPECT_EQ(told(decision, 'a')->conclusion, Conclusion::cancelled);
  }
}

TEST_F(DeskTest, AReviewThatCannotBeMadeIsTriedAgainAndAtLastConcludedAsUnknown) {
  ReviewId review = begun(hear_of(pull_request('a')));
  for (std::uint32_t i = 1; i < DeskPolicy{}.tries; ++i) {
    const DeskDecision failed = desk_.handle(now_, ReviewEnded{review, fail(ErrorCode::unavailable, "no disk")});
    EXPECT_EQ(told(failed, 'a')->status, CheckStatus::in_progress);
    ASSERT_TRUE(desk_.alarm());
    now_ = *desk_.alarm();
    review = begun(desk_.handle(now_, DeskWoke{}));
  }
  const DeskDecision last = desk_.handle(now_, ReviewEnded{review, fail(ErrorCode::unavailable, "no disk")});
  EXPECT_EQ(told(last, 'a')->conclusion, Conclusion::failure);
  EXPECT_EQ(last.keep.subjects.front().decision, Decision::cannot_tell);
}

TEST_F(DeskTest, WhatWasNotDecidedBeforeAStartIsReviewedAfterIt) {
  SubjectRecord decided{.repository = {1}, .subject = pull_request('a'), .decision = Decision::merge};
  PullRequest other = pull_request('b');
  other.number = {13};
  const DeskDecision started =
      desk_.start(now_, {.repositories = {repository()}, .subjects = {decided, {.repository = {1}, .subject = other}}});
  ASSERT_THAT(all_of<StartReview>(started), SizeIs(1));
  EXPECT_EQ(head_of(all_of<StartReview>(started).front().subject), commit('b'));
}

TEST_F(DeskTest, WithoutRoomOnTheDiskNothingIsBegunAndWhatRunsGoesOn) {
  const ReviewId first = begun(hear_of(pull_request('a')));
  desk_.handle(now_, RoomTold{.has_room = false});
  PullRequest other = pull_request('b');
  other.number = {13};
  const DeskDecision opened = hear_of(other);
  EXPECT_THAT(all_of<StartReview>(opened), IsEmpty());
  EXPECT_THAT(opened.keep.handled, SizeIs(1));
  EXPECT_EQ(told(end(first), 'a')->conclusion, Conclusion::success);
  EXPECT_THAT(all_of<StartReview>(desk_.handle(now_, RoomTold{.has_room = true})), SizeIs(1));
}

TEST_F(DeskTest, LeavingARepositoryEndsWhatRunsThere) {
  hear_of(pull_request('a'));
  const DeskDecision left = hear(InstallationNotice{.installation = {7}, .is_gone = true});
  EXPECT_THAT(all_of<StopReview>(left), SizeIs(1));
  EXPECT_THAT(left.keep.left, Contains(RepositoryId{1}));
  EXPECT_THAT(desk_.subjects(), IsEmpty());
}

TEST_F(DeskTest, WhatIsNotTheReposOfTheListIsNotBelieved) {
  Repository renamed = repository();
  renamed.name = "owner/other";
  const DeskDecision late = hear(PullRequestNotice{renamed, pull_request('a')});
  EXPECT_THAT(late.keep.repositories, IsEmpty());
  EXPECT_THAT(all_of<ListRepositories>(late), SizeIs(1));
  EXPECT_EQ(all_of<StartReview>(late).at(0).repository.name, "owner/name");
  Repository stranger = repository();
  stranger.id = {2};
  const DeskDecision unknown = hear(PullRequestNotice{stranger, pull_request('b')});
  EXPECT_THAT(unknown.then, IsEmpty()) << "it is asked already";
  EXPECT_THAT(unknown.keep.handled, SizeIs(1));
  const DeskDecision listed = desk_.handle(now_, RepositoriesListed{all_of<ListRepositories>(late).at(0).id, {renamed, stranger}});
  EXPECT_THAT(listed.keep.repositories, SizeIs(2));
  EXPECT_THAT(all_of<ListRepositories>(listed), SizeIs(1)) << "once more: the list may be older than the notice";
}

TEST_F(DeskTest, ListsThatAreNotAnsweredAreNotAskedForAgain) {
  const auto reconcile = [this] {
    const auto asked = all_of<ListRepositories>(desk_.handle(now_, ReconcileDue{}));
    return asked.empty() ? DeskDecision{} : desk_.handle(now_, RepositoriesListed{asked.front().id, {repository()}});
  };
  EXPECT_THAT(all_of<ListPullRequests>(reconcile()), SizeIs(1));
  EXPECT_THAT(all_of<ListPullRequests>(reconcile()), IsEmpty());
}

}  // namespace
}  // namespace ekaci::forge
