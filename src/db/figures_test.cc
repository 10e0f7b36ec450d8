#include "db/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/forge_test_data.h"

namespace ekaci::db {
namespace {

class Figures : public ForgeMemoryTest {
 protected:
  void SetUp() override {
    ForgeMemoryTest::SetUp();
    reader_ = FigureReader::open(directory_.file(), std::chrono::seconds(1)).value();
  }
  ForgeFigures figures() { return reader_->read().value(); }

  std::unique_ptr<FigureReader> reader_{};
};

TEST_F(Figures, OfNothingAreNothing) { EXPECT_EQ(figures(), ForgeFigures{}); }

TEST_F(Figures, CountDeliveriesUntilTheyAreHandled) {
  receive("a");
  receive("b");
  EXPECT_EQ(figures().unhandled, 2U);
  EXPECT_EQ(figures().oldest_received, Clock::Wall(std::chrono::seconds(5)));
  const auto waiting = memory_->unhandled({0}, 10).value();
  keep({.handled = {{.id = waiting[0].id, .outcome = "done"}, {.id = waiting[1].id, .outcome = "done"}}});
  EXPECT_EQ(figures(), ForgeFigures{});
}

TEST_F(Figures, TellSinceWhenTheLongestOwedCheckHasBeenAlsoWhereItIsPutOff) {
  const Clock::Wall first = now();
  keep({.checks = {concluded("one", "EkaCI")}});
  ASSERT_TRUE(memory_->postponed(only_owed().id, in(3'600), forge::Delay::failed, "no answer"));
  clock_.elapsed += std::chrono::seconds(60);
  keep({.checks = {concluded("two", "EkaCI")}});
  EXPECT_EQ(figures().owed, 2U);
  EXPECT_EQ(figures().owed_since, first);
  EXPECT_EQ(figures().refused, 0U) << "it is tried again";
}

TEST_F(Figures, WhatWaitsForItsTurnIsNotOwedForLong) {
  keep({.checks = {running("one", "EkaCI")}});
  send(only_owed(), 2'400);
  keep({.checks = {running("one", "EkaCI", "further")}});
  EXPECT_EQ(figures().owed, 1U);
  EXPECT_EQ(figures().owed_since, in(2'400));
  keep({.checks = {concluded("one", "EkaCI")}});
  EXPECT_EQ(figures().owed_since, now());
}

TEST_F(Figures, CountWhatIsGivenUpAndNotOwedAnyMore) {
  keep({.checks = {concluded("one", "EkaCI"), concluded("one", "other")}});
  const auto checks = owed();
  ASSERT_TRUE(memory_->refused(checks[0].id, checks[0].version, "never"));
  send(checks[1]);
  EXPECT_EQ(figures(), (ForgeFigures{.refused = 1}));
}

TEST_F(Figures, CountLabelsAndCommentsThatWereRefused) {
  keep({.labels = {{.repository = {1}, .pull_request = {12}, .name = "a"}, {.repository = {1}, .pull_request = {13}, .name = "a"}},
        .comments = {{.repository = {1}, .pull_request = {12}, .head = commit("one"), .text = "bad", .makes_comment = true}}});
  EXPECT_EQ(figures(), ForgeFigures{});
  const auto labels = memory_->owed_labels(now(), 10).value();
  for (const forge::OwedLabel& label : labels) ASSERT_TRUE(memory_->label_refused(label.id, "may not"));
  const forge::OwedComment comment = memory_->owed_comments(now(), 10).value().at(0);
  ASSERT_TRUE(memory_->comment_refused(comment.id, comment.version, "may not"));
  EXPECT_EQ(figures(), (ForgeFigures{.refused_labels = 2, .refused_comments = 1}));
  const Backlog backlog = memory_->backlog(1).value();
  ASSERT_EQ(backlog.refused_wishes.size(), 2U) << "as many of each as asked for";
  const RefusedWish newest{.what = RefusedWish::What::label, .repository = {1}, .pull_request = {13}, .since = now(), .why = "may not"};
  EXPECT_EQ(backlog.refused_wishes.front(), newest);
  EXPECT_EQ(backlog.refused_wishes.back().what, RefusedWish::What::comment);
  ASSERT_TRUE(memory_->commented(comment.id, {77}, comment.version));
  EXPECT_EQ(figures().refused_comments, 0U);
}

TEST_F(Figures, AreReadWhileAnotherWrites) {
  auto writer = Connection::open(directory_.file(), Access::write, std::chrono::seconds(1)).value();
  const auto transaction = Transaction::begin(writer, Transaction::Kind::write).value();
  EXPECT_EQ(figures(), ForgeFigures{});
}

TEST_F(Figures, TryingToWriteWritesAndChangesNothing) {
  receive("a");
  const auto log = std::filesystem::path(directory_.file().string() + "-wal");
  const auto before = std::filesystem::file_size(log);
  ASSERT_TRUE(memory_->try_writing());
  EXPECT_GT(std::filesystem::file_size(log), before);
  EXPECT_EQ(figures().unhandled, 1U);
}

TEST_F(Figures, TryingToWriteFailsWhereNobodyCan) {
  options_.longest_wait = std::chrono::milliseconds(10);
  reopen();
  auto writer = Connection::open(directory_.file(), Access::write, std::chrono::seconds(1)).value();
  const auto transaction = Transaction::begin(writer, Transaction::Kind::write).value();
  EXPECT_EQ(memory_->try_writing().error().code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace ekaci::db
