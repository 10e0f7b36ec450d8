#include "db/build_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "db/database.h"
#include "db/test_data.h"

namespace ekaci::db {
namespace {

using engine::KeptAttempt;
using ::testing::ElementsAre;

constexpr Assurance kFull{.sandbox = BuildSandbox::full, .trust = BuildTrust::trusted};
constexpr Assurance kNone{.sandbox = BuildSandbox::none, .trust = BuildTrust::trusted};
constexpr std::chrono::seconds kWait(5);

class BuildMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = SqliteDatabase::open({.file = directory_.file()}, clock_).value();
    memory_ = SqliteBuildMemory::open(directory_.file(), kWait, clock_).value();
  }

  KeptAttempt attempt(const std::string& name, AttemptResult result, Assurance assurance = kFull) {
    ++clock_.elapsed;
    return {.attempt = {.derivation = path_named(name + ".drv"),
                        .result = result,
                        .builder = "local",
                        .assurance = assurance,
                        .start = clock_.wall(),
                        .end = clock_.wall() + std::chrono::milliseconds(1500)},
            .log = {}};
  }
  void store(const KeptAttempt& kept) {
    const Status stored = memory_->store_attempts(std::vector{kept});
    ASSERT_TRUE(stored) << stored.error().to_string();
  }
  Outcome outcome(const std::string& name, const Assurance& wanted = kFull) {
    return memory_->find_outcomes(std::vector{path_named(name + ".drv")}, wanted).value().at(0);
  }

  TemporaryDirectory directory_{};
  StoppedClock clock_{};
  std::unique_ptr<SqliteDatabase> database_{};
  std::unique_ptr<SqliteBuildMemory> memory_{};
};

TEST_F(BuildMemory, KnowsNothingAtFirst) {
  EXPECT_EQ(outcome("hello-1.0"), Outcome{});
  EXPECT_TRUE(memory_->attempts_of(path_named("hello-1.0.drv")).value().empty());
}

TEST_F(BuildMemory, GivesBackAnAttemptAsItWas) {
  KeptAttempt kept = attempt("hello-1.0", AttemptResult::builder_failed);
  kept.attempt.exit_status = 2;
  kept.attempt.message = std::string("builder \xff failed\0!", 17);
  kept.log = {.name = "abc-1",
              .bytes = std::uint64_t{5} << 32U,
              .lines = 7,
              .bytes_left_out = 3,
              .phase = "buildPhase",
              .last_lines = {"", "make: *** [all]"}};
  store(kept);
  kept.attempt.number = 1;
  EXPECT_THAT(memory_->attempts_of(kept.attempt.derivation).value(), ElementsAre(kept));
}

TEST_F(BuildMemory, NumbersTheAttemptsOfADerivation) {
  store(attempt("hello-1.0", AttemptResult::builder_lost));
  store(attempt("other-1.0", AttemptResult::built));
  store(attempt("hello-1.0", AttemptResult::built));
  const auto attempts = memory_->attempts_of(path_named("hello-1.0.drv")).value();
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].attempt.number, 2U);
  EXPECT_EQ(attempts[0].attempt.result, AttemptResult::built);
  EXPECT_EQ(attempts[1].attempt.number, 1U);
}

TEST_F(BuildMemory, TheNewestWordOfTheDerivationIsItsOutcome) {
  store(attempt("hello-1.0", AttemptResult::builder_failed));
  EXPECT_EQ(outcome("hello-1.0"), (Outcome{.kind = OutcomeKind::failed, .assurance = kFull, .attempts = 1}));
  store(attempt("hello-1.0", AttemptResult::built));
  EXPECT_EQ(outcome("hello-1.0").kind, OutcomeKind::succeeded);
  store(attempt("hello-1.0", AttemptResult::silence_time));
  EXPECT_EQ(outcome("hello-1.0").kind, OutcomeKind::timed_out);
  EXPECT_EQ(outcome("hello-1.0").attempts, 3U);
}

TEST_F(BuildMemory, HoldsNothingAgainstADerivationThatItDidNotDo) {
  store(attempt("hello-1.0", AttemptResult::disk_full));
  store(attempt("hello-1.0", AttemptResult::stopped));
  EXPECT_EQ(outcome("hello-1.0"), (Outcome{.attempts = 2}));
  store(attempt("hello-1.0", AttemptResult::built));
  store(attempt("hello-1.0", AttemptResult::builder_lost));
  EXPECT_EQ(outcome("hello-1.0").kind, OutcomeKind::succeeded);
}

