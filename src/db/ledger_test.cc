#include "db/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "db/forge_test_data.h"

namespace ekaci::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Ledger : public ForgeMemoryTest {
 protected:
  forge::LedgerState load() { return memory_->load().value(); }
  std::vector<std::string> open_checks(const std::string& head) {
    std::vector<std::string> names;
    const auto checks = memory_->open_checks({1}, commit(head)).value();
    for (const forge::Check& check : checks) names.push_back(check.name);
    return names;
  }
  std::int64_t checks() {
    const auto connection = Connection::open(directory_.file(), Access::read, std::chrono::seconds(5)).value();
    return connection.query_integer("SELECT count(*) FROM forge_check").value().value();
  }
};

TEST_F(Ledger, KnowsNothingButWhatItWasTold) {
  EXPECT_EQ(load(), (forge::LedgerState{.repositories = {repository_numbered(1)}}));
  EXPECT_TRUE(memory_->keep({}));
}

TEST_F(Ledger, GivesBackEveryKindOfSubjectAsItWas) {
  forge::SubjectRecord reviewed = pull_request(1, 7, "head");
  reviewed.approved = commit("head");
  reviewed.approved_by = "maintainer";
  reviewed.decision = Decision::do_not_merge;
  reviewed.builds_withheld = true;
  reviewed.base = commit("base");
  reviewed.is_base_stale = true;
  reviewed.retry_failed = true;
  const forge::SubjectRecord group{
      .repository = {1}, .subject = forge::MergeGroup{.branch = "queue/main/pr-7", .head = commit("group"), .base = commit("base")}};
  const forge::SubjectRecord branch{.repository = {1}, .subject = forge::TargetBranch{.branch = "main", .tip = commit("base")}};
  keep({.subjects = {reviewed, group, branch}});
  reopen();
  EXPECT_THAT(load().subjects, ElementsAre(reviewed, group, branch));
}

TEST_F(Ledger, ANewerStateTakesTheOldersPlace) {
  keep({.subjects = {pull_request(1, 7, "one"), pull_request(1, 8, "other")}});
  keep({.subjects = {pull_request(1, 7, "two")}});
  EXPECT_THAT(load().subjects, ElementsAre(pull_request(1, 7, "two"), pull_request(1, 8, "other")));
  forge::Repository renamed = repository_numbered(1);
  renamed.permissions = "checks:write metadata:read";
  renamed.name = "new/name";
  renamed.is_private = true;
  keep({.repositories = {renamed}});
  EXPECT_THAT(load().repositories, ElementsAre(renamed));
}

TEST_F(Ledger, ForgetsWhatIsClosedAndWhatWasInARepositoryThatWeLeft) {
  keep({.repositories = {repository_numbered(2)},
        .subjects = {pull_request(1, 7, "one"), pull_request(1, 8, "two"), pull_request(2, 7, "three")}});
  keep({.closed = {key_of_pull_request(1, 7), key_of_pull_request(1, 99)}});
  EXPECT_THAT(load().subjects, ElementsAre(pull_request(1, 8, "two"), pull_request(2, 7, "three")));
  keep({.left = {{2}, {99}}});
  EXPECT_EQ(load(), (forge::LedgerState{.repositories = {repository_numbered(1)}, .subjects = {pull_request(1, 8, "two")}}));
  keep({.repositories = {repository_numbered(2)}});
  EXPECT_EQ(load().repositories.size(), 2U);
}

TEST_F(Ledger, OtherChecksOfACommitFollow) {
  keep({.checks = {running("one", "EkaCI"), running("one", "a"), running("one", "b"), running("other", "a")}});
  const forge::CheckText withdrawn{
      .status = forge::CheckStatus::completed, .conclusion = forge::Conclusion::cancelled, .title = "withdrawn"};
  keep({.checks = {running("one", "b")}, .others = {{.repository = {1}, .head = commit("one"), .text = withdrawn}}});
  EXPECT_THAT(open_checks("one"), ElementsAre("EkaCI", "b")) << "neither the summary nor what is told besides";
  EXPECT_THAT(open_checks("other"), ElementsAre("a"));
  EXPECT_EQ(checks(), 4);
  keep({.others = {{.repository = {1}, .head = commit("none"), .text = withdrawn}}});
  EXPECT_EQ(checks(), 4) << "what was never wanted is not withdrawn";
}

TEST_F(Ledger, KeepsAllOfAnEntryOrNothing) {
  receive("a");
  const Status kept = memory_->keep({.repositories = {repository_numbered(2)},
                                     .subjects = {pull_request(1, 7, "one")},
                                     .checks = {running("one", "EkaCI"), {.repository = {99}, .head = commit("one"), .name = "x"}},
                                     .handled = {{.id = {1}, .outcome = "done"}}});
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(load(), (forge::LedgerState{.repositories = {repository_numbered(1)}}));
  EXPECT_THAT(owed(), IsEmpty());
  EXPECT_EQ(memory_->unhandled({}, 10).value().size(), 1U);
}

