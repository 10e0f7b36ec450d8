#include "db/kept_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "db/backup.h"
#include "db/build_memory.h"
#include "db/forge_test_data.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::chrono::seconds kWait(5);

/// A database with something of everything, and retention's view of it.
class KeptRowsTest : public ForgeMemoryTest {
 protected:
  void SetUp() override {
    ForgeMemoryTest::SetUp();
    database_ = SqliteDatabase::open({.file = directory_.file(), .reviews = ReviewLimits::unlimited()}, clock_).value();
    builds_ = SqliteBuildMemory::open(directory_.file(), kWait, clock_).value();
    rows_ = KeptRows::open(directory_.file(), kWait).value();
  }
  void add_review(const std::string& head, std::size_t bytes = 10) {
    ++clock_.elapsed;
    const engine::ReviewSummary summary{
        .repository = "owner/name-1", .base_name = "main", .head_name = "#1", .base = commit("base"), .head = commit(head), .made = now()};
    ASSERT_TRUE(database_->store_review(summary, noise(bytes)));
  }
  void add_attempt(const std::string& name) {
    ++clock_.elapsed;
    const StorePath derivation = path_named(name + ".drv");
    const engine::KeptAttempt attempt{
        .attempt = {.derivation = derivation, .result = AttemptResult::built, .assurance = kFull, .start = now(), .end = now()},
        .log = {.name = to_nix_base32(derivation.hash()) + "-1"}};
    ASSERT_TRUE(builds_->store_attempts(std::vector{attempt}));
  }
  /// With one derivation that has one input.
  void add_evaluation(std::uint64_t number, std::size_t bytes = 10) {
    ++clock_.elapsed;
    std::vector<DerivationRecord> records{
        record_named(fmt::format("input-{}.drv", number)),
        record_named(fmt::format("user-{}.drv", number), {path_named(fmt::format("input-{}.drv", number))})};
    records[0].aterm = noise(bytes);
    Evaluation evaluation;
    evaluation.attributes.push_back(derivation_attribute("user", records[1].path));
    ASSERT_TRUE(database_->store_evaluation(key_of(number), evaluation, records));
  }
  /// Each refers to the one before it.
  void add_paths(const std::vector<std::string>& names) {
    std::vector<PathInfo> infos;
    for (const std::string& name : names) {
      infos.push_back({.path = path_named(name), .nar_size = 1, .nar_hash = {}, .references = {}});
      if (infos.size() > 1) infos.back().references.push_back(infos[infos.size() - 2].path);
    }
    ASSERT_TRUE(builds_->store_path_infos(infos));
  }
  [[nodiscard]] bool has_path(const std::string& name) const {
    return !builds_->find_path_infos(std::vector{path_named(name)}).value().empty();
  }
  static std::vector<std::uint64_t> counts(const KeptPathList& list) {
    std::vector<std::uint64_t> found;
    found.reserve(list.ranges.size());
    for (const KeptPaths& paths : list.ranges) found.push_back(paths.count);
    return found;
  }
  /// What does not compress.
  std::string noise(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += to_hex(sha256(std::to_string(++noise_)));
    return text;
  }
  [[nodiscard]] bool has(const std::string& derivation) const { return database_->has_derivation(path_named(derivation + ".drv")).value(); }
  static std::vector<std::int64_t> ids(const KeptRowList& list) {
    std::vector<std::int64_t> found;
    for (const KeptRow& row : list.rows) found.push_back(row.id);
    return found;
  }
  void pull_request_at(const std::string& head, forge::PullRequest::State state) {
    forge::SubjectRecord record = pull_request(1, 1, head);
    std::get<forge::PullRequest>(record.subject).state = state;
    keep({.subjects = {record}});
  }

  static constexpr Assurance kFull{.sandbox = BuildSandbox::full, .trust = BuildTrust::trusted};
  std::unique_ptr<SqliteDatabase> database_{};
  std::unique_ptr<SqliteBuildMemory> builds_{};
  std::unique_ptr<KeptRows> rows_{};
  std::uint64_t noise_ = 0;
};

TEST_F(KeptRowsTest, AreListedOldestFirstAndAsManyAsAskedFor) {
  for (const char* head : {"a", "b", "c"}) add_review(head);
  const KeptRowList two = rows_->reviews(2).value();
  EXPECT_THAT(ids(two), ElementsAre(1, 2));
  EXPECT_FALSE(two.is_complete);
  EXPECT_TRUE(rows_->reviews(3)->is_complete);
}