TEST_F(BuildMemory, AWeakerAssuranceDoesNotAnswerForAStronger) {
  store(attempt("hello-1.0", AttemptResult::built, kNone));
  EXPECT_EQ(outcome("hello-1.0", kFull).kind, OutcomeKind::not_built);
  EXPECT_EQ(outcome("hello-1.0", kNone).kind, OutcomeKind::succeeded);
  store(attempt("hello-1.0", AttemptResult::builder_failed, kFull));
  EXPECT_EQ(outcome("hello-1.0", kFull).kind, OutcomeKind::failed);
  EXPECT_EQ(outcome("hello-1.0", kNone).kind, OutcomeKind::failed);
}

TEST_F(BuildMemory, ForgetsOldAttemptsButNotWhatIsKnown) {
  store(attempt("hello-1.0", AttemptResult::builder_failed, kFull));
  store(attempt("hello-1.0", AttemptResult::built, kNone));
  for (std::size_t i = 0; i < 2 * SqliteBuildMemory::kKeptAttempts; ++i) store(attempt("hello-1.0", AttemptResult::builder_lost));
  EXPECT_EQ(memory_->attempts_of(path_named("hello-1.0.drv")).value().size(), SqliteBuildMemory::kKeptAttempts + 2);
  EXPECT_EQ(outcome("hello-1.0", kFull).kind, OutcomeKind::failed);
  EXPECT_EQ(outcome("hello-1.0", kNone).kind, OutcomeKind::succeeded);
  EXPECT_EQ(outcome("hello-1.0").attempts, 2 * SqliteBuildMemory::kKeptAttempts + 2);
}

TEST_F(BuildMemory, AnswersManyInTheOrderAsked) {
  store(attempt("a-1", AttemptResult::built));
  store(attempt("c-1", AttemptResult::hash_mismatch));
  const auto outcomes =
      memory_->find_outcomes(std::vector{path_named("c-1.drv"), path_named("b-1.drv"), path_named("a-1.drv")}, kFull).value();
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::failed);
  EXPECT_EQ(outcomes[1].kind, OutcomeKind::not_built);
  EXPECT_EQ(outcomes[2].kind, OutcomeKind::succeeded);
}

TEST_F(BuildMemory, TellsHowLongADerivationOrItsLikeTook) {
  KeptAttempt quick = attempt("hello-1.0", AttemptResult::built);
  quick.attempt.end = quick.attempt.start + std::chrono::seconds(1);
  KeptAttempt slow = attempt("hello-1.1", AttemptResult::built);
  slow.attempt.end = slow.attempt.start + std::chrono::seconds(9);
  ASSERT_TRUE(memory_->store_attempts(std::vector{quick, slow, attempt("hello-2.0", AttemptResult::builder_failed)}));
  const auto times =
      memory_->build_times(std::vector{path_named("hello-1.0.drv"), path_named("hello-2.0.drv"), path_named("unknown-1.drv")}).value();
  EXPECT_THAT(times, ElementsAre(engine::BuildTime{std::chrono::seconds(1), true}, engine::BuildTime{std::chrono::seconds(9), false},
                                 std::nullopt));
}

TEST_F(BuildMemory, IsSharedByProcesses) {
  const auto other = SqliteBuildMemory::open(directory_.file(), kWait, clock_).value();
  store(attempt("hello-1.0", AttemptResult::built));
  EXPECT_EQ(other->find_outcomes(std::vector{path_named("hello-1.0.drv")}, kFull).value().at(0).kind, OutcomeKind::succeeded);
  ASSERT_TRUE(other->store_attempts(std::vector{attempt("hello-1.0", AttemptResult::built)}));
  EXPECT_EQ(outcome("hello-1.0").attempts, 2U);
}

RC_GTEST_FIXTURE_PROP(BuildMemory, EveryResultIsReadBack, ()) {
  const auto result = static_cast<AttemptResult>(*rc::gen::inRange(0, static_cast<int>(AttemptResult::stopped) + 1));
  const auto name = *rc::gen::elementOf(std::vector<std::string>{"a-1", "b", "c-2.0-rc1"});
  KeptAttempt kept = attempt(name, result);
  kept.attempt.message = *rc::gen::arbitrary<std::string>();
  RC_ASSERT(memory_->store_attempts(std::vector{kept}));
  const KeptAttempt newest = memory_->attempts_of(kept.attempt.derivation).value().front();
  kept.attempt.number = newest.attempt.number;
  RC_ASSERT(newest == kept);
}

}  // namespace
}  // namespace ekaci::db