TEST_F(Ledger, RefusesWhatCannotBeRight) {
  const auto code = [&](const forge::LedgerEntry& entry) { return memory_->keep(entry).error().code(); };
  EXPECT_EQ(code({.subjects = {pull_request(99, 7, "one")}}), ErrorCode::invalid_argument);
  forge::Check check = running("one", "EkaCI");
  check.text.conclusion = forge::Conclusion::success;
  EXPECT_EQ(code({.checks = {check}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.checks = {running("one", "")}}), ErrorCode::invalid_argument);
  check = running("one", "EkaCI", std::string(10U << 20U, 'x'));
  EXPECT_EQ(code({.checks = {check}}), ErrorCode::invalid_argument);
}

TEST_F(Ledger, ListsTheChecksOfACommitThatAreNotConcluded) {
  keep({.checks = {running("one", "a"), concluded("one", "b"), running("one", "c"), running("two", "d")}});
  EXPECT_THAT(memory_->open_checks({1}, commit("one")).value(), ElementsAre(running("one", "a"), running("one", "c")));
  send_all();
  EXPECT_THAT(open_checks("one"), ElementsAre("a", "c")) << "sent or not";
  keep({.checks = {concluded("one", "a")}});
  EXPECT_THAT(open_checks("one"), ElementsAre("c"));
}

TEST_F(Ledger, ForgetsTheOldestChecksThatNobodyNeeds) {
  options_.retired_checks = 2;
  reopen();
  keep({.subjects = {pull_request(1, 7, "kept")}, .checks = {concluded("kept", "EkaCI")}});
  send_all();
  for (int i = 0; i < 5; ++i) {
    const std::string head = fmt::format("head {}", i);
    keep({.subjects = {pull_request(1, 8, head)}, .checks = {concluded(head, "EkaCI")}});
    send_all();
  }
  EXPECT_EQ(checks(), 1 + 1 + 2) << "those of both pull requests, and two more";
  keep({.closed = {key_of_pull_request(1, 7), key_of_pull_request(1, 8)}});
  EXPECT_EQ(checks(), 2);
}

TEST_F(Ledger, KeepsChecksOfWhatIsGoneUntilTheyAreConcludedAndSent) {
  options_.retired_checks = 0;
  reopen();
  keep({.subjects = {pull_request(1, 7, "one")}, .checks = {running("one", "EkaCI")}});
  send_all();
  keep({.closed = {key_of_pull_request(1, 7)}});
  EXPECT_EQ(checks(), 1) << "it is not concluded";
  keep({.checks = {concluded("one", "EkaCI")}});
  EXPECT_EQ(checks(), 1) << "it is not sent";
  send_all();
  EXPECT_EQ(checks(), 0);
}

TEST_F(Ledger, ASubjectThatComesBackFindsItsChecks) {
  options_.retired_checks = 1;
  reopen();
  keep({.subjects = {pull_request(1, 7, "one")}, .checks = {concluded("one", "EkaCI")}});
  send_all();
  keep({.closed = {key_of_pull_request(1, 7)}});
  keep({.subjects = {pull_request(1, 7, "one")}, .checks = {concluded("one", "EkaCI")}});
  EXPECT_THAT(owed(), IsEmpty()) << "the forge has it";
  keep({.checks = {concluded("two", "EkaCI"), concluded("three", "EkaCI")}});
  send_all();
  EXPECT_EQ(checks(), 2) << "one is needed, and one of two is forgotten";
  keep({.checks = {concluded("one", "EkaCI", "another title")}});
  EXPECT_EQ(only_owed().version, 2U);
}

TEST_F(Ledger, SendsWhatIsOwedInARepositoryThatWeLeftAndThenForgetsBoth) {
  options_.retired_checks = 0;
  reopen();
  keep({.repositories = {repository_numbered(2)}, .subjects = {pull_request(2, 7, "one")}});
  forge::Check check = running("one", "EkaCI");
  check.repository = {2};
  keep({.checks = {check}});
  send_all();
  check = concluded("one", "EkaCI");
  check.repository = {2};
  keep({.left = {{2}}, .checks = {check}});
  EXPECT_EQ(load().repositories.size(), 1U);
  EXPECT_EQ(only_owed().repository, repository_numbered(2));
  send_all();
  EXPECT_EQ(checks(), 0);
  const auto connection = Connection::open(directory_.file(), Access::read, std::chrono::seconds(5)).value();
  EXPECT_EQ(connection.query_integer("SELECT count(*) FROM forge_repository").value(), 1);
}

}  // namespace
}  // namespace ekaci::db
