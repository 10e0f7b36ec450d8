#include "forge/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/fake_forge.h"
#include "tests/support/fake_forge_memory.h"
#include "tests/support/manual_clock.h"

namespace ekaci::forge {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

CommitId head() { return CommitId::parse(std::string(40, 'a')).value(); }

Repository repository() { return {.id = {1}, .installation = {7}, .name = "owner/name", .default_branch = "main"}; }

Check check(std::string name, CheckStatus status = CheckStatus::in_progress) {
  CheckText text{.status = status, .title = "title of " + name};
  if (status == CheckStatus::completed) text.conclusion = Conclusion::success;
  return {.repository = {1}, .head = head(), .name = std::move(name), .text = std::move(text)};
}

class PublisherTest : public testing::Test {
 protected:
  explicit PublisherTest(PublisherSettings settings = {}) : publisher_(std::move(settings), memory_, forge_, clock_, log_) {
    keep({.repositories = {repository()}});
  }
  void keep(const LedgerEntry& entry) { ASSERT_TRUE(memory_.keep(entry)); }
  /// Sends until nothing is due, and lets time pass in between, as the server does.
  void publish_all() {
    for (int round = 0; round < 200; ++round) {
      const auto sent = publisher_.send_due({});
      ASSERT_TRUE(sent) << sent.error().to_string();
      const auto due = publisher_.next_due();
      ASSERT_TRUE(due);
      if (*sent == 0 && !*due) return;
      if (*due) clock_.advance(std::chrono::duration_cast<std::chrono::milliseconds>(**due - clock_.wall()) + std::chrono::milliseconds(1));
    }
    FAIL() << "there is always something due";
  }

  fake::ManualClock clock_;
  fake::ForgeMemory memory_{clock_};
  fake::Forge forge_;
  Log log_{LogLevel::error};
  Publisher publisher_;
};

TEST_F(PublisherTest, CreatesOnceAndUpdatesAfterwards) {
  keep({.checks = {check("EkaCI")}});
  publish_all();
  keep({.checks = {check("EkaCI", CheckStatus::completed)}});
  publish_all();
  const auto told = forge_.checks();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.begin()->second.check.text.status, CheckStatus::completed);
  EXPECT_EQ(told.begin()->second.updates, 1U);
}

TEST_F(PublisherTest, DoesNotCreateAgainWhereOnlyTheAnswerWasLost) {
  keep({.checks = {check("EkaCI", CheckStatus::completed)}});
  forge_.fail_next(ErrorCode::unavailable, fake::Forge::Moment::after);
  publish_all();
  EXPECT_THAT(forge_.checks(), SizeIs(1));
}

TEST_F(PublisherTest, TriesAgainWhatMayPass) {
  keep({.checks = {check("EkaCI", CheckStatus::completed)}});
  for (int i = 0; i < 5; ++i) forge_.fail_next(ErrorCode::unavailable);
  publish_all();
  EXPECT_THAT(forge_.checks(), SizeIs(1));
}

TEST_F(PublisherTest, WhatTheForgeNeverTakesHoldsUpNobody) {
  keep({.checks = {check("bad"), check("good", CheckStatus::completed)}});
  forge_.fail_next(ErrorCode::invalid_argument);
  publish_all();
  ASSERT_THAT(forge_.checks(), SizeIs(1));
  EXPECT_EQ(forge_.checks().begin()->second.check.name, "good");
}

TEST_F(PublisherTest, LeavesTheForgeAloneUntilItSays) {
  keep({.checks = {check("EkaCI")}});
  forge_.rest_until(clock_.wall() + std::chrono::hours(1));
  ASSERT_TRUE(publisher_.send_due({}));
  EXPECT_THAT(forge_.checks(), IsEmpty());
  EXPECT_EQ(publisher_.next_due().value(), clock_.wall() + std::chrono::hours(1));
  EXPECT_EQ(memory_.owed(clock_.wall() + std::chrono::hours(1), 1).value().at(0).failures, 0U) << "nothing was tried";
}

