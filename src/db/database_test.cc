#include "db/database.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <ranges>
#include <thread>

#include "base/fd.h"
#include "db/database_test.h"

namespace ekaci::db {
namespace {

using testing::HasSubstr;

std::vector<std::string> names(const std::vector<DerivationRecord>& records) {
  std::vector<std::string> list;
  for (const DerivationRecord& record : records) list.push_back(record.path.name());
  return list;
}

TEST_F(Database, RemembersAnEvaluationAndItsDerivationsAfterReopening) {
  const Numbered one(1);
  ASSERT_TRUE(open()->store_evaluation(key_of(1), one.evaluation, one.records));
  const auto database = open();
  EXPECT_EQ(database->find_evaluation(key_of(1)).value(), one.evaluation);
  EXPECT_EQ(database->find_evaluation(key_of(2)).value(), std::nullopt);
  EXPECT_TRUE(database->has_derivation(one.records[0].path).value());
  EXPECT_FALSE(database->has_derivation(path_named("other.drv")).value());
  const auto read = closure(*database, {one.records[1].path});
  EXPECT_TRUE(std::ranges::equal(read, one.records, same));
}

TEST_F(Database, ReplacesAnEvaluationButNeverADerivation) {
  const auto database = open();
  Numbered one(1);
  ASSERT_TRUE(database->store_evaluation(key_of(1), one.evaluation, one.records));
  one.evaluation.notes = {"second"};
  one.records[1].aterm = "forged";
  ASSERT_TRUE(database->store_evaluation(key_of(1), one.evaluation, one.records));
  EXPECT_EQ(database->find_evaluation(key_of(1)).value()->notes, std::vector<std::string>{"second"});
  EXPECT_EQ(closure(*database, {one.records[1].path}).back().aterm, "Derive(user-1.drv)");
}

TEST_F(Database, TakesDerivationsInAnyOrderAndMoreThanOnce) {
  const auto database = open();
  Numbered one(1);
  std::ranges::reverse(one.records);
  one.records.push_back(one.records.front());
  ASSERT_TRUE(database->store_evaluation(key_of(1), one.evaluation, one.records));
  EXPECT_EQ(names(closure(*database, {path_named("user-1.drv")})), (std::vector<std::string>{"input-1.drv", "user-1.drv"}));
}

TEST_F(Database, RefusesDerivationsWhoseInputsAreUnknownAndStoresNothing) {
  const auto database = open();
  const Numbered one(1);
  const Status stored = database->store_evaluation(key_of(1), one.evaluation, std::span(one.records).last(1));
  EXPECT_EQ(stored.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(stored.error().to_string(), HasSubstr("input-1.drv"));
  EXPECT_FALSE(database->has_derivation(one.records[1].path).value());
  EXPECT_EQ(database->find_evaluation(key_of(1)).value(), std::nullopt);
  EXPECT_EQ(database->store_evaluation(key_of(1), one.evaluation, {}).error().code(), ErrorCode::invalid_argument);
}

TEST_F(Database, RefusesACycle) {
  const std::vector<DerivationRecord> records = {record_named("a.drv", {path_named("b.drv")}),
                                                 record_named("b.drv", {path_named("a.drv")})};
  EXPECT_EQ(open()->store_evaluation(key_of(1), {}, records).error().code(), ErrorCode::invalid_argument);
}

TEST_F(Database, SaysWhichDerivationIsNotStored) {
  const auto database = open();
  const std::vector<StorePath> roots = {path_named("absent.drv")};
  const Status read = database->read_closure(roots, [](const StorePath&) { return false; }, [](const DerivationRecord&) {});
  EXPECT_EQ(read.error().code(), ErrorCode::not_found);
  EXPECT_THAT(read.error().to_string(), HasSubstr("absent.drv"));
  EXPECT_TRUE(closure(*database, roots, [](const StorePath&) { return true; }).empty());
}

TEST_F(Database, LeavesOutWhatIsKnown) {
  const auto database = open();
  const Numbered one(1);
  ASSERT_TRUE(database->store_evaluation(key_of(1), one.evaluation, one.records));
  const auto read = closure(*database, {one.records[1].path}, [&](const StorePath& path) { return path == one.records[0].path; });
  ASSERT_EQ(names(read), std::vector<std::string>{"user-1.drv"});
  EXPECT_EQ(read[0].input_derivations, one.records[1].input_derivations);
}

TEST_F(Database, KeepsMessagesThatAreNotUtf8) {
  const auto database = open();
  Evaluation evaluation;
  evaluation.attributes.push_back(
      {.path = AttributePath{std::string("n\0\xff", 3)},
       .result =
           EvaluationError{.failure = EvaluationFailure::evaluation, .message = std::string("\xc3\0\xfe", 3), .position = std::nullopt}});
  ASSERT_TRUE(database->store_evaluation(key_of(1), evaluation, {}));
  EXPECT_EQ(database->find_evaluation(key_of(1)).value(), evaluation);
}

RC_GTEST_FIXTURE_PROP(Database, HandsOutAnyGraphInputsFirst, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<DerivationRecord> records;
  for (std::size_t i = 0; i < size; ++i) {
    std::set<StorePath> inputs;
    for (const std::size_t input : *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, size))) {
      if (input < i) inputs.insert(path_named(fmt::format("{}.drv", input)));
    }
    records.push_back(record_named(fmt::format("{}.drv", i), {inputs.begin(), inputs.end()}));
    records.back().aterm += *generate::bytes();
  }
  const auto shuffled = *rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [&](std::uint32_t seed) {
    auto copy = records;
    std::shuffle(copy.begin(), copy.end(), std::mt19937(seed));
    return copy;
  });
  const auto first = *rc::gen::inRange<std::size_t>(0, size);
  RC_ASSERT(open()->store_evaluation(key_of(1), {}, std::span(records).first(first)).has_value());
  const auto database = open();
  RC_ASSERT(database->store_evaluation(key_of(2), {}, shuffled).has_value());