TEST_F(KeptRowsTest, TheReviewOfAnOpenPullRequestIsInUse) {
  add_review("old");
  add_review("head");
  pull_request_at("head", forge::PullRequest::State::open);
  EXPECT_FALSE(rows_->reviews(9)->rows[0].in_use);
  EXPECT_TRUE(rows_->reviews(9)->rows[1].in_use);
  pull_request_at("head", forge::PullRequest::State::closed);
  EXPECT_FALSE(rows_->reviews(9)->rows[1].in_use);
}

TEST_F(KeptRowsTest, ForgetsWhatItIsToldTo) {
  for (const char* name : {"a", "b"}) add_review(name);
  for (const char* name : {"a", "b"}) add_attempt(name);
  ASSERT_TRUE(rows_->forget_reviews(std::vector<std::int64_t>{1, 99}));
  EXPECT_THAT(ids(*rows_->reviews(9)), ElementsAre(2));
  EXPECT_THAT(rows_->forget_attempts(std::vector<std::int64_t>{2}).value(), ElementsAre(to_nix_base32(path_named("b.drv").hash()) + "-1"));
  EXPECT_THAT(ids(*rows_->attempts(9)), ElementsAre(1));
}

TEST_F(KeptRowsTest, AnAttemptWhoseLogWentStays) {
  add_attempt("a");
  ASSERT_TRUE(rows_->forget_logs(std::vector<std::string>{to_nix_base32(path_named("a.drv").hash()) + "-1", "nonsense", ""}));
  const auto attempts = builds_->attempts_of(path_named("a.drv")).value();
  ASSERT_THAT(attempts, SizeIs(1));
  EXPECT_EQ(attempts[0].log.name, "");
}

TEST_F(KeptRowsTest, AskingForAnOutcomeIsUsingItOnceADay) {
  add_attempt("a");
  add_attempt("b");
  const auto ask = [&] { ASSERT_TRUE(builds_->find_outcomes(std::vector{path_named("a.drv")}, kFull)); };
  ask();
  EXPECT_THAT(ids(*rows_->attempts(9)), ElementsAre(1, 2)) << "a day has not gone by";
  clock_.elapsed += std::chrono::hours(25);
  ask();
  EXPECT_THAT(ids(*rows_->attempts(9)), ElementsAre(2, 1));
}

TEST_F(KeptRowsTest, DerivationsGoThatNoEvaluationReaches) {
  add_evaluation(1);
  add_evaluation(2);
  ASSERT_TRUE(rows_->forget_evaluations(ids(*rows_->evaluations(1))));
  EXPECT_TRUE(has("user-1"));
  ASSERT_TRUE(rows_->forget_derivations([] { return true; }, {}));
  EXPECT_TRUE(has("user-1")) << "someone reads them";
  ASSERT_TRUE(rows_->forget_derivations([] { return false; }, {}));
  EXPECT_FALSE(has("user-1") || has("input-1"));
  EXPECT_TRUE(has("user-2") && has("input-2"));
}

TEST_F(KeptRowsTest, DerivationsStayWhereSomebodyStoredSomethingMeanwhile) {
  add_evaluation(1);
  ASSERT_TRUE(rows_->forget_evaluations(ids(*rows_->evaluations(9))));
  // The question whether someone reads is asked in the transaction that forgets: what was stored before it shows there.
  const auto other = KeptRows::open(directory_.file(), kWait).value();
  std::size_t asked = 0;
  ASSERT_TRUE(other->forget_derivations([&] { return ++asked > 1; }, {}));
  EXPECT_EQ(asked, 1U);
  add_evaluation(1);
  EXPECT_TRUE(has("user-1"));
}

TEST_F(KeptRowsTest, PathsAreListedByTheDayOfTheirLastUseWithoutTheNewest) {
  add_paths({"a", "b", "c"});
  clock_.elapsed += std::chrono::hours(24);
  add_paths({"d", "e"});
  EXPECT_THAT(counts(*rows_->paths(9, now())), IsEmpty()) << "a review may count on them";
  clock_.elapsed += std::chrono::hours(24 * 3);
  const KeptPathList list = rows_->paths(9, now()).value();
  EXPECT_THAT(counts(list), ElementsAre(3, 1));
  EXPECT_TRUE(list.is_complete);
  EXPECT_EQ(list.ranges[1].used - list.ranges[0].used, std::chrono::hours(24));
  EXPECT_GE(list.ranges[0].used, now() - std::chrono::hours(24 * 4)) << "late rather than early";
  EXPECT_GT(list.ranges[0].bytes, list.ranges[1].bytes);
  EXPECT_THAT(counts(*rows_->paths(2, now())), ElementsAre(2));
  EXPECT_FALSE(rows_->paths(3, now())->is_complete);
}