TEST_F(PublisherTest, ManyVersionsInFluxAreOneUpdate) {
  keep({.checks = {check("EkaCI")}});
  ASSERT_TRUE(publisher_.send_due({}));
  for (int i = 0; i < 20; ++i) {
    Check next = check("EkaCI");
    next.text.title = "step " + std::to_string(i);
    keep({.checks = {next}});
    ASSERT_TRUE(publisher_.send_due({}));
  }
  publish_all();
  EXPECT_EQ(forge_.checks().begin()->second.updates, 1U);
  EXPECT_EQ(forge_.checks().begin()->second.check.text.title, "step 19");
}

class SparingTest : public PublisherTest {
 protected:
  /// A check that the forge has, as it goes on, after there were no calls to spare any more.
  SparingTest() {
    forge_.spare_from(spares_);
    keep({.checks = {check("EkaCI")}});
    send();
  }
  void send() { ASSERT_TRUE(publisher_.send_due({})); }
  void want(std::string title, CheckStatus status = CheckStatus::in_progress) {
    Check next = check("EkaCI", status);
    next.text.title = std::move(title);
    keep({.checks = {next}});
  }
  std::string told() { return forge_.checks().begin()->second.check.text.title; }

  const Clock::Wall spares_ = clock_.wall() + std::chrono::minutes(40);
};

TEST_F(SparingTest, ProgressWaitsUntilThereAreCallsToSpare) {
  for (int i = 0; i < 100; ++i) {
    want("step " + std::to_string(i));
    clock_.advance(std::chrono::seconds(20));
    send();
  }
  EXPECT_EQ(forge_.checks().begin()->second.updates, 0U);
  EXPECT_EQ(publisher_.next_due().value(), spares_);
  EXPECT_EQ(publisher_.counters().postponed, 0U);
  EXPECT_EQ(memory_.checks().begin()->second.owed.failures, 0U);
  clock_.advance(std::chrono::seconds(400));
  forge_.spare_from(std::nullopt);
  send();
  EXPECT_EQ(told(), "step 99");
  want("on");
  clock_.advance(std::chrono::seconds(5));
  send();
  EXPECT_EQ(told(), "on");
}

TEST_F(SparingTest, AConclusionOvertakesTheProgressThatWaits) {
  want("on");
  send();
  want("merge", CheckStatus::completed);
  send();
  EXPECT_EQ(told(), "merge");
  EXPECT_EQ(publisher_.next_due().value(), std::nullopt);
}

TEST_F(SparingTest, WhatIsNewIsCreated) {
  keep({.checks = {check("new", CheckStatus::queued)}});
  send();
  EXPECT_THAT(forge_.checks(), SizeIs(2));
}

TEST_F(SparingTest, AConclusionThatHoldsNoMoreIsTakenBack) {
  want("merge", CheckStatus::completed);
  send();
  want("reviewed again");
  clock_.advance(std::chrono::seconds(5));
  send();
  EXPECT_EQ(told(), "reviewed again");
  want("on");
  clock_.advance(std::chrono::seconds(5));
  send();
  EXPECT_EQ(told(), "reviewed again");
}

RC_GTEST_FIXTURE_PROP(PublisherTest, WhateverFailsEachCheckIsThereOnceAsItIsWanted, ()) {
  const auto faults = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3));
  for (const int fault : faults) {
    if (fault > 0) forge_.fail_next(ErrorCode::unavailable, fault == 1 ? fake::Forge::Moment::before : fake::Forge::Moment::after);
  }
  const auto deaths = *rc::gen::inRange(0, 6);
  keep({.checks = {check("one", CheckStatus::completed), check("two", CheckStatus::completed), check("three", CheckStatus::completed)}});
  for (int death = 0; death < deaths; ++death) {
    memory_.fail_at(static_cast<std::size_t>(*rc::gen::inRange(1, 8)),
                    *rc::gen::element(fake::ForgeMemory::Moment::before, fake::ForgeMemory::Moment::after));
    static_cast<void>(publisher_.send_due({}));
    clock_.advance(std::chrono::hours(1));
  }
  memory_.recover();
  for (int round = 0; round < 100; ++round) {
    static_cast<void>(publisher_.send_due({}));
    clock_.advance(std::chrono::hours(1));
  }
  RC_ASSERT(forge_.checks().size() == 3U);
  for (const auto& [id, told] : forge_.checks()) RC_ASSERT(told.check.text.status == CheckStatus::completed);
}