  const StorePath root = records[*rc::gen::inRange<std::size_t>(0, size)].path;
  std::map<StorePath, DerivationRecord> seen;
  for (const DerivationRecord& record : closure(*database, {root, root})) {
    for (const StorePath& input : record.input_derivations) RC_ASSERT(seen.contains(input));
    RC_ASSERT(seen.emplace(record.path, record).second);
  }
  std::set<StorePath> expected = {root};
  for (const DerivationRecord& record : records | std::views::reverse) {
    if (!expected.contains(record.path)) continue;
    expected.insert(record.input_derivations.begin(), record.input_derivations.end());
    RC_ASSERT(same(seen.at(record.path), record));
  }
  RC_ASSERT(seen.size() == expected.size());
}

TEST_F(Database, SpreadsLargeDerivationsOverChunks) {
  const auto database = open();
  std::vector<DerivationRecord> records;
  std::vector<StorePath> roots;
  for (int i = 0; i < 50; ++i) {
    records.push_back(record_named(fmt::format("{}.drv", i)));
    records.back().aterm = std::string(100'000, static_cast<char>('a' + i % 26)) + std::to_string(i);
    roots.push_back(records.back().path);
  }
  ASSERT_TRUE(database->store_evaluation(key_of(1), {}, records));
  EXPECT_TRUE(std::ranges::equal(closure(*database, roots), records, same));
  EXPECT_LT(std::filesystem::file_size(directory.file()), 1'000'000U);
}

// ---- retention

TEST_F(Database, ForgetsTheEvaluationsThatWereUsedLeastRecently) {
  const auto database = open_or_die({.file = directory.file(), .evaluations = 3}, clock);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const Numbered numbered(i);
    ASSERT_TRUE(database->store_evaluation(key_of(i), numbered.evaluation, numbered.records));
    clock.elapsed += std::chrono::hours(1);
  }
  EXPECT_TRUE(database->find_evaluation(key_of(0)).value());
  clock.elapsed += std::chrono::hours(1);
  ASSERT_TRUE(database->store_evaluation(key_of(3), {}, {}));
  EXPECT_TRUE(database->find_evaluation(key_of(0)).value());
  EXPECT_FALSE(database->find_evaluation(key_of(1)).value());
  EXPECT_TRUE(database->find_evaluation(key_of(2)).value());
}

/// Bytes that do not compress.
std::string noise(std::uint64_t seed, std::size_t size) {
  std::string bytes;
  for (std::uint64_t i = 0; bytes.size() < size; ++i) bytes += to_hex(sha256(fmt::format("{} {}", seed, i)));
  return bytes;
}

