#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forge/desk_test.h"

/// What the desk has published besides the summary check: labels, the comment, other checks.
namespace ekaci::forge {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

using DeskPublished = DeskTest;

TEST_F(DeskPublished, APullRequestIsLabelledByWhatWasFound) {
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

TEST_F(DeskPublished, NothingIsLabelledWhereThatIsNotAskedFor) {
  EXPECT_THAT(end(begun(hear_of(pull_request('a')))).keep.labels, IsEmpty());
}

/// What a review has come to, with a comment.
ReviewConclusion commented(Conclusion conclusion) {
  CheckText summary{.status = CheckStatus::completed, .conclusion = conclusion};
  return {.base = commit('0'), .summary = std::move(summary), .comment = "in short"};
}

TEST_F(DeskPublished, APullRequestsCommentIsToldEveryConclusionAndMadeByThoseThatAskForIt) {
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

TEST_F(DeskPublished, NothingIsCommentedWhereThatIsNotAskedFor) {
  const DeskDecision ended = desk_.handle(now_, ReviewEnded{begun(hear_of(pull_request('a'))), commented(Conclusion::failure)});
  EXPECT_THAT(ended.keep.comments, IsEmpty());
}

TEST_F(DeskPublished, WhatASubjectThatMovedOnCameToIsNotCommented) {
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

TEST_F(DeskPublished, WhereWeMayDoSomethingElseWhatWasRefusedIsOwedAgain) {
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

TEST_F(DeskPublished, OtherChecksFollowTheSummary) {
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

}  // namespace
}  // namespace ekaci::forge
