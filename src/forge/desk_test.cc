#include "forge/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "forge/desk_standing.h"

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
  return {.number = {12},
          .target = "main",
          .head = commit(head),
          .head_owner = "author",
          .author = "author",
          .association = association,
          .updated = kStart};
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

  DeskDecision push(char tip, std::optional<CommitId> before) {
    return hear(PushNotice{.repository = repository(), .branch = "main", .tip = commit(tip), .before = std::move(before)});
  }
  /// Of the pull request into main, and of another of the same head into a branch of releases.
  static PullRequest backport(char head) {
    PullRequest other = pull_request(head);
    other.number = {13};
    other.target = "release";
    return other;
  }
  DeskDecision read_branches(const DeskDecision& asked, char main) {
    const auto questions = all_of<ReadBranches>(asked);
    EXPECT_THAT(questions, SizeIs(1));
    return desk_.handle(now_, BranchesRead{.id = questions.at(0).id, .tips = {{.branch = "main", .tip = commit(main)}}});
  }

  DeskDecision order(OrderKind kind, std::int64_t number = 12) {
    return desk_.handle(now_, OperatorOrdered{.subject = {.repository = {1}, .number = {number}}, .kind = kind});
  }

  /// A desk that knows the repository.
  static Desk desk_of(DeskPolicy policy) {
    Desk desk(std::move(policy));
    desk.start(kStart, {.repositories = {repository()}, .subjects = {}});
    return desk;
  }

  Clock::Wall now_ = kStart;
  std::int64_t deliveries_ = 0;
  Desk desk_ = desk_of({});
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

TEST_F(DeskTest, APushToTheTargetMakesVerdictsStaleAndIsReviewedLast) {
  end(begun(hear_of(pull_request('a'))));
  const DeskDecision pushed = push('c', commit('b'));
  ASSERT_FALSE(pushed.keep.subjects.empty());
  EXPECT_TRUE(pushed.keep.subjects.front().is_base_stale);
  EXPECT_THAT(all_of<StartReview>(pushed), SizeIs(1));
  EXPECT_THAT(pushed.keep.checks, IsEmpty()) << "a branch has no checks";
  EXPECT_THAT(hear(PushNotice{.repository = repository(), .branch = "wip", .tip = commit('d'), .before = commit('0')}).then, IsEmpty());
}

TEST_F(DeskTest, WhatPushesChangeIsBuiltWhenThereIsTime) {
  desk_ = desk_of(DeskPolicy{.pushes = DeskPolicy::Pushes::build});
  EXPECT_THAT(all_of<StartReview>(end(begun(push('a', {})))), IsEmpty()) << "there is nothing before it";
  const DeskDecision recorded = end(begun(push('b', commit('a'))));
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
  desk_ = desk_of(DeskPolicy{.pushes = DeskPolicy::Pushes::build});
  const SubjectRecord branch{
      .repository = {1}, .subject = TargetBranch{.branch = "main", .tip = commit('b')}, .decision = Decision::merge, .built = commit('a')};
  const DeskDecision started = desk_.start(now_, {.repositories = {repository()}, .subjects = {branch}});
  ASSERT_THAT(all_of<StartReview>(started), SizeIs(1));
  EXPECT_EQ(all_of<StartReview>(started).front().since, commit('a'));
}

TEST_F(DeskTest, ANewerPushIsComparedWithWhatWasBuiltLast) {
  desk_ = desk_of(DeskPolicy{.pushes = DeskPolicy::Pushes::build});
  end(begun(push('a', {})));
  const ReviewId building = begun(end(begun(push('b', commit('a')))));
  const DeskDecision pushed = push('c', commit('b'));
  EXPECT_THAT(all_of<StopReview>(pushed), SizeIs(1));
  EXPECT_THAT(all_of<StartReview>(pushed), IsEmpty()) << "until the first has ended";
  const DeskDecision recording = desk_.handle(now_, ReviewEnded{building, fail(ErrorCode::cancelled, "stopped")});
  EXPECT_FALSE(all_of<StartReview>(recording).front().since);
  EXPECT_EQ(all_of<StartReview>(end(begun(recording))).front().since, commit('a'));
}