class LabelsTest : public PublisherTest {
 protected:
  LabelsTest() : PublisherTest({.label_prefix = "rebuilds: "}) {}
  void want(std::optional<std::string> name) { keep({.labels = {{.repository = {1}, .pull_request = {12}, .name = std::move(name)}}}); }
};

TEST_F(LabelsTest, APullRequestHasExactlyTheOneThatIsWanted) {
  forge_.add_label(12, "bug");
  forge_.add_label(12, "Rebuilds: 7");
  want("rebuilds: 1-10");
  want("rebuilds: 11+");
  publish_all();
  EXPECT_THAT(forge_.labels().at(12), testing::ElementsAre("bug", "rebuilds: 11+"));
  want(std::nullopt);
  publish_all();
  EXPECT_THAT(forge_.labels().at(12), testing::ElementsAre("bug"));
  EXPECT_THAT(memory_.label_troubles(), IsEmpty());
}

TEST_F(LabelsTest, AreTriedAgainWhereThatMayHelp) {
  want("rebuilds: 11+");
  forge_.fail_next(ErrorCode::unavailable, fake::Forge::Moment::after);
  forge_.fail_next(ErrorCode::unavailable);
  publish_all();
  EXPECT_THAT(forge_.labels().at(12), testing::ElementsAre("rebuilds: 11+"));
  EXPECT_THAT(memory_.label_troubles(), IsEmpty());
}

TEST_F(LabelsTest, ARefusalIsSeenAndHoldsUpNothing) {
  want("rebuilds: 11+");
  keep({.checks = {check("EkaCI", CheckStatus::completed)}});
  forge_.fail_next(ErrorCode::unavailable);
  forge_.fail_next(ErrorCode::permission_denied);
  publish_all();
  EXPECT_THAT(forge_.checks(), SizeIs(1));
  ASSERT_THAT(memory_.label_troubles(), SizeIs(1));
  want("rebuilds: 1-10");
  publish_all();
  EXPECT_THAT(forge_.labels().at(12), testing::ElementsAre("rebuilds: 1-10"));
  EXPECT_THAT(memory_.label_troubles(), IsEmpty());
}

class CommentsTest : public PublisherTest {
 protected:
  CommentsTest() : PublisherTest({.comments = true}) {}
  void want(std::string text, bool makes_comment = true) {
    keep(
        {.comments = {{.repository = {1}, .pull_request = {12}, .head = head(), .text = std::move(text), .makes_comment = makes_comment}}});
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const auto& [id, text] : forge_.comments(12)) all.push_back(text);
    return all;
  }
};

TEST_F(CommentsTest, APullRequestHasOneThatIsChanged) {
  want("bad");
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("bad"));
  want("good", false);
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("good"));
  want("worse");
  want("worst");
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("worst"));
}

TEST_F(CommentsTest, WhatAsksForNoneMakesNone) {
  want("good", false);
  publish_all();
  EXPECT_THAT(texts(), IsEmpty());
  want("bad");
  want("good", false);
  publish_all();
  EXPECT_THAT(texts(), IsEmpty()) << "nobody was told of the bad one";
  want("bad again");
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("bad again"));
}

TEST_F(CommentsTest, OneThatWasDeletedIsMadeAnewWhereOneIsAskedFor) {
  want("bad");
  publish_all();
  forge_.delete_comments(12);
  want("good", false);
  publish_all();
  EXPECT_THAT(texts(), IsEmpty());
  want("bad");
  publish_all();
  forge_.delete_comments(12);
  want("worse");
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("worse"));
}