TEST_F(Database, MakesRoomByForgettingHalfTheEvaluationsAndWhatOnlyTheyReach) {
  const auto database = open_or_die({.file = directory.file(), .bytes = 1'000'000}, clock);
  std::uintmax_t largest = 0;
  for (std::uint64_t i = 0; i < 60; ++i) {
    Numbered numbered(i);
    numbered.records[0].aterm = noise(i, 200'000);
    numbered.records.push_back(record_named("shared.drv"));
    numbered.evaluation.attributes.push_back(derivation_attribute("shared", path_named("shared.drv")));
    const Status stored = database->store_evaluation(key_of(i), numbered.evaluation, numbered.records);
    ASSERT_TRUE(stored) << stored.error().to_string();
    clock.elapsed += std::chrono::hours(1);
    EXPECT_TRUE(std::ranges::equal(closure(*database, {numbered.records[1].path}), std::span(numbered.records).first(2), same));
    EXPECT_TRUE(database->has_derivation(path_named("shared.drv")).value());
    largest = std::max(largest, std::filesystem::file_size(directory.file()));
  }
  EXPECT_FALSE(database->find_evaluation(key_of(0)).value());
  EXPECT_FALSE(database->has_derivation(path_named("input-0.drv")).value());
  EXPECT_TRUE(database->find_evaluation(key_of(59)).value());
  EXPECT_LT(largest, 2'000'000U);
}

TEST_F(Database, AFullFileIsResourceExhaustedAndNothingIsHalfWritten) {
  const auto database = open_or_die({.file = directory.file(), .bytes = 200'000}, clock);
  const Numbered small(1);
  ASSERT_TRUE(database->store_evaluation(key_of(1), small.evaluation, small.records));
  Numbered large(2);
  large.records[1].aterm = noise(2, 3'000'000);
  const Status stored = database->store_evaluation(key_of(2), large.evaluation, large.records);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code(), ErrorCode::resource_exhausted);
  EXPECT_THAT(stored.error().to_string(), HasSubstr(directory.file().string()));
  EXPECT_FALSE(database->has_derivation(large.records[0].path).value());
  EXPECT_EQ(database->find_evaluation(key_of(1)).value(), small.evaluation);
  ASSERT_TRUE(database->store_evaluation(key_of(3), small.evaluation, {}));
}

// ---- the file

TEST_F(Database, RefusesANewerFormat) {
  open();
  run_sql(directory.file(), "PRAGMA user_version = 1000");
  EXPECT_EQ(open_error().code(), ErrorCode::unsupported);
  EXPECT_THAT(open_error().to_string(), HasSubstr("newer EkaCI"));
}

TEST_F(Database, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  run_sql(directory.file(), "CREATE TABLE theirs (x)");
  const std::string before = slurp(directory.file());
  EXPECT_EQ(open_error().code(), ErrorCode::conflict);
  EXPECT_EQ(slurp(directory.file()), before);
}

TEST_F(Database, SaysWhichFileIsNoDatabase) {
  std::ofstream(directory.file()) << std::string(10'000, 'x');
  EXPECT_EQ(open_error().code(), ErrorCode::corrupt);
  EXPECT_THAT(open_error().to_string(), HasSubstr(directory.file().string()));
  EXPECT_THAT(open_error().to_string(), HasSubstr("remove it"));
}

TEST_F(Database, ADamagedFileGivesErrorsAndNoCrash) {
  Numbered one(1);
  one.records[0].aterm = noise(1, 300'000);
  ASSERT_TRUE(open()->store_evaluation(key_of(1), one.evaluation, one.records));
  const std::string intact = slurp(directory.file());
  for (std::size_t at = 0; at < intact.size(); at += 3001) {
    std::string damaged = intact;
    for (std::size_t i = at; i < std::min(at + 200, damaged.size()); ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    std::ofstream(directory.file(), std::ios::binary | std::ios::trunc) << damaged;
    const auto database = SqliteDatabase::open(options(), clock);
    if (!database) continue;
    const auto found = (*database)->find_evaluation(key_of(1));
    if (found && *found) {
      EXPECT_EQ(**found, one.evaluation);
    }
    std::vector<DerivationRecord> records;
    const std::vector<StorePath> roots = {one.records[1].path};
    const Status read = (*database)->read_closure(
        roots, [](const StorePath&) { return false; }, [&](DerivationRecord record) { records.push_back(std::move(record)); });
    if (read) {
      EXPECT_EQ(records.size(), 2U);
    }
  }
}

TEST_F(Database, ATruncatedFileGivesAnError) {
  Numbered one(1);
  one.records[0].aterm = noise(1, 300'000);
  ASSERT_TRUE(open()->store_evaluation(key_of(1), one.evaluation, one.records));
  std::filesystem::resize_file(directory.file(), 5000);
  const auto database = SqliteDatabase::open(options(), clock);
  const ErrorCode code = database ? (*database)->find_evaluation(key_of(1)).error().code() : database.error().code();
  EXPECT_EQ(code, ErrorCode::corrupt);
}

TEST_F(Database, WaitsForAnotherWriterOnlySoLong) {
  const auto database = open_or_die({.file = directory.file(), .longest_wait = std::chrono::milliseconds(20)}, clock);
  auto other = Connection::open(directory.file(), Access::write, std::chrono::seconds(10)).value();
  const auto lock = Transaction::begin(other, Transaction::Kind::write);
  ASSERT_TRUE(lock);
  const Status stored = database->store_evaluation(key_of(1), {}, {});
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(database->find_evaluation(key_of(1)).value(), std::nullopt) << "readers do not wait";
}

TEST_F(Database, NotesUseOnlyWhereThatDoesNotWait) {
  const auto database = open_or_die({.file = directory.file(), .longest_wait = std::chrono::hours(1)}, clock);
  ASSERT_TRUE(database->store_evaluation(key_of(1), {}, {}));
  auto other = Connection::open(directory.file(), Access::write, std::chrono::seconds(10)).value();
  const auto lock = Transaction::begin(other, Transaction::Kind::write);
  clock.elapsed += std::chrono::hours(1);
  EXPECT_TRUE(database->find_evaluation(key_of(1)).value());
}

TEST_F(Database, IsReadableByItsOwnerOnly) {
  const auto database = open();
  ASSERT_TRUE(database->store_evaluation(key_of(1), {}, {}));
  for (const char* suffix : {"", "-wal"}) {
    const auto permissions = std::filesystem::status(directory.file().string() + suffix).permissions();
    EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write) << suffix;
  }
}

TEST_F(Database, SaysThatADirectoryIsMissing) {
  const auto opened = SqliteDatabase::open({.file = directory.path() / "absent" / "ekaci.db"}, clock);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().to_string(), HasSubstr("absent/ekaci.db"));
}

/// Runs `action` in a child without root's power over permissions; its value is the exit code.
template <class Action>
int exit_code_without_privileges(const Action& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(99);
    ::_exit(action());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Database, RefusesADirectoryThatCannotBeWritten) {
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0555));
  const int code = exit_code_without_privileges([&] {
    const auto opened = SqliteDatabase::open(options(), clock);
    return !opened && opened.error().code() == ErrorCode::permission_denied ? 0 : 1;
  });
  std::filesystem::permissions(directory.path(), std::filesystem::perms::owner_all);
  EXPECT_EQ(code, 0);
}

TEST_F(Database, StaysLockedWhenItIsOpenedAgain) {
  const auto first = open();
  const auto second = open();
  const Fd file(::open(directory.file().c_str(), O_RDWR | O_CLOEXEC));
  // The bytes that a connection holds to be seen by other processes (SQLite's unixFileLock()), asked for as one of those would.
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0x4000'0002;
  lock.l_len = 510;
  ASSERT_EQ(::fcntl(file.get(), F_OFD_GETLK, &lock), 0);
  EXPECT_EQ(lock.l_type, F_RDLCK) << "the last process that closes a database removes its journal";
}

// ---- reviews

engine::ReviewSummary summary_of(const std::string& repository, const std::string& head) {
  return {.repository = repository,
          .base_name = "main",
          .head_name = head,
          .base = CommitId::parse(std::string(40, 'a')).value(),
          .head = CommitId::parse(std::string(40, 'b')).value(),
          .decision = Decision::do_not_merge,
          .made = Clock::Wall(std::chrono::seconds(7))};
}

std::vector<std::string> heads(SqliteDatabase& database, const std::string& repository) {
  std::vector<std::string> found;
  const auto list = database.list_reviews(repository, 100);
  for (const engine::ReviewSummary& summary : list.value()) found.push_back(summary.head_name);
  return found;
}

TEST_F(Database, KeepsReviewsOfEachRepositoryNewestFirst) {
  const auto database = open();
  const std::string report = std::string("bytes\0\xff", 7) + std::string(100'000, 'x');
  const std::uint64_t first = database->store_review(summary_of("/a", "one"), report).value();
  ASSERT_TRUE(database->store_review(summary_of("/b", "two"), "2"));
  ASSERT_TRUE(database->store_review(summary_of("/a", "three"), "3"));
  EXPECT_EQ(heads(*database, "/a"), (std::vector<std::string>{"three", "one"}));
  EXPECT_EQ(database->list_reviews("/a", 1)->size(), 1U);
  const auto found = database->find_review(first).value();
  EXPECT_EQ(found->report, report);
  EXPECT_EQ(found->summary.id, first);
  EXPECT_EQ(found->summary.decision, Decision::do_not_merge);
  EXPECT_EQ(found->summary.made, summary_of("", "").made);
  EXPECT_EQ(database->find_review(99).value(), std::nullopt);
}

TEST_F(Database, ForgetsTheOldestReviews) {
  DatabaseOptions few = options();
  few.reviews = {.reviews = 3, .bytes = 1U << 20U};
  const auto database = open_or_die(few, clock);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(database->store_review(summary_of("/a", std::to_string(i)), "report"));
  EXPECT_EQ(heads(*database, "/a"), (std::vector<std::string>{"4", "3", "2"}));
  ASSERT_TRUE(database->store_review(summary_of("/a", "large"), noise(1, 2U << 20U)));
  EXPECT_EQ(heads(*database, "/a"), std::vector<std::string>{"large"}) << "the newest stays, however large";
}

// ---- several at once

TEST_F(Database, TwoConnectionsSeeEachOthersWork) {
  const auto left = open();
  const auto right = open();
  const Numbered one(1);
  const Numbered two(2);
  ASSERT_TRUE(left->store_evaluation(key_of(1), one.evaluation, one.records));
  ASSERT_TRUE(right->store_evaluation(key_of(2), two.evaluation, two.records));
  ASSERT_TRUE(right->store_evaluation(key_of(3), one.evaluation, {}));
  EXPECT_EQ(left->find_evaluation(key_of(3)).value(), one.evaluation);
}

TEST_F(Database, ManyThreadsAndConnectionsMayCallAtOnce) {
  constexpr std::uint64_t kEach = 20;
  const auto work = [this](std::uint64_t first) {
    const auto database = open();
    for (std::uint64_t i = 0; i < kEach; ++i) {
      const Numbered numbered(i);
      ASSERT_TRUE(database->store_evaluation(key_of(first + i), numbered.evaluation, numbered.records));
      ASSERT_EQ(database->find_evaluation(key_of(first + i)).value(), numbered.evaluation);
      ASSERT_EQ(closure(*database, {numbered.records[1].path}).size(), 2U);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) threads.emplace_back(work, t * 1000);
  }
  const auto shared = open();
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&shared, t] {
      for (std::uint64_t i = 0; i < kEach; ++i) EXPECT_TRUE(shared->find_evaluation(key_of(t * 1000 + i)).value());
    });
  }
}

