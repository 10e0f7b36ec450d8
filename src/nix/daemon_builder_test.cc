#include "nix/daemon_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "base/text.h"
#include "nix/daemon_test_store.h"

namespace ekaci::nix {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

/// One store for all tests of a suite; each test has derivations of its own.
class DaemonBuilderTest : public testing::Test {
 protected:
  void SetUp() override {
    place_ = std::make_unique<TestStore>();
    store_ = place_->open();
    ASSERT_NE(store_, nullptr);
  }

  engine::AttemptReport build(const engine::BuildOrder& order) { return test_build(*store_, order, log_); }

  /// The same with a hash that the output has to have.
  engine::BuildOrder fetch(const std::string& name, const std::string& script, const std::string& hash) const {
    engine::BuildOrder order = test_order(name, script);
    const std::string path(trim(place_->run({"nix-store", "--print-fixed-path", "sha256", hash, name})));
    order.derivation.environment = {{"name", name}, {"out", path}};
    order.derivation.outputs[0].address =
        drv::FixedOutput{.path = StorePath::parse(path).value(),
                         .hashing = {.method = drv::IngestionMethod::flat, .algorithm = drv::HashAlgorithm::sha256},
                         .hash = hash};
    return order;
  }

  std::unique_ptr<TestStore> place_;
  std::unique_ptr<DaemonStore> store_;
  TestLog log_;
};

TEST_F(DaemonBuilderTest, BuildsAndTellsTheLogInOrder) {
  const auto before = std::chrono::system_clock::now();
  const engine::AttemptReport report = build(test_order(
      "good", "echo one; echo two >&2; echo '@nix {\"action\":\"setPhase\",\"phase\":\"buildPhase\"}'; printf three; echo x > $out"));
  EXPECT_EQ(report.result, AttemptResult::built) << report.message;
  EXPECT_EQ(log_.text, "one\ntwo\n[buildPhase]\nthree\n");
  EXPECT_GE(report.start, before);
  EXPECT_GE(report.end, report.start);
  EXPECT_EQ(report.exit_status, std::nullopt);
}

TEST_F(DaemonBuilderTest, WhatIsBuiltIsAlreadyValidThen) {
  const engine::BuildOrder order = test_order("good", "echo x > $out");
  EXPECT_EQ(build(order).result, AttemptResult::built);
  EXPECT_EQ(build(order).result, AttemptResult::already_valid);
}

TEST_F(DaemonBuilderTest, ARebuildTellsWhetherItComesOutTheSame) {
  engine::BuildOrder same = test_order("same", "echo x > $out");
  EXPECT_EQ(build(same).result, AttemptResult::built);
  same.mode = engine::BuildMode::rebuild;
  const engine::AttemptReport confirmed = build(same);
  EXPECT_EQ(confirmed.result, AttemptResult::built) << confirmed.message;
  EXPECT_FALSE(confirmed.differs_from_store);

  engine::BuildOrder random = test_order("random", "read id < /proc/sys/kernel/random/uuid; echo $id > $out");
  EXPECT_EQ(build(random).result, AttemptResult::built);
  random.mode = engine::BuildMode::rebuild;
  const engine::AttemptReport differing = build(random);
  EXPECT_EQ(differing.result, AttemptResult::built) << differing.message;
  EXPECT_TRUE(differing.differs_from_store);
  EXPECT_THAT(differing.message, HasSubstr("nix-store --delete " + test_path("out", "random").to_string()));
  EXPECT_THAT(differing.message, HasSubstr("may not be deterministic"));
}

TEST_F(DaemonBuilderTest, AFailureHasItsExitStatusAndNoLogInItsMessage) {
  const engine::AttemptReport report = build(test_order("bad", "echo builder failed with exit code 77; exit 3"));
  EXPECT_EQ(report.result, AttemptResult::builder_failed);
  EXPECT_EQ(report.exit_status, 3);
  EXPECT_THAT(report.message, HasSubstr("failed with exit code 3"));
  EXPECT_THAT(report.message, Not(HasSubstr("code 77")));
  EXPECT_THAT(report.message, Not(HasSubstr("\x1b")));
}

TEST_F(DaemonBuilderTest, AMissingOutputIsTheDerivationsFault) {
  const engine::AttemptReport report = build(test_order("none", "echo nothing"));
  EXPECT_EQ(report.result, AttemptResult::output_rejected);
  EXPECT_THAT(report.message, HasSubstr("failed to produce output path"));
}

TEST_F(DaemonBuilderTest, SilenceAndLengthEndABuild) {
  engine::BuildOrder silent = test_order("silent", "echo last words; while :; do :; done");
  silent.limits.silence = seconds(1);
  EXPECT_EQ(build(silent).result, AttemptResult::silence_time);
  EXPECT_GT(log_.idled, 0);
  engine::BuildOrder endless = test_order("endless", "while :; do :; done");
  endless.limits.total = seconds(1);
  EXPECT_EQ(build(endless).result, AttemptResult::total_time);
}

TEST_F(DaemonBuilderTest, TooMuchLogEndsABuild) {
  engine::BuildOrder order = test_order("loud", "while :; do echo 0123456789; done");
  order.limits.log_bytes = 10'000;
  EXPECT_EQ(build(order).result, AttemptResult::log_limit);
  EXPECT_LT(log_.text.size(), 200'000U);
}

TEST_F(DaemonBuilderTest, LimitsHoldForTheBuildThatTheyAreGivenWith) {
  const Result<std::unique_ptr<engine::BuilderConnection>> builder = store_->connect();
  ASSERT_TRUE(builder);
  engine::BuildOrder order = test_order("loud", "for i in 1 2 3 4 5 6 7 8 9; do echo 0123456789; done; echo x > $out");
  order.limits.log_bytes = 50;
  EXPECT_EQ((*builder)->build(order, log_, {})->result, AttemptResult::log_limit);
  const Result<std::unique_ptr<engine::BuilderConnection>> another = store_->connect();
  ASSERT_TRUE(another);
  order.limits.log_bytes = 5000;
  EXPECT_EQ((*another)->build(order, log_, {})->result, AttemptResult::built);
}

TEST_F(DaemonBuilderTest, AFetchIsHeldAgainstThePackageOnlyForItsHash) {
  // SHA-256 of `x` and a line feed.
  const std::string hash = "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac";
  EXPECT_EQ(build(fetch("wrong", "echo y > $out", hash)).result, AttemptResult::hash_mismatch);
  EXPECT_EQ(build(fetch("right", "echo x > $out", hash)).result, AttemptResult::built);
  EXPECT_EQ(build(fetch("offline", "echo no route to host; exit 1", hash)).result, AttemptResult::fetch_failed);
  EXPECT_EQ(build(fetch("nothing", ":", hash)).result, AttemptResult::fetch_failed);
}

TEST_F(DaemonBuilderTest, WhatTheStoreLacksIsNotTheDerivationsFault) {
  const engine::AttemptReport report = build(test_order("needy", "echo x > $out", {test_path("5", "absent")}));
  EXPECT_EQ(report.result, AttemptResult::dependency_unavailable) << report.message;
}

TEST_F(DaemonBuilderTest, ABuilderOfAnotherSystemIsNotTheDerivationsFault) {
  engine::BuildOrder order = test_order("foreign", "echo x > $out");
  order.derivation.system = "m68k-linux";
  EXPECT_EQ(outcome_of(build(order).result), OutcomeKind::infrastructure);
}

TEST_F(DaemonBuilderTest, AChainIsBuiltOneAfterTheOther) {
  std::vector<StorePath> inputs;
  std::string script = "echo 1 > $out";
  for (const char* name : {"first", "second", "third"}) {
    EXPECT_EQ(build(test_order(name, script, inputs)).result, AttemptResult::built);
    const StorePath out = test_path("out", name);
    script = fmt::format("read line < {0}; echo $line {0} > $out", out.to_string());
    inputs = {out};
  }
  const std::string last = test_path("out", "third").base_name();
  std::ifstream file(place_->root() / "nix/store" / last);
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_EQ(content.str(), fmt::format("1 {} {}\n", test_path("out", "first").to_string(), test_path("out", "second").to_string()));
}

/// Whether any process of this machine has the text among its arguments.
bool runs(const std::string& marker) {
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::stringstream line;
    line << file.rdbuf();
    if (line.str().find(marker) != std::string::npos) return true;
  }
  return false;
}

TEST_F(DaemonBuilderTest, StoppingReturnsAtOnceAndLeavesNoBuilder) {
  const std::string marker = "marker-" + place_->root().filename().string();
  CancelSource stop;
  log_.on_write = [&] {
    EXPECT_TRUE(runs(marker));
    stop.request_stop();
  };
  Result<std::unique_ptr<engine::BuilderConnection>> builder = store_->connect();
  ASSERT_TRUE(builder);
  const Result<engine::AttemptReport> report =
      (*builder)->build(test_order("endless", ": " + marker + "; echo begun; while :; do :; done"), log_, stop.get_token());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::cancelled);
  EXPECT_EQ((*builder)->build(test_order("next", "echo x > $out"), log_, {}).error().code(), ErrorCode::unavailable);
  builder->reset();
  store_.reset();  // waits for the daemons
  EXPECT_FALSE(runs(marker));
}

TEST_F(DaemonBuilderTest, ABuilderThatIsKilledIsTakenForOneThatLackedMemory) {
  // In a sandbox the builder is the first process, which cannot kill itself.
  const engine::AttemptReport report = build(test_order("killed", "kill -9 $$; exit 137"));
  EXPECT_THAT(report.exit_status, testing::Optional(137));
}

}  // namespace
}  // namespace ekaci::nix
