#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "db/forge_test_data.h"

namespace ekaci::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Outbox : public ForgeMemoryTest {
 protected:
  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const forge::OwedCheck& check : owed()) found.push_back(check.check.name);
    return found;
  }
  void pass(int seconds) { clock_.elapsed += std::chrono::seconds(seconds); }
};

TEST_F(Outbox, OwesWhatIsWantedAsItIsWanted) {
  forge::Check check = concluded("one", "EkaCI");
  check.text.text = "# more";
  check.text.annotations = {{.path = "a.nix", .line = 7, .level = forge::Annotation::Level::warning, .title = "t", .message = "m"}};
  check.text.actions = {{.identifier = "retry", .label = "Retry", .description = "again"}};
  check.text.details_path = "/reviews/1";
  check.text.started = now();
  check.text.completed = in(3);
  keep({.checks = {check}});
  reopen();
  EXPECT_EQ(only_owed(), (forge::OwedCheck{.id = {1}, .version = 1, .repository = repository_numbered(1), .check = check}));
  EXPECT_EQ(memory_->next_due(now()).value(), std::nullopt);
}

TEST_F(Outbox, OwesNothingThatIsSent) {
  keep({.checks = {running("one", "EkaCI")}});
  send(only_owed());
  reopen();
  EXPECT_THAT(owed(), IsEmpty());
  EXPECT_EQ(memory_->next_due(now()).value(), std::nullopt);
}

TEST_F(Outbox, TheSameAgainIsNoChange) {
  keep({.checks = {running("one", "EkaCI")}});
  keep({.checks = {running("one", "EkaCI")}});
  EXPECT_EQ(only_owed().version, 1U);
  send(only_owed());
  pass(60);
  keep({.checks = {running("one", "EkaCI")}});
  EXPECT_THAT(owed(), IsEmpty());
}