TEST_F(KeptRowsTest, ManyPathsAreFewRanges) {
  std::vector<std::string> names(1'201);
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = fmt::format("{}", i);
  add_paths(names);
  clock_.elapsed += std::chrono::hours(24 * 3);
  const KeptPathList list = rows_->paths(9'999, now()).value();
  EXPECT_THAT(counts(list), ElementsAre(500, 500, 200));
  for (const KeptPaths& paths : list.ranges) EXPECT_EQ(rows_->forget_paths(paths.range).value(), paths.count);
  EXPECT_THAT(counts(*rows_->paths(9'999, now())), IsEmpty());
}

TEST_F(KeptRowsTest, WhatWasUsedSinceItWasListedStays) {
  add_paths({"a", "b", "c", "newest"});
  clock_.elapsed += std::chrono::hours(24 * 9);
  const PathRange all = rows_->paths(9, now())->ranges.at(0).range;
  EXPECT_TRUE(has_path("b"));
  EXPECT_EQ(rows_->forget_paths(all).value(), 1U) << "what it refers to is used with it";
  EXPECT_TRUE(has_path("a") && has_path("b"));
  EXPECT_FALSE(has_path("c"));
  EXPECT_EQ(rows_->forget_paths(all).value(), 0U);
}

TEST_F(KeptRowsTest, WhatReferredToAForgottenPathIsUnknownAndNeverGetsAnother) {
  add_paths({"a", "b"});
  clock_.elapsed += std::chrono::hours(24 * 9);
  const PathRange all = rows_->paths(9, now())->ranges.at(0).range;
  ASSERT_EQ(rows_->forget_paths(all).value(), 1U);
  EXPECT_FALSE(has_path("a") || has_path("b"));
  add_paths({"c"});
  EXPECT_FALSE(has_path("b"));
  add_paths({"a", "b"});
  EXPECT_TRUE(has_path("a") && has_path("b"));
}

TEST_F(KeptRowsTest, TheNewestPathStaysSoThatNoNumberIsGivenTwice) {
  const PathInfo user{.path = path_named("user"), .nar_size = 1, .nar_hash = {}, .references = {path_named("newest")}};
  ASSERT_TRUE(builds_->store_path_infos(std::vector{user}));
  clock_.elapsed += std::chrono::hours(24 * 9);
  ASSERT_EQ(rows_->forget_paths({.day = day_of(now()) - 9, .first = 2, .last = 2}).value(), 0U);
  add_paths({"other"});
  EXPECT_THAT(builds_->find_path_infos(std::vector{user.path}).value(), ElementsAre(user));
}

TEST_F(KeptRowsTest, ASizeThatWasAskedForTodayIsReadWithoutWriting) {
  add_paths({"a", "b", "newest"});
  auto other = Connection::open(directory_.file(), Access::write, kWait).value();
  const auto lock = Transaction::begin(other, Transaction::Kind::write);
  const auto patient = SqliteBuildMemory::open(directory_.file(), std::chrono::hours(1), clock_).value();
  EXPECT_THAT(patient->find_path_infos(std::vector{path_named("b")}).value(), SizeIs(1));
}

TEST_F(KeptRowsTest, ASizeIsFoundWhereItsUseCannotBeNoted) {
  add_paths({"a", "newest"});
  clock_.elapsed += std::chrono::hours(24 * 9);
  const auto memory = SqliteBuildMemory::open(directory_.file(), std::chrono::milliseconds(20), clock_).value();
  const auto ask = [&] { return memory->find_path_infos(std::vector{path_named("a")}).value(); };
  {
    auto other = Connection::open(directory_.file(), Access::write, kWait).value();
    const auto lock = Transaction::begin(other, Transaction::Kind::write);
    EXPECT_THAT(ask(), SizeIs(1));
    EXPECT_THAT(counts(*rows_->paths(9, now())), ElementsAre(1));
  }
  EXPECT_THAT(ask(), SizeIs(1));
  EXPECT_THAT(counts(*rows_->paths(9, now())), IsEmpty());
}

TEST_F(KeptRowsTest, TheFileBecomesSmaller) {
  for (std::uint64_t number = 1; number <= 4; ++number) add_evaluation(number, 2U << 20U);
  const auto pages = [&] {
    return Connection::open(directory_.file(), Access::read, kWait)->query_integer("PRAGMA page_count").value().value();
  };
  const std::int64_t before = pages();
  ASSERT_TRUE(rows_->forget_evaluations(ids(*rows_->evaluations(9))));
  ASSERT_TRUE(rows_->forget_derivations([] { return false; }, {}));
  EXPECT_GT(rows_->unused_bytes().value(), 4U << 20U);
  ASSERT_TRUE(rows_->give_back_space({}));
  EXPECT_LT(rows_->unused_bytes().value(), 2U << 20U);
  EXPECT_LT(pages(), before / 2);
}

TEST_F(KeptRowsTest, KnowsWhichRepositoriesAreInstalled) {
  keep({.repositories = {repository_numbered(2)}});
  keep({.left = {{1}}, .checks = {concluded("x", "EkaCI")}});
  EXPECT_THAT(rows_->repositories().value(), ElementsAre(2));
}

// ---- backup

class BackupTest : public KeptRowsTest {
 protected:
  [[nodiscard]] std::filesystem::path copy() const { return directory_.file().parent_path() / "copy.db"; }
  std::unique_ptr<SqliteForgeMemory> restored() { return SqliteForgeMemory::open({.file = copy()}, clock_).value(); }
};

TEST_F(BackupTest, HasAllThatWasThereAndIsPrivate) {
  add_review("a");
  receive("one");
  keep({.checks = {running("one", "EkaCI")}});
  ASSERT_TRUE(back_up(directory_.file(), copy(), now()));
  struct stat status{};
  ASSERT_EQ(::stat(copy().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THAT(restored()->unhandled({}, 9).value(), SizeIs(1));
  EXPECT_THAT(restored()->owed(now(), 9).value(), SizeIs(1));
  EXPECT_TRUE(SqliteDatabase::open({.file = copy()}, clock_).value()->find_review(1).value());
}

TEST_F(BackupTest, ReplacesNothingAndLeavesNothingBehind) {
  ASSERT_TRUE(write_file_atomically(copy(), "mine"));
  EXPECT_EQ(back_up(directory_.file(), copy(), now()).error().code(), ErrorCode::conflict);
  EXPECT_EQ(read_file(copy(), 100).value(), "mine");
  const auto missing = back_up(directory_.file().parent_path() / "nothing.db", copy().string() + "2", now());
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(directory_.file().parent_path() / "nothing.db"));
  EXPECT_FALSE(std::filesystem::exists(copy().string() + "2"));
}

TEST_F(BackupTest, OfADamagedDatabaseThereIsNone) {
  for (int i = 0; i < 50; ++i) add_review(std::to_string(i), 10'000);
  memory_.reset();
  database_.reset();
  builds_.reset();
  rows_.reset();
  std::string bytes = read_file(directory_.file(), 100'000'000).value();
  for (std::size_t at = bytes.size() / 2; at < bytes.size(); ++at) bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
  ASSERT_TRUE(write_file_atomically(directory_.file(), bytes));
  EXPECT_FALSE(back_up(directory_.file(), copy(), now()));
  const std::filesystem::directory_iterator left(directory_.file().parent_path());
  EXPECT_TRUE(std::ranges::none_of(left, [](const auto& entry) { return entry.path().filename().string().starts_with("copy.db"); }));
}

TEST_F(BackupTest, EveryCheckOfAServerThatStartsFromItMayExistForAWeek) {
  keep({.checks = {running("one", "EkaCI")}});
  EXPECT_FALSE(only_owed().may_exist);
  ASSERT_TRUE(back_up(directory_.file(), copy(), now()));
  clock_.elapsed += std::chrono::hours(100 * 24);
  ASSERT_TRUE(restored()->keep({.checks = {running("two", "EkaCI")}}));
  const auto both = restored()->owed(now(), 9).value();
  EXPECT_THAT(both, SizeIs(2));
  for (const forge::OwedCheck& check : both) EXPECT_TRUE(check.may_exist) << check.check.head.brief();
  clock_.elapsed += std::chrono::hours(8 * 24);
  const auto later = restored();
  ASSERT_TRUE(later->keep({.checks = {running("three", "EkaCI")}}));
  const auto owed = later->owed(now(), 9).value();
  EXPECT_TRUE(std::ranges::any_of(owed, [](const auto& check) { return check.check.head == commit("three") && !check.may_exist; }));
  EXPECT_FALSE(only_owed().may_exist) << "the original is none";
}

}  // namespace
}  // namespace ekaci::db
