#include "forge/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// What the desk decides, one thing at a time; desk_simulation_test.cc has all of it together.
namespace ekaci::forge {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

CommitId commit(char digit) { return CommitId::parse(std::string(40, digit)).value(); }

Repository repository() { return {.id = {1}, .installation = {7}, .name = "owner/name", .default_branch = "main"}; }

constexpr Clock::Wall kStart{1'700'000'000s};

PullRequest pull_request(char head, Association association = Association::member) {
  return {.number = {12}, .target = "main", .head = commit(head), .author = "author", .association = association, .updated = kStart};
}

template <class Effect>
std::vector<Effect> all_of(const DeskDecision& decision) {
  std::vector<Effect> found;
  for (const DeskEffect& effect : decision.then) {
    if (const auto* one = std::get_if<Effect>(&effect)) found.push_back(*one);
  }
  return found;
}

/// What the decision has the summary check of a commit say; nullopt where nothing.
std::optional<CheckText> told(const DeskDecision& decision, char head) {
  for (const Check& check : decision.keep.checks) {
    if (check.head == commit(head) && check.name == kSummaryCheck) return check.text;
  }
  return std::nullopt;
}

class DeskTest : public testing::Test {
 protected:
  DeskDecision hear(const Notice& notice) { return desk_.handle(now_, NoticeArrived{DeliveryId{++deliveries_}, notice}); }
  DeskDecision hear_of(PullRequest told, std::chrono::seconds later = 0s) {
    told.updated += later;
    return hear(PullRequestNotice{repository(), std::move(told)});
  }
  /// Of what began last.
  ReviewId begun(const DeskDecision& decision) {
    const auto started = all_of<StartReview>(decision);
    EXPECT_THAT(started, SizeIs(1));
    return started.empty() ? ReviewId{} : started.front().id;
  }
  DeskDecision end(ReviewId id, Decision decision = Decision::merge) {
    const Conclusion conclusion = decision == Decision::merge ? Conclusion::success : Conclusion::failure;
    return desk_.handle(now_, ReviewEnded{id, ReviewConclusion{.decision = decision,
                                                               .base = commit('b'),
                                                               .summary = {.status = CheckStatus::completed, .conclusion = conclusion}}});
  }

  DeskDecision order(OrderKind kind, std::int64_t number = 12) {
    return desk_.handle(now_, OperatorOrdered{.subject = {.repository = {1}, .number = {number}}, .kind = kind});
  }

  Clock::Wall now_ = kStart;
  std::int64_t deliveries_ = 0;
  Desk desk_{DeskPolicy{}};
};

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

TEST_F(DeskTest, ACommitThatIsAnotherPullRequestsHeadAsWellIsNotGivenUp) {
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

TEST_F(DeskTest, WhatAStrangerSendsIsNotBuiltUntilSomeoneWithWriteAccessApprovesThatCommit) {
  const DeskDecision opened = hear_of(pull_request('a', Association::none));
  EXPECT_EQ(all_of<StartReview>(opened).front().builds, Builds::withheld);
  end(begun(opened), Decision::cannot_tell);
  const CheckActionNotice press{.repository = repository(), .head = commit('a'), .check = "EkaCI", .identifier = "approve", .by = "x"};
  const auto denied = all_of<AskPermission>(hear(press));
  EXPECT_THAT(desk_.handle(now_, PermissionTold{denied.front().id, Permission::triage}).then, IsEmpty());
  const auto asked = all_of<AskPermission>(hear(press));
  const DeskDecision approved = desk_.handle(now_, PermissionTold{asked.front().id, Permission::write});
  EXPECT_EQ(all_of<StartReview>(approved).front().builds, Builds::allowed);
  end(begun(approved));
  EXPECT_EQ(all_of<StartReview>(hear_of(pull_request('b', Association::none), 5s)).front().builds, Builds::withheld);
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
    desk_ = Desk(DeskPolicy{});
    hear_of(pull_request('a'));
    PullRequest changed = pull_request('a');
    changed.state = state;
    const DeskDecision decision = hear_of(changed, 1s);
    EXPECT_THAT(all_of<StopReview>(decision), SizeIs(1));
    EXPECT_EQ(told(decision, 'a')->conclusion, Conclusion::cancelled);
  }
}

TEST_F(DeskTest, APushToTheTargetMakesVerdictsStaleAndIsReviewedLast) {
  end(begun(hear_of(pull_request('a'))));
  const DeskDecision pushed = hear(PushNotice{.repository = repository(), .branch = "main", .tip = commit('c')});
  ASSERT_FALSE(pushed.keep.subjects.empty());
  EXPECT_TRUE(pushed.keep.subjects.front().is_base_stale);
  EXPECT_THAT(all_of<StartReview>(pushed), SizeIs(1));
  EXPECT_THAT(pushed.keep.checks, IsEmpty()) << "a branch has no checks";
  EXPECT_THAT(hear(PushNotice{.repository = repository(), .branch = "wip", .tip = commit('d')}).then, IsEmpty());
}

TEST_F(DeskTest, WhatPushesChangeIsBuiltWhenThereIsTime) {
  desk_ = Desk(DeskPolicy{.pushes = DeskPolicy::Pushes::build});
  const auto push = [this](char tip) { return hear(PushNotice{.repository = repository(), .branch = "main", .tip = commit(tip)}); };
  EXPECT_THAT(all_of<StartReview>(end(begun(push('a')))), IsEmpty()) << "there is nothing before it";
  const DeskDecision recorded = end(begun(push('b')));
  ASSERT_THAT(all_of<StartReview>(recorded), SizeIs(1));
  EXPECT_EQ(all_of<StartReview>(recorded).front().since, commit('a'));
  EXPECT_EQ(all_of<StartReview>(recorded).front().builds, Builds::allowed);

  const DeskDecision opened = hear_of(pull_request('c'));
  ASSERT_THAT(all_of<StopReview>(opened), SizeIs(1)) << "it makes way";
  EXPECT_EQ(all_of<StopReview>(opened).front().id, begun(recorded));
  const ReviewId urgent = begun(opened);
  EXPECT_THAT(all_of<StartReview>(desk_.handle(now_, ReviewEnded{begun(recorded), fail(ErrorCode::cancelled, "stopped")})), IsEmpty());
  const DeskDecision resumed = end(urgent);
  ASSERT_THAT(all_of<StartReview>(resumed), SizeIs(1));
  EXPECT_EQ(all_of<StartReview>(resumed).front().since, commit('a'));
  const Check others{.repository = {1}, .head = commit('b'), .name = "EkaCI / evaluate x"};
  const DeskDecision built =
      desk_.handle(now_, ReviewEnded{begun(resumed), ReviewConclusion{.base = commit('a'), .summary = {}, .others = {others}}});
  EXPECT_THAT(built.keep.checks, IsEmpty()) << "a branch has no checks";
  ASSERT_THAT(built.keep.subjects, SizeIs(1));
  EXPECT_EQ(built.keep.subjects.front().built, commit('b'));
  EXPECT_THAT(built.then, IsEmpty());
}

TEST_F(DeskTest, APushThatWasNotBuiltIsBuiltAfterAStart) {
  desk_ = Desk(DeskPolicy{.pushes = DeskPolicy::Pushes::build});
  const SubjectRecord branch{
      .repository = {1}, .subject = TargetBranch{.branch = "main", .tip = commit('b')}, .decision = Decision::merge, .built = commit('a')};
  const DeskDecision started = desk_.start(now_, {.repositories = {repository()}, .subjects = {branch}});
  ASSERT_THAT(all_of<StartReview>(started), SizeIs(1));
  EXPECT_EQ(all_of<StartReview>(started).front().since, commit('a'));
}

TEST_F(DeskTest, ANewerPushIsComparedWithWhatWasBuiltLast) {
  desk_ = Desk(DeskPolicy{.pushes = DeskPolicy::Pushes::build});
  const auto push = [this](char tip) { return hear(PushNotice{.repository = repository(), .branch = "main", .tip = commit(tip)}); };
  end(begun(push('a')));
  const ReviewId building = begun(end(begun(push('b'))));
  const DeskDecision pushed = push('c');
  EXPECT_THAT(all_of<StopReview>(pushed), SizeIs(1));
  EXPECT_THAT(all_of<StartReview>(pushed), IsEmpty()) << "until the first has ended";
  const DeskDecision recording = desk_.handle(now_, ReviewEnded{building, fail(ErrorCode::cancelled, "stopped")});
  EXPECT_FALSE(all_of<StartReview>(recording).front().since);
  EXPECT_EQ(all_of<StartReview>(end(begun(recording))).front().since, commit('a'));
}

TEST_F(DeskTest, APullRequestIsLabelledByWhatWasFound) {
  DeskPolicy policy;
  policy.labels = LabelPolicy{.prefix = "rebuilds: ", .thresholds = {1, 11}};
  desk_ = Desk(policy);
  const ReviewId first = begun(hear_of(pull_request('a')));
  const DeskDecision known = desk_.handle(
      now_, ReviewEnded{first, ReviewConclusion{.decision = Decision::merge, .base = commit('0'), .rebuilds = 12, .summary = {}}});
  ASSERT_THAT(known.keep.labels, SizeIs(1));
  EXPECT_EQ(known.keep.labels.front(), (WantedLabel{.repository = {1}, .pull_request = {12}, .name = "rebuilds: 11+"}));
  const ReviewId second = begun(hear_of(pull_request('b'), 1s));
  const DeskDecision unknown = desk_.handle(now_, ReviewEnded{second, fail(ErrorCode::corrupt, "no")});
  ASSERT_THAT(unknown.keep.labels, SizeIs(1));
  EXPECT_EQ(unknown.keep.labels.front().name, std::nullopt) << "nobody can tell";
}

TEST_F(DeskTest, NothingIsLabelledWhereThatIsNotAskedFor) { EXPECT_THAT(end(begun(hear_of(pull_request('a')))).keep.labels, IsEmpty()); }

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

TEST_F(DeskTest, MergeGroupsComeFirst) {
  desk_ = Desk(DeskPolicy{.reviews_at_once = 1});
  const ReviewId first = begun(hear_of(pull_request('a')));
  PullRequest other = pull_request('b');
  other.number = {13};
  hear_of(other);
  hear(MergeGroupNotice{.repository = repository(),
                        .group = {.branch = "gh-readonly-queue/main/1", .head = commit('c'), .base = commit('d')}});
  const DeskDecision next = end(first);
  EXPECT_EQ(head_of(all_of<StartReview>(next).front().subject), commit('c'));
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

TEST_F(DeskTest, AnOperatorHasADecidedSubjectReviewedAgain) {
  end(begun(hear_of(pull_request('a'))), Decision::do_not_merge);
  const DeskDecision again = order(OrderKind::review);
  EXPECT_EQ(again.answer->value(), "to be reviewed again");
  EXPECT_FALSE(all_of<StartReview>(again).front().retry_failed);
  end(begun(again));
  const DeskDecision retried = order(OrderKind::retry_failed);
  EXPECT_TRUE(all_of<StartReview>(retried).front().retry_failed);
  EXPECT_TRUE(retried.keep.subjects.front().retry_failed);
}

TEST_F(DeskTest, WhatIsOrderedWhileAReviewRunsFollowsIt) {
  const ReviewId first = begun(hear_of(pull_request('a')));
  EXPECT_THAT(order(OrderKind::retry_failed).then, IsEmpty());
  EXPECT_TRUE(all_of<StartReview>(end(first)).front().retry_failed);
}

TEST_F(DeskTest, AnOperatorCancelsWhatRuns) {
  const ReviewId review = begun(hear_of(pull_request('a')));
  const DeskDecision cancelled = order(OrderKind::cancel);
  EXPECT_EQ(all_of<StopReview>(cancelled).front().id, review);
  EXPECT_EQ(told(cancelled, 'a')->conclusion, Conclusion::cancelled);
  EXPECT_EQ(cancelled.keep.subjects.front().decision, Decision::cannot_tell);
  EXPECT_THAT(desk_.handle(now_, ReviewEnded{review, fail(ErrorCode::cancelled, "stopped")}).then, IsEmpty());
  EXPECT_THAT(order(OrderKind::cancel).answer->value(), testing::HasSubstr("nothing to cancel"));
}

TEST_F(DeskTest, AnOperatorCancelsWhatRests) {
  const ReviewId review = begun(hear_of(pull_request('a')));
  desk_.handle(now_, ReviewEnded{review, fail(ErrorCode::unavailable, "no disk")});
  ASSERT_TRUE(desk_.alarm());
  EXPECT_EQ(told(order(OrderKind::cancel), 'a')->conclusion, Conclusion::cancelled);
  EXPECT_FALSE(desk_.alarm());
}

TEST_F(DeskTest, OrdersForWhatIsUnknownOrClosedAreRefused) {
  EXPECT_EQ(order(OrderKind::review, 99).answer->error().code(), ErrorCode::not_found);
  PullRequest closed = pull_request('a');
  closed.state = PullRequest::State::closed;
  hear_of(closed);
  const DeskDecision refused = order(OrderKind::review);
  EXPECT_EQ(refused.answer->error().code(), ErrorCode::conflict);
  EXPECT_TRUE(refused.keep.is_empty());
}

TEST_F(DeskTest, ADraftIsReviewedAgainWhenItIsReady) {
  PullRequest draft = pull_request('a');
  draft.state = PullRequest::State::draft;
  hear_of(draft);
  const DeskDecision ordered = order(OrderKind::retry_failed);
  EXPECT_THAT(ordered.answer->value(), testing::HasSubstr("draft"));
  EXPECT_THAT(ordered.then, IsEmpty());
  EXPECT_TRUE(all_of<StartReview>(hear_of(pull_request('a'), 1s)).front().retry_failed);
}

TEST_F(DeskTest, WhatIsCancelledWhileAnOlderHeadIsFinishedLeavesNeitherCheckOpen) {
  desk_ = Desk(DeskPolicy{.superseded = DeskPolicy::Abandoned::finish});
  hear_of(pull_request('a'));
  hear_of(pull_request('b'), 1s);
  const DeskDecision cancelled = order(OrderKind::cancel);
  EXPECT_EQ(told(cancelled, 'a')->conclusion, Conclusion::cancelled);
  EXPECT_EQ(told(cancelled, 'b')->conclusion, Conclusion::cancelled);
}

}  // namespace
}  // namespace ekaci::forge