TEST_F(Database, ManyMayMakeTheFileAtOnce) {
  for (int round = 0; round < 50; ++round) {
    std::filesystem::remove(directory.file());
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([this] { EXPECT_TRUE(open()); });
  }
}

/// A child that stores evaluations 0, 1, … and writes a byte for each that is stored.
struct StoringChild {
  pid_t pid = -1;
  Fd stored;
};

StoringChild start_storing(const DatabaseOptions& options, const Clock& clock) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  StoringChild child{.pid = ::fork(), .stored = Fd(ends[0])};
  const Fd write_end(ends[1]);
  if (child.pid != 0) return child;
  const auto database = SqliteDatabase::open(options, clock);
  for (std::uint64_t i = 0; database; ++i) {
    Numbered numbered(i);
    numbered.records[0].aterm = noise(i, 50'000);
    if (!(*database)->store_evaluation(key_of(i), numbered.evaluation, numbered.records)) ::_exit(1);
    if (::write(write_end.get(), "x", 1) != 1) ::_exit(1);
  }
  ::_exit(1);
}

TEST_F(Database, AKilledWriterLeavesWholeEvaluationsOnly) {
  for (const std::uint64_t until : {0U, 1U, 2U, 5U, 11U, 17U}) {
    std::filesystem::remove(directory.file());
    const StoringChild child = start_storing(options(), clock);
    char byte = 0;
    for (std::uint64_t i = 0; i < until; ++i) ASSERT_EQ(::read(child.stored.get(), &byte, 1), 1);
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    const auto database = open();
    for (std::uint64_t i = 0; i < until + 50; ++i) {
      const Numbered numbered(i);
      const auto found = database->find_evaluation(key_of(i)).value();
      if (i < until) {
        ASSERT_TRUE(found) << i;
      }
      EXPECT_EQ(database->has_derivation(numbered.records[0].path).value(), found.has_value());
      EXPECT_EQ(database->has_derivation(numbered.records[1].path).value(), found.has_value());
      if (found) {
        EXPECT_EQ(closure(*database, {numbered.records[1].path}).size(), 2U);
      }
    }
    EXPECT_TRUE(database->store_evaluation(key_of(1'000'000), {}, {}));
  }
}

}  // namespace
}  // namespace ekaci::db