TEST_F(Outbox, WhatConcludesNothingWaitsForItsTurn) {
  keep({.checks = {running("one", "EkaCI")}});
  send(only_owed(), 5);
  pass(1);
  keep({.checks = {running("one", "EkaCI", "further")}});
  EXPECT_THAT(owed(), IsEmpty());
  EXPECT_EQ(memory_->next_due(now()).value(), in(4));
  keep({.checks = {running("one", "EkaCI", "even further")}});
  pass(4);
  const forge::OwedCheck owed = only_owed();
  EXPECT_EQ(owed.version, 3U);
  EXPECT_EQ(owed.forge_id, forge::ForgeCheckId{1'001});
  EXPECT_EQ(owed.check.text.title, "even further");
}

TEST_F(Outbox, WhatConcludesIsDueAtOnce) {
  keep({.checks = {running("one", "EkaCI")}});
  send(only_owed(), 500);
  keep({.checks = {running("one", "EkaCI", "further")}});
  keep({.checks = {concluded("one", "EkaCI")}});
  EXPECT_EQ(only_owed().check.text.conclusion, forge::Conclusion::success);
}

TEST_F(Outbox, WhatChangedWhileItWasSentIsOwedStill) {
  keep({.checks = {running("one", "EkaCI"), running("one", "other")}});
  const std::vector<forge::OwedCheck> before = owed();
  keep({.checks = {running("one", "EkaCI", "further"), concluded("one", "other")}});
  for (const forge::OwedCheck& check : before) send(check, 5);
  EXPECT_THAT(names(), ElementsAre("other"));
  EXPECT_EQ(memory_->next_due(now()).value(), in(5));
}

TEST_F(Outbox, AConcludedCheckMayRunAgain) {
  keep({.checks = {concluded("one", "EkaCI")}});
  send(only_owed(), 0);
  keep({.checks = {running("one", "EkaCI")}});
  EXPECT_EQ(only_owed().version, 2U);
  EXPECT_EQ(memory_->open_checks({1}, commit("one")).value().size(), 1U);
}

TEST_F(Outbox, TheLongestDueComeFirst) {
  keep({.checks = {running("one", "c")}});
  pass(1);
  keep({.checks = {running("one", "a")}});
  pass(1);
  keep({.checks = {running("one", "b")}});
  keep({.checks = {running("one", "c", "further")}});
  EXPECT_THAT(names(), ElementsAre("c", "a", "b"));
  EXPECT_EQ(memory_->owed(now(), 2).value().size(), 2U);
}

TEST_F(Outbox, WhatCouldNotBeSentIsDueThen) {
  keep({.checks = {running("one", "EkaCI")}});
  ASSERT_TRUE(memory_->postponed({1}, in(30), forge::Delay::failed, "the forge is down"));
  ASSERT_TRUE(memory_->postponed({1}, in(60), forge::Delay::failed, "still down"));
  ASSERT_TRUE(memory_->postponed({1}, in(60), forge::Delay::left_alone, "still down"));
  keep({.checks = {concluded("one", "EkaCI")}});
  EXPECT_THAT(owed(), IsEmpty()) << "a conclusion does not make the forge answer";
  EXPECT_EQ(memory_->next_due(now()).value(), in(60));
  const CheckTrouble trouble{
      .id = {1}, .repository = {1}, .head = commit("one"), .name = "EkaCI", .failures = 2, .due = in(60), .why = "still down"};
  EXPECT_THAT(memory_->troubles(10).value(), ElementsAre(trouble));
  pass(60);
  EXPECT_EQ(only_owed().failures, 2U);
  send(only_owed());
  EXPECT_THAT(memory_->troubles(10).value(), IsEmpty());
  ASSERT_TRUE(memory_->postponed({1}, in(60), forge::Delay::failed, "too late"));
  EXPECT_THAT(memory_->troubles(10).value(), IsEmpty());
  EXPECT_EQ(memory_->next_due(now()).value(), std::nullopt);
}

TEST_F(Outbox, WhatIsRefusedIsNotTriedAgainUntilItChanges) {
  keep({.checks = {running("one", "EkaCI"), running("two", "EkaCI")}});
  ASSERT_TRUE(memory_->refused({1}, 1, "no such commit"));
  reopen();
  EXPECT_EQ(only_owed().id, forge::CheckId{2});
  const CheckTrouble trouble{
      .id = {1}, .repository = {1}, .head = commit("one"), .name = "EkaCI", .failures = 0, .due = {}, .why = "no such commit"};
  EXPECT_THAT(memory_->troubles(10).value(), ElementsAre(trouble));
  pass(1);
  keep({.checks = {running("one", "EkaCI", "further")}});
  EXPECT_EQ(owed().size(), 2U);
  ASSERT_TRUE(memory_->refused({1}, 1, "said late"));
  EXPECT_EQ(owed().size(), 2U);
}

TEST_F(Outbox, TheBacklogTellsWhatIsOwedAndWhatIsRefused) {
  ASSERT_TRUE(memory_->receive({.guid = "one", .event = "ping", .payload = "{}", .received = now()}));
  keep({.checks = {running("one", "EkaCI"), running("two", "EkaCI"), running("three", "EkaCI")}});
  ASSERT_TRUE(memory_->postponed({1}, in(30), forge::Delay::failed, "the forge is down"));
  ASSERT_TRUE(memory_->refused({2}, 1, "no such commit"));
  const Clock::Wall since = now();
  pass(5);
  const Backlog backlog = memory_->backlog(10).value();
  EXPECT_EQ(backlog.deliveries, 1U);
  EXPECT_EQ(backlog.oldest_delivery, since);
  EXPECT_EQ(backlog.checks, 2U);
  EXPECT_EQ(backlog.oldest_check, since);
  const UnsentCheck fresh{.repository = {1}, .head = commit("three"), .name = "EkaCI", .since = since, .due = since};
  UnsentCheck postponed = fresh;
  postponed.head = commit("one");
  postponed.failures = 1;
  postponed.due = since + std::chrono::seconds(30);
  postponed.why = "the forge is down";
  EXPECT_THAT(backlog.owed, ElementsAre(fresh, postponed));
  ASSERT_EQ(backlog.refused.size(), 1U);
  EXPECT_EQ(backlog.refused.front().why, "no such commit");
  EXPECT_EQ(memory_->backlog(1).value().owed.size(), 1U);
}

TEST_F(Outbox, InTheBacklogWhatWaitsForItsTurnIsOwedFromThenOn) {
  keep({.checks = {running("one", "EkaCI")}});
  send(only_owed(), 2'400);
  keep({.checks = {running("one", "EkaCI", "further")}});
  const Backlog backlog = memory_->backlog(10).value();
  EXPECT_EQ(backlog.oldest_check, in(2'400));
  ASSERT_EQ(backlog.owed.size(), 1U);
  EXPECT_EQ(backlog.owed[0].since, in(2'400));
  pass(60);
  keep({.checks = {concluded("one", "EkaCI")}});
  EXPECT_EQ(memory_->backlog(10).value().oldest_check, in(-60));
}

TEST_F(Outbox, RemembersThatACheckMayExist) {
  keep({.checks = {running("one", "EkaCI")}});
  EXPECT_FALSE(only_owed().may_exist);
  ASSERT_TRUE(memory_->trying_to_create({1}));
  reopen();
  EXPECT_TRUE(only_owed().may_exist);
  EXPECT_EQ(only_owed().forge_id, std::nullopt);
}

TEST_F(Outbox, RefusesWordsAboutWhatNeverWas) {
  keep({.checks = {running("one", "EkaCI")}});
  EXPECT_EQ(memory_->trying_to_create({9}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(memory_->sent({9}, {1}, 1, now()).error().code(), ErrorCode::not_found);
  EXPECT_EQ(memory_->postponed({9}, now(), forge::Delay::failed, "").error().code(), ErrorCode::not_found);
  EXPECT_EQ(memory_->refused({9}, 1, "").error().code(), ErrorCode::not_found);
  EXPECT_EQ(memory_->sent({1}, {1}, 2, now()).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(memory_->refused({1}, 0, "").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(only_owed().version, 1U);
}

/// Sends what is owed as Outbox asks for, to a forge of names, and dies after `steps` of its steps.
class DyingSender {
 public:
  DyingSender(SqliteForgeMemory& memory, std::multiset<std::string>& created, Clock::Wall now)
      : memory_(memory), created_(created), now_(now) {}

  bool send_all(int steps) {
    steps_ = steps;
    const auto checks = memory_.owed(now_, 100).value();
    return std::ranges::all_of(checks, [this](const forge::OwedCheck& check) { return send(check); });
  }

 private:
  /// Whether it lives on.
  bool step() { return steps_-- > 0; }
  bool send(const forge::OwedCheck& check) {
    const std::string name = check.check.head.to_string() + check.check.name;
    const bool is_there = check.forge_id || (check.may_exist && created_.contains(name));
    if (!is_there) {
      if (!step() || !memory_.trying_to_create(check.id) || !step()) return false;
      created_.insert(name);
    }
    return step() && memory_.sent(check.id, {check.id.value}, check.version, now_) && step();
  }

  SqliteForgeMemory& memory_;
  std::multiset<std::string>& created_;
  Clock::Wall now_;
  int steps_ = 0;
};

TEST_F(Outbox, ADeathAtAnyStepLosesNothingAndCreatesNothingTwice) {
  for (int steps = 0; steps < 14; ++steps) {
    std::multiset<std::string> created;
    const std::string head = fmt::format("head {}", steps);
    keep({.checks = {running(head, "a"), concluded(head, "b"), running(head, "c")}});
    DyingSender(*memory_, created, now()).send_all(steps);
    reopen();
    keep({.checks = {concluded(head, "a")}});
    while (!DyingSender(*memory_, created, now()).send_all(5)) reopen();
    EXPECT_THAT(owed(), IsEmpty()) << steps;
    EXPECT_EQ(created.size(), 3U) << steps;
    EXPECT_EQ(std::set<std::string>(created.begin(), created.end()).size(), 3U) << steps;
  }
}

// ---- labels

class Labels : public ForgeMemoryTest {
 protected:
  void want(std::optional<std::string> name, std::int64_t number = 12) {
    keep({.labels = {{.repository = {1}, .pull_request = {number}, .name = std::move(name)}}});
  }
  std::vector<forge::OwedLabel> owed_labels() { return memory_->owed_labels(now(), 1'000).value(); }
};

TEST_F(Labels, ANewerWishTakesTheOldersPlace) {
  want("rebuilds: 1-10");
  const forge::OwedLabel first = owed_labels().at(0);
  EXPECT_EQ(first.wanted.name, "rebuilds: 1-10");
  EXPECT_EQ(first.repository, repository_numbered(1));
  want(std::nullopt);
  ASSERT_TRUE(memory_->labelled(first.id)) << "the older one was put meanwhile";
  ASSERT_EQ(owed_labels().size(), 1U);
  EXPECT_EQ(owed_labels().at(0).wanted.name, std::nullopt);
  ASSERT_TRUE(memory_->label_refused(first.id, "no"));
  EXPECT_EQ(owed_labels().at(0).failures, 0U) << "said of the older one";
}

TEST_F(Labels, AreOwedAcrossADeathUntilTheyArePut) {
  want("rebuilds: 1-10");
  want("rebuilds: 11+", 13);
  reopen();
  ASSERT_EQ(owed_labels().size(), 2U);
  ASSERT_TRUE(memory_->labelled(owed_labels().at(0).id));
  reopen();
  ASSERT_EQ(owed_labels().size(), 1U);
  EXPECT_EQ(owed_labels().at(0).wanted.pull_request.value, 13);
}

TEST_F(Labels, ArePostponedAndRefused) {
  want("rebuilds: 1-10");
  ASSERT_TRUE(memory_->label_postponed(owed_labels().at(0).id, in(30), forge::Delay::failed, "down"));
  ASSERT_TRUE(memory_->label_postponed({1}, in(30), forge::Delay::left_alone, "leave"));
  EXPECT_TRUE(owed_labels().empty());
  EXPECT_EQ(memory_->next_due(now()).value(), in(30));
  const forge::OwedLabel later = memory_->owed_labels(in(30), 10).value().at(0);
  EXPECT_EQ(later.failures, 1U);
  ASSERT_TRUE(memory_->label_refused(later.id, "may not"));
  EXPECT_EQ(memory_->next_due(now()).value(), std::nullopt);
  EXPECT_TRUE(memory_->owed_labels(in(1'000'000), 10).value().empty());
  want("rebuilds: 1-10");
  EXPECT_EQ(owed_labels().size(), 1U) << "a review that ended asks anew";
}

TEST_F(Labels, OfPullRequestsThatAreForgottenAreOwedToNobody) {
  keep({.subjects = {pull_request(1, 12, "a"), pull_request(1, 13, "b")}});
  want("rebuilds: 1-10", 12);
  want("rebuilds: 1-10", 13);
  keep({.closed = {key_of_pull_request(1, 12)}});
  EXPECT_EQ(owed_labels().size(), 1U);
  keep({.left = {{1}}});
  EXPECT_TRUE(owed_labels().empty());
}

// ---- comments

class Comments : public ForgeMemoryTest {
 protected:
  void want(const std::string& text, std::int64_t number = 12, bool makes_comment = true) {
    keep(
        {.comments = {{.repository = {1}, .pull_request = {number}, .head = commit("one"), .text = text, .makes_comment = makes_comment}}});
  }
  std::vector<forge::OwedComment> owed_comments() { return memory_->owed_comments(now(), 1'000).value(); }
  forge::OwedComment only_owed_comment() {
    const auto all = owed_comments();
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
  }
};

TEST_F(Comments, AreOwedAcrossADeathUntilTheyAreThere) {
  want("bad");
  want("worse", 13);
  reopen();
  ASSERT_EQ(owed_comments().size(), 2U);
  const forge::OwedComment first = owed_comments().at(0);
  EXPECT_EQ(first.repository, repository_numbered(1));
  EXPECT_EQ(first.wanted.text, "bad");
  EXPECT_EQ(first.wanted.head, commit("one"));
  EXPECT_TRUE(first.wanted.makes_comment);
  EXPECT_FALSE(first.forge_id);
  ASSERT_TRUE(memory_->commented(first.id, {77}, first.version));
  reopen();
  EXPECT_EQ(only_owed_comment().wanted.pull_request.value, 13);
}

TEST_F(Comments, KeepTheirNumberAtTheForgeWhateverTheySay) {
  want("bad");
  const forge::OwedComment first = only_owed_comment();
  ASSERT_TRUE(memory_->commented(first.id, {77}, first.version));
  want("bad");
  EXPECT_TRUE(owed_comments().empty()) << "it says so already";
  want("good", 12, false);
  reopen();
  const forge::OwedComment changed = only_owed_comment();
  EXPECT_EQ(changed.id, first.id);
  EXPECT_EQ(changed.forge_id, forge::ForgeCommentId{77});
  EXPECT_GT(changed.version, first.version);
  EXPECT_FALSE(changed.wanted.makes_comment);
}

TEST_F(Comments, ANewerWishStaysWhateverIsSaidOfTheOlder) {
  want("bad");
  const forge::OwedComment older = only_owed_comment();
  want("worse");
  ASSERT_TRUE(memory_->uncommented(older.id, older.version));
  ASSERT_TRUE(memory_->comment_refused(older.id, older.version, "no"));
  EXPECT_EQ(only_owed_comment().failures, 0U);
  ASSERT_TRUE(memory_->commented(older.id, {77}, older.version));
  EXPECT_EQ(only_owed_comment().wanted.text, "worse");
  EXPECT_EQ(only_owed_comment().forge_id, forge::ForgeCommentId{77});
}

TEST_F(Comments, ThatNobodyAsksForAreNotOwed) {
  want("good", 12, false);
  EXPECT_TRUE(owed_comments().empty());
  want("bad");
  want("good", 12, false);
  ASSERT_TRUE(memory_->uncommented(only_owed_comment().id, only_owed_comment().version));
  EXPECT_TRUE(owed_comments().empty());
  want("better", 12, false);
  EXPECT_TRUE(owed_comments().empty());
}

TEST_F(Comments, ArePostponedAndRefused) {
  want("bad");
  ASSERT_TRUE(memory_->comment_postponed(only_owed_comment().id, in(30), forge::Delay::failed, "down"));
  ASSERT_TRUE(memory_->comment_postponed({1}, in(30), forge::Delay::left_alone, "leave"));
  EXPECT_TRUE(owed_comments().empty());
  EXPECT_EQ(memory_->next_due(now()).value(), in(30));
  const forge::OwedComment later = memory_->owed_comments(in(30), 10).value().at(0);
  EXPECT_EQ(later.failures, 1U);
  ASSERT_TRUE(memory_->comment_refused(later.id, later.version, "may not"));
  EXPECT_EQ(memory_->next_due(now()).value(), std::nullopt);
  EXPECT_TRUE(memory_->owed_comments(in(1'000'000), 10).value().empty());
  want("bad");
  EXPECT_EQ(only_owed_comment().failures, 0U) << "a review that ended asks anew";
}

TEST_F(Comments, OfPullRequestsThatAreForgottenAreOwedToNobody) {
  keep({.subjects = {pull_request(1, 12, "a"), pull_request(1, 13, "b")}});
  want("bad", 12);
  want("bad", 13);
  keep({.closed = {key_of_pull_request(1, 12)}});
  EXPECT_EQ(only_owed_comment().wanted.pull_request.value, 13);
  keep({.left = {{1}}});
  EXPECT_TRUE(owed_comments().empty());
}

TEST_F(Comments, WithoutARepositoryOrATextAreRefused) {
  const auto kept = [&](forge::RepositoryId repository, std::string text) {
    const Status status = memory_->keep(
        {.comments = {
             {.repository = repository, .pull_request = {1}, .head = commit("one"), .text = std::move(text), .makes_comment = true}}});
    return status ? std::optional<ErrorCode>() : status.error().code();
  };
  EXPECT_EQ(kept({9}, "a"), ErrorCode::invalid_argument);
  EXPECT_EQ(kept({1}, ""), ErrorCode::invalid_argument);
  EXPECT_EQ(kept({1}, std::string(forge::kMaxComment + 1, 'a')), ErrorCode::invalid_argument);
  EXPECT_EQ(kept({1}, std::string(forge::kMaxComment, 'a')), std::nullopt);
  EXPECT_EQ(only_owed_comment().wanted.text.size(), forge::kMaxComment);
}

// ---- what was refused, where we may do something else by now

class Permitted : public Comments {
 protected:
  void refuse_all() {
    for (const forge::OwedCheck& check : owed()) ASSERT_TRUE(memory_->refused(check.id, check.version, "may not"));
    const auto labels = memory_->owed_labels(now(), 10).value();
    for (const forge::OwedLabel& label : labels) ASSERT_TRUE(memory_->label_refused(label.id, "may not"));
    for (const forge::OwedComment& comment : owed_comments()) {
      ASSERT_TRUE(memory_->comment_refused(comment.id, comment.version, "may not"));
    }
  }
};

TEST_F(Permitted, IsOwedAgain) {
  keep({.subjects = {pull_request(1, 12, "one")},
        .checks = {concluded("one", "EkaCI"), running("one", "other")},
        .labels = {{.repository = {1}, .pull_request = {12}, .name = "rebuilds: 1-10"}}});
  want("bad");
  refuse_all();
  EXPECT_EQ(memory_->next_due(now()).value(), std::nullopt);
  EXPECT_EQ(memory_->troubles(10).value().size(), 2U);
  clock_.elapsed += std::chrono::seconds(60);
  keep({.permitted = {{1}}});
  reopen();
  ASSERT_EQ(owed().size(), 2U);
  EXPECT_EQ(owed().at(0).failures, 0U);
  EXPECT_EQ(memory_->owed_labels(now(), 10).value().size(), 1U);
  EXPECT_EQ(only_owed_comment().wanted.text, "bad");
  EXPECT_TRUE(memory_->troubles(10).value().empty());
  EXPECT_EQ(memory_->backlog(10).value().oldest_check, now()) << "owed since then, not since it was wanted";
  send_all();
  EXPECT_TRUE(owed().empty());
}

TEST_F(Permitted, OfCommitsThatNobodyAsksAboutIsNot) {
  keep({.subjects = {pull_request(1, 12, "one")}, .checks = {concluded("one", "EkaCI"), concluded("older", "EkaCI")}});
  refuse_all();
  keep({.permitted = {{1}}});
  EXPECT_EQ(only_owed().check.head, commit("one"));
}

TEST_F(Permitted, OfOtherRepositoriesIsNot) {
  keep({.repositories = {repository_numbered(2)}, .subjects = {pull_request(1, 12, "one")}, .checks = {concluded("one", "EkaCI")}});
  want("bad");
  refuse_all();
  keep({.permitted = {{2}}});
  EXPECT_TRUE(owed().empty());
  EXPECT_TRUE(owed_comments().empty());
}

TEST_F(Permitted, WhatIsThereAlreadyIsLeftAlone) {
  keep({.subjects = {pull_request(1, 12, "one")}, .checks = {concluded("one", "EkaCI")}});
  want("bad");
  send_all();
  ASSERT_TRUE(memory_->commented(only_owed_comment().id, {77}, only_owed_comment().version));
  keep({.permitted = {{1}}});
  EXPECT_TRUE(owed().empty());
  EXPECT_TRUE(owed_comments().empty());
}

TEST_F(Labels, WithoutARepositoryOrANameAreRefused) {
  EXPECT_EQ(memory_->keep({.labels = {{.repository = {9}, .pull_request = {1}, .name = "a"}}}).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(memory_->keep({.labels = {{.repository = {1}, .pull_request = {1}, .name = ""}}}).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(memory_->keep({.labels = {{.repository = {1}, .pull_request = {1}, .name = std::string(201, 'a')}}}).error().code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ekaci::db
