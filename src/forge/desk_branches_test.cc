#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forge/desk_test.h"

/// What the desk decides of target branches, of verdicts whose base moves, and of merge groups.
namespace ekaci::forge {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

using DeskBranches = DeskTest;

TEST_F(DeskBranches, APushToTheTargetMakesVerdictsStaleAndIsReviewedLast) {
  end(begun(hear_of(pull_request('a'))));
  const DeskDecision pushed = push('c', commit('b'));
  ASSERT_FALSE(pushed.keep.subjects.empty());
  EXPECT_TRUE(pushed.keep.subjects.front().is_base_stale);
  EXPECT_THAT(all_of<StartReview>(pushed), SizeIs(1));
  EXPECT_THAT(pushed.keep.checks, IsEmpty()) << "a branch has no checks";
  EXPECT_THAT(hear(PushNotice{.repository = repository(), .branch = "wip", .tip = commit('d'), .before = commit('0')}).then, IsEmpty());
}

TEST_F(DeskBranches, WhatPushesChangeIsBuiltWhenThereIsTime) {
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

TEST_F(DeskBranches, APushThatWasNotBuiltIsBuiltAfterAStart) {
  desk_ = desk_of(DeskPolicy{.pushes = DeskPolicy::Pushes::build});
  const SubjectRecord branch{
      .repository = {1}, .subject = TargetBranch{.branch = "main", .tip = commit('b')}, .decision = Decision::merge, .built = commit('a')};
  const DeskDecision started = desk_.start(now_, {.repositories = {repository()}, .subjects = {branch}});
  ASSERT_THAT(all_of<StartReview>(started), SizeIs(1));
  EXPECT_EQ(all_of<StartReview>(started).front().since, commit('a'));
}

TEST_F(DeskBranches, ANewerPushIsComparedWithWhatWasBuiltLast) {
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

TEST_F(DeskBranches, MergeGroupsComeFirst) {
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

TEST_F(DeskBranches, AVerdictSaysThatItsBaseMovedMeanwhile) {
  end(begun(push('c', {})));
  const ReviewId review = begun(hear_of(pull_request('a')));
  push('d', commit('c'));
  const DeskDecision ended = end(review);  // against 'b', which the desk was not told of
  EXPECT_FALSE(desk_.subjects().begin()->second.is_base_stale) << "not before it is known which is newer";
  const DeskDecision answered = read_branches(ended, 'd');
  ASSERT_THAT(answered.keep.subjects, SizeIs(1));
  EXPECT_TRUE(answered.keep.subjects.front().is_base_stale);
}

TEST_F(DeskBranches, ALatePushMakesNoVerdictStale) {
  end(begun(push('a', {})));
  const DeskDecision ended = end(begun(hear_of(pull_request('c'))));  // against 'b', which is newer than what was told
  push('b', commit('a'));
  EXPECT_FALSE(desk_.subjects().begin()->second.is_base_stale);
  read_branches(ended, 'a');  // an answer of before
  EXPECT_FALSE(desk_.subjects().begin()->second.is_base_stale);
}

TEST_F(DeskBranches, APushThatDoesNotFollowIsAskedAbout) {
  end(begun(push('a', {})));
  const DeskDecision later = push('c', commit('b'));
  EXPECT_THAT(all_of<StartReview>(later), IsEmpty());
  const DeskDecision moved = read_branches(later, 'c');
  EXPECT_EQ(head_of(all_of<StartReview>(moved).at(0).subject), commit('c'));
  const DeskDecision earlier = push('b', commit('a'));
  EXPECT_THAT(all_of<StopReview>(earlier), IsEmpty());
  EXPECT_THAT(read_branches(earlier, 'c').then, IsEmpty());
}

TEST_F(DeskBranches, MergeGroupsAreFoundAndGivenUpByTheirBranches) {
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