TEST_F(DeskTest, APullRequestIsLabelledByWhatWasFound) {
  DeskPolicy policy;
  policy.labels = LabelPolicy{.prefix = "rebuilds: ", .thresholds = {1, 11}};
  desk_ = desk_of(policy);
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

/// What a review has come to, with a comment.
ReviewConclusion commented(Conclusion conclusion) {
  CheckText summary{.status = CheckStatus::completed, .conclusion = conclusion};
  return {.base = commit('0'), .summary = std::move(summary), .comment = "in short"};
}

TEST_F(DeskTest, APullRequestsCommentIsToldEveryConclusionAndMadeByThoseThatAskForIt) {
  DeskPolicy policy;
  policy.comments = CommentPolicy::on_failure;
  desk_ = desk_of(policy);
  const DeskDecision bad = desk_.handle(now_, ReviewEnded{begun(hear_of(pull_request('a'))), commented(Conclusion::failure)});
  ASSERT_THAT(bad.keep.comments, SizeIs(1));
  const WantedComment wanted{.repository = {1}, .pull_request = {12}, .head = commit('a'), .text = "in short", .makes_comment = true};
  EXPECT_EQ(bad.keep.comments.front(), wanted);
  const DeskDecision good = desk_.handle(now_, ReviewEnded{begun(hear_of(pull_request('b'), 1s)), commented(Conclusion::success)});
  ASSERT_THAT(good.keep.comments, SizeIs(1));
  EXPECT_FALSE(good.keep.comments.front().makes_comment);
  const DeskDecision unmade = desk_.handle(now_, ReviewEnded{begun(hear_of(pull_request('c'), 2s)), fail(ErrorCode::corrupt, "<b>`@all`")});
  ASSERT_THAT(unmade.keep.comments, SizeIs(1));
  EXPECT_TRUE(unmade.keep.comments.front().makes_comment);
  EXPECT_THAT(unmade.keep.comments.front().text, testing::StartsWith("## cannot tell: the review could not be made\n\n`"));
  EXPECT_THAT(unmade.keep.comments.front().text, testing::HasSubstr("<b>'@all'`"));
}

TEST_F(DeskTest, NothingIsCommentedWhereThatIsNotAskedFor) {
  const DeskDecision ended = desk_.handle(now_, ReviewEnded{begun(hear_of(pull_request('a'))), commented(Conclusion::failure)});
  EXPECT_THAT(ended.keep.comments, IsEmpty());
}

TEST_F(DeskTest, WhatASubjectThatMovedOnCameToIsNotCommented) {
  DeskPolicy policy;
  policy.comments = CommentPolicy::always;
  policy.superseded = DeskPolicy::Abandoned::finish;
  desk_ = desk_of(policy);
  const ReviewId first = begun(hear_of(pull_request('a')));
  hear_of(pull_request('b'), 1s);
  EXPECT_THAT(desk_.handle(now_, ReviewEnded{first, commented(Conclusion::failure)}).keep.comments, IsEmpty());
  const DeskDecision pushed = hear(PushNotice{.repository = repository(), .branch = "main", .tip = commit('c')});
  EXPECT_THAT(pushed.keep.comments, IsEmpty());
}

TEST_F(DeskTest, WhereWeMayDoSomethingElseWhatWasRefusedIsOwedAgain) {
  hear_of(pull_request('a'));
  const DeskDecision accepted = hear(InstallationNotice{.installation = {7}, .has_other_rights = true});
  EXPECT_THAT(accepted.keep.handled, IsEmpty()) << "not before it was asked";
  ASSERT_THAT(all_of<ListRepositories>(accepted), SizeIs(1));
  Repository permitted = repository();
  permitted.permissions = "checks:write";
  const auto list = [&] {
    const DeskDecision due = desk_.handle(now_, ReconcileDue{});
    const QuestionId asked = all_of<ListRepositories>(due).front().id;
    return desk_.handle(now_, RepositoriesListed{asked, {permitted}}).keep;
  };
  const LedgerEntry told = desk_.handle(now_, RepositoriesListed{all_of<ListRepositories>(accepted).front().id, {permitted}}).keep;
  EXPECT_THAT(told.permitted, testing::ElementsAre(RepositoryId{1}));
  EXPECT_THAT(told.repositories, testing::ElementsAre(permitted));
  EXPECT_THAT(told.handled, SizeIs(1));
  EXPECT_THAT(list().permitted, IsEmpty()) << "nothing changed";
  EXPECT_THAT(hear_of(pull_request('b'), 1s).keep.repositories, IsEmpty()) << "a notice does not say what we may do";
  EXPECT_THAT(list().permitted, IsEmpty());
  permitted.permissions = "checks:read";
  EXPECT_THAT(list().permitted, testing::ElementsAre(RepositoryId{1})) << "also where no notice came";
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

TEST_F(DeskTest, MergeGroupsComeFirst) {
  desk_ = desk_of(DeskPolicy{.reviews_at_once = 1});
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
  desk_ = desk_of(DeskPolicy{.superseded = DeskPolicy::Abandoned::finish});
  hear_of(pull_request('a'));
  hear_of(pull_request('b'), 1s);
  const DeskDecision cancelled = order(OrderKind::cancel);
  EXPECT_EQ(told(cancelled, 'a')->conclusion, Conclusion::cancelled);
  EXPECT_EQ(told(cancelled, 'b')->conclusion, Conclusion::cancelled);
}

TEST_F(DeskTest, TheCheckOfACommitIsOpenUntilAllThatHaveItAreReviewed) {
  const ReviewId first = begun(hear_of(pull_request('a')));
  const ReviewId second = begun(hear_of(backport('a')));
  const DeskDecision half = end(first);
  EXPECT_EQ(told(half, 'a')->status, CheckStatus::in_progress);
  EXPECT_THAT(told(half, 'a')->title, testing::StartsWith("#13 is still to be reviewed"));
  EXPECT_EQ(told(end(second), 'a')->conclusion, Conclusion::success);
}

TEST_F(DeskTest, TheWorstVerdictOnACommitCountsAndIsReadLast) {
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

TEST_F(DeskTest, AWorseVerdictCountsAlsoWhereItCannotBeMadeAgain) {
  desk_ = desk_of(DeskPolicy{.reviews_at_once = 2, .tries = 1});
  const ReviewId first = begun(hear_of(pull_request('a')));
  const ReviewId second = begun(hear_of(backport('a')));
  end(first, Decision::do_not_merge);
  const ReviewId again = begun(end(second));
  EXPECT_EQ(told(desk_.handle(now_, ReviewEnded{again, fail(ErrorCode::internal, "no")}), 'a')->conclusion, Conclusion::failure);
}

TEST_F(DeskTest, AButtonIsForAllThatHaveTheCommit) {
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

TEST_F(DeskTest, AnApprovalHoldsForAnotherThatComesToHaveTheCommit) {
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

TEST_F(DeskTest, CancellingIsForAllThatHaveTheCommit) {
  end(begun(hear_of(pull_request('a'))));
  hear_of(backport('a'));
  const DeskDecision asked = hear(CheckActionNotice{.repository = repository(), .head = commit('a'), .identifier = "cancel", .by = "rae"});
  const DeskDecision pressed = desk_.handle(now_, PermissionTold{all_of<AskPermission>(asked).at(0).id, Permission::write});
  EXPECT_THAT(all_of<StopReview>(pressed), SizeIs(1));
  EXPECT_THAT(all_of<StartReview>(pressed), IsEmpty());
  EXPECT_EQ(told(pressed, 'a')->conclusion, Conclusion::cancelled);
}

TEST_F(DeskTest, OtherChecksFollowTheSummary) {
  const DeskDecision opened = hear_of(pull_request('a'));
  ASSERT_THAT(opened.keep.others, SizeIs(1)) << "of a head that was reviewed before";
  EXPECT_EQ(opened.keep.others.front().text.status, CheckStatus::queued);
  const Check other{.repository = {1}, .head = commit('a'), .name = "EkaCI / evaluate x", .text = {.title = "all of it"}};
  const DeskDecision ended = desk_.handle(now_, ReviewEnded{begun(opened), ReviewConclusion{.decision = Decision::merge,
                                                                                            .base = commit('b'),
                                                                                            .summary = {.status = CheckStatus::completed},
                                                                                            .others = {other}}});
  EXPECT_THAT(ended.keep.checks, Contains(other));
  ASSERT_THAT(ended.keep.others, SizeIs(1)) << "what is not told besides is withdrawn";
  EXPECT_EQ(ended.keep.others.front().text.conclusion, Conclusion::cancelled);
  desk_.handle(now_, RoomTold{.has_room = false});
  const DeskDecision again = order(OrderKind::review);
  ASSERT_THAT(again.keep.others, SizeIs(1));
  EXPECT_EQ(again.keep.others.front().text.status, CheckStatus::queued);
  const DeskDecision cancelled = order(OrderKind::cancel);
  ASSERT_THAT(cancelled.keep.others, SizeIs(1));
  EXPECT_EQ(cancelled.keep.others.front().text.conclusion, Conclusion::cancelled);
}

TEST_F(DeskTest, AVerdictSaysThatItsBaseMovedMeanwhile) {
  end(begun(push('c', {})));
  const ReviewId review = begun(hear_of(pull_request('a')));
  push('d', commit('c'));
  const DeskDecision ended = end(review);  // against 'b', which the desk was not told of
  EXPECT_FALSE(desk_.subjects().begin()->second.is_base_stale) << "not before it is known which is newer";
  const DeskDecision answered = read_branches(ended, 'd');
  ASSERT_THAT(answered.keep.subjects, SizeIs(1));
  EXPECT_TRUE(answered.keep.subjects.front().is_base_stale);
}

TEST_F(DeskTest, ALatePushMakesNoVerdictStale) {
  end(begun(push('a', {})));
  const DeskDecision ended = end(begun(hear_of(pull_request('c'))));  // against 'b', which is newer than what was told
  push('b', commit('a'));
  EXPECT_FALSE(desk_.subjects().begin()->second.is_base_stale);
  read_branches(ended, 'a');  // an answer of before
  EXPECT_FALSE(desk_.subjects().begin()->second.is_base_stale);
}

TEST_F(DeskTest, APushThatDoesNotFollowIsAskedAbout) {
  end(begun(push('a', {})));
  const DeskDecision later = push('c', commit('b'));
  EXPECT_THAT(all_of<StartReview>(later), IsEmpty());
  const DeskDecision moved = read_branches(later, 'c');
  EXPECT_EQ(head_of(all_of<StartReview>(moved).at(0).subject), commit('c'));
  const DeskDecision earlier = push('b', commit('a'));
  EXPECT_THAT(all_of<StopReview>(earlier), IsEmpty());
  EXPECT_THAT(read_branches(earlier, 'c').then, IsEmpty());
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

TEST_F(DeskTest, MergeGroupsAreFoundAndGivenUpByTheirBranches) {
  const std::string branch = "gh-readonly-queue/main/pr-12-" + commit('b').to_string();
  const auto reconcile = [this](std::vector<BranchTip> groups) {
    const auto repositories = all_of<ListRepositories>(desk_.handle(now_, ReconcileDue{}));
    const DeskDecision listed = desk_.handle(now_, RepositoriesListed{repositories.at(0).id, {repository()}});
    const DeskDecision open = desk_.handle(now_, PullRequestsListed{all_of<ListPullRequests>(listed).at(0).id, {}});
    return desk_.handle(now_, BranchesRead{.id = all_of<ReadBranches>(open).at(0).id, .tips = {}, .groups = std::move(groups)});
  };
  EXPECT_THAT(all_of<StartReview>(reconcile({{.branch = branch, .tip = commit('c')}})), IsEmpty()) << "what it stands on may be old";
  end(begun(push('b', {})));
  const DeskDecision found = reconcile({{.branch = branch, .tip = commit('c')}, {.branch = "gh-readonly-queue/odd", .tip = commit('d')}});
  const auto started = all_of<StartReview>(found);
  ASSERT_THAT(started, SizeIs(1));
  EXPECT_EQ(std::get<MergeGroup>(started.front().subject).base, commit('b'));
  EXPECT_THAT(all_of<StopReview>(reconcile({})), SizeIs(1));
  EXPECT_THAT(desk_.subjects(), SizeIs(1)) << "main";
}

}  // namespace
}  // namespace ekaci::forge