TEST_F(CommentsTest, IsNotMadeAgainWhereOnlyTheAnswerWasLost) {
  want("bad");
  forge_.fail_next(ErrorCode::unavailable, fake::Forge::Moment::after);
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("bad"));
}

TEST_F(CommentsTest, OfAServerThatIsRememberedNoMoreIsFound) {
  want("bad");
  publish_all();
  keep({.closed = {{.repository = {1}, .kind = SubjectKey::Kind::pull_request, .number = {12}}}});
  want("worse");
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("worse"));
}

TEST_F(CommentsTest, ARefusalIsSeenAndHoldsUpNothing) {
  want("bad");
  keep({.checks = {check("EkaCI", CheckStatus::completed)}});
  forge_.fail_next(ErrorCode::unavailable);
  forge_.fail_next(ErrorCode::permission_denied);
  publish_all();
  EXPECT_THAT(forge_.checks(), SizeIs(1));
  EXPECT_THAT(memory_.comment_troubles(), SizeIs(1));
  want("bad");
  publish_all();
  EXPECT_THAT(texts(), testing::ElementsAre("bad"));
  EXPECT_THAT(memory_.comment_troubles(), IsEmpty());
}

TEST_F(CommentsTest, WaitUntilTheForgeSays) {
  want("bad");
  forge_.rest_until(clock_.wall() + std::chrono::hours(1));
  ASSERT_TRUE(publisher_.send_due({}));
  EXPECT_THAT(texts(), IsEmpty());
  EXPECT_EQ(publisher_.next_due().value(), clock_.wall() + std::chrono::hours(1));
}

RC_GTEST_FIXTURE_PROP(CommentsTest, WhateverFailsThereIsOneAsItIsWanted, ()) {
  const auto faults = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3));
  const auto deaths = *rc::gen::inRange(0, 6);
  for (const int fault : faults) {
    if (fault > 0) forge_.fail_next(ErrorCode::unavailable, fault == 1 ? fake::Forge::Moment::before : fake::Forge::Moment::after);
  }
  want("first");
  for (int death = 0; death < deaths; ++death) {
    memory_.fail_at(static_cast<std::size_t>(*rc::gen::inRange(1, 5)),
                    *rc::gen::element(fake::ForgeMemory::Moment::before, fake::ForgeMemory::Moment::after));
    static_cast<void>(publisher_.send_due({}));
    clock_.advance(std::chrono::hours(1));
  }
  memory_.fail_at(1'000'000, fake::ForgeMemory::Moment::before);
  want("last");
  for (int round = 0; round < 100; ++round) {
    static_cast<void>(publisher_.send_due({}));
    clock_.advance(std::chrono::hours(1));
  }
  RC_ASSERT(texts() == std::vector<std::string>{"last"});
}

TEST_F(PublisherTest, LeavesCommentsAloneWhereNoneAreAskedFor) {
  keep({.comments = {{.repository = {1}, .pull_request = {12}, .head = head(), .text = "bad", .makes_comment = true}}});
  ASSERT_TRUE(publisher_.send_due({}));
  EXPECT_THAT(forge_.comments(12), IsEmpty());
}

TEST_F(PublisherTest, WhatWasRefusedIsSentWhereWeMayDoMore) {
  keep({.subjects = {{.repository = {1}, .subject = PullRequest{.number = {12}, .head = head()}}}, .checks = {check("EkaCI")}});
  forge_.fail_next(ErrorCode::permission_denied);
  publish_all();
  EXPECT_THAT(forge_.checks(), IsEmpty());
  keep({.permitted = {{1}}});
  publish_all();
  EXPECT_THAT(forge_.checks(), SizeIs(1));
}

TEST_F(PublisherTest, LeavesLabelsAloneWhereNoneAreAskedFor) {
  keep({.labels = {{.repository = {1}, .pull_request = {12}, .name = "rebuilds: 1-10"}}});
  ASSERT_TRUE(publisher_.send_due({}));
  EXPECT_THAT(forge_.labels(), IsEmpty());
}

}  // namespace
}  // namespace ekaci::forge
