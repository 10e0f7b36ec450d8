#include "engine/shared_builds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tests/support/fake_builds.h"

namespace ekaci::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

BuildOrder order_of(const std::string& name) {
  return {.path = fake::Recipes::path(name),
          .derivation = {.outputs = {{.name = "out", .address = drv::InputAddressedOutput{fake::store_path(name)}}},
                         .system = "x86_64-linux",
                         .builder = "/bin/sh"}};
}

/// Builds of a store with two places, which a test can hold back.
class Shared : public ::testing::Test {
 protected:
  Shared() {
    store_.on_begin = [this](const std::string& name) {
      std::unique_lock lock(mutex_);
      changed_.notify_all();
      changed_.wait(lock, [&] { return !held_.contains(name); });
    };
  }
  void hold(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    held_.insert(name);
  }
  void release(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    held_.erase(name);
    changed_.notify_all();
  }
  void wait_for_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return store_.begun().size() >= count; });
  }
  static std::unique_ptr<AskedBuild> ask(BuildShare& share, const std::string& name, Priority priority = Priority::head) {
    return share.ask(order_of(name), BuilderId{0}, priority);
  }
  static AttemptResult result_of(AskedBuild& build) { return build.wait({}).value()->report().value().result; }
  static AttemptResult build(BuildShare& share, const std::string& name) { return result_of(*ask(share, name)); }

  fake::Store store_{};
  fake::LogArchive logs_{};
  fake::BuildMemory memory_{};
  SystemClock clock_{};
  SharedBuilds builds_{{&store_}, logs_, clock_};

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::set<std::string> held_{};
};

TEST_F(Shared, WhatTwoReviewsWantIsBuiltOnceAndKeptOnce) {
  BuildShare one(builds_, BuildPace::prompt);
  BuildShare other(builds_, BuildPace::prompt);
  hold("a");
  const auto of_one = ask(one, "a");
  const auto of_other = ask(other, "a");
  release("a");
  const auto finished = of_one->wait({}).value();
  EXPECT_EQ(of_other->wait({}).value(), finished);
  EXPECT_THAT(store_.begun(), ElementsAre("a"));
  const Attempt attempt{.derivation = fake::Recipes::path("a"), .result = finished->report()->result};
  EXPECT_TRUE(finished->keep(attempt, memory_));
  EXPECT_TRUE(finished->keep(attempt, memory_));
  const auto kept = memory_.attempts_of(attempt.derivation).value();
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].log.lines, 1U);
}

TEST_F(Shared, WhatOneDoesNotWantAnyMoreGoesOnForTheOther) {
  BuildShare one(builds_, BuildPace::prompt);
  BuildShare other(builds_, BuildPace::prompt);
  store_.hangs = true;
  auto of_one = ask(one, "a");
  const auto of_other = ask(other, "a");
  wait_for_begun(1);
  of_one.reset();
  store_.hangs = false;
  EXPECT_EQ(result_of(*of_other), AttemptResult::built);
  EXPECT_THAT(store_.begun(), ElementsAre("a"));
}

TEST_F(Shared, WhatNobodyWantsAnyMoreIsStoppedAndItsPlaceFree) {
  BuildShare share(builds_, BuildPace::prompt);
  store_.hangs = true;
  auto first = ask(share, "a");
  auto second = ask(share, "b");
  wait_for_begun(2);
  first.reset();
  second.reset();
  const auto third = ask(share, "c");
  wait_for_begun(3);
  store_.hangs = false;
  EXPECT_EQ(result_of(*third), AttemptResult::built);
}

TEST_F(Shared, WaitingEndsWhenTheTokenSaysSo) {
  BuildShare share(builds_, BuildPace::prompt);
  store_.hangs = true;
  const auto build = ask(share, "a");
  CancelSource cancel;
  auto waiting = std::async(std::launch::async, [&] { return build->wait(cancel.get_token()); });
  wait_for_begun(1);
  cancel.request_stop();
  EXPECT_EQ(waiting.get().error().code(), ErrorCode::cancelled);
}

TEST_F(Shared, NoMoreRunThanThereArePlacesAndTheReviewWithTheFewestComesFirst) {
  BuildShare large(builds_, BuildPace::prompt);
  BuildShare small(builds_, BuildPace::prompt);
  for (const char* name : {"l1", "l2", "l3", "s1"}) hold(name);
  std::map<std::string, std::unique_ptr<AskedBuild>> asked;
  for (const char* name : {"l1", "l2", "l3"}) asked[name] = ask(large, name);
  asked["s1"] = ask(small, "s1");
  wait_for_begun(2);
  EXPECT_THAT(store_.begun(), UnorderedElementsAre("l1", "l2"));
  EXPECT_TRUE(asked["l1"]->glimpse().began);
  EXPECT_FALSE(asked["l3"]->glimpse().began);
  release("l1");
  wait_for_begun(3);
  EXPECT_EQ(store_.begun().back(), "s1");
  for (const char* name : {"l2", "l3", "s1"}) release(name);
  for (const auto& [name, build] : asked) EXPECT_EQ(result_of(*build), AttemptResult::built) << name;
}

TEST_F(Shared, WhatDecidesComesBeforeWhatDoesNotAndAnIdleReviewLast) {
  BuildShare idle(builds_, BuildPace::idle);
  BuildShare one(builds_, BuildPace::prompt);
  BuildShare busy(builds_, BuildPace::prompt);
  for (const char* name : {"x", "y"}) hold(name);
  std::vector<std::unique_ptr<AskedBuild>> asked;
  asked.push_back(ask(busy, "x"));
  asked.push_back(ask(busy, "y"));
  asked.push_back(ask(idle, "idle"));
  asked.push_back(ask(one, "sizes", Priority::base_sizes));
  asked.push_back(ask(busy, "head"));
  wait_for_begun(2);
  release("x");
  for (std::size_t i = 2; i < asked.size(); ++i) EXPECT_EQ(result_of(*asked[i]), AttemptResult::built);
  const std::vector<std::string> begun = store_.begun();
  EXPECT_THAT(std::vector(begun.begin() + 2, begun.end()), ElementsAre("head", "sizes", "idle"));
  release("y");
}

TEST_F(Shared, ASuccessorTakesOverWhatRuns) {
  auto stopped = std::make_unique<BuildShare>(builds_, BuildPace::prompt);
  store_.hangs = true;
  auto build = ask(*stopped, "a");
  wait_for_begun(1);
  stopped->expect_successor();
  build.reset();
  stopped.reset();
  BuildShare successor(builds_, BuildPace::prompt);
  const auto again = ask(successor, "a");
  store_.hangs = false;
  EXPECT_EQ(result_of(*again), AttemptResult::built);
  EXPECT_THAT(store_.begun(), ElementsAre("a"));
}

TEST_F(Shared, ASuccessorFindsWhatEndedBeforeItCame) {
  BuildShare stopped(builds_, BuildPace::prompt);
  hold("a");
  auto build = ask(stopped, "a");
  wait_for_begun(1);
  stopped.expect_successor();
  build.reset();
  release("a");
  BuildShare successor(builds_, BuildPace::prompt);
  EXPECT_EQ(Shared::build(successor, "b"), AttemptResult::built);
  EXPECT_EQ(Shared::build(successor, "a"), AttemptResult::built);
  EXPECT_THAT(store_.begun(), UnorderedElementsAre("a", "b"));
}

TEST_F(Shared, WhatNoSuccessorComesForIsStopped) {
  SharedBuilds hurried({&store_}, logs_, clock_, std::chrono::milliseconds(1));
  BuildShare share(hurried, BuildPace::prompt);
  store_.hangs = true;
  auto first = ask(share, "a");
  auto second = ask(share, "b");
  wait_for_begun(2);
  share.expect_successor();
  first.reset();
  second.reset();
  const auto third = ask(share, "c");
  wait_for_begun(3);
  store_.hangs = false;
  EXPECT_EQ(result_of(*third), AttemptResult::built);
}

TEST_F(Shared, WhatEndedSinceAReviewBeganIsNotBuiltAgainForIt) {
  BuildShare one(builds_, BuildPace::prompt);
  BuildShare other(builds_, BuildPace::prompt);
  store_.results["a"] = AttemptResult::builder_failed;
  EXPECT_EQ(build(one, "a"), AttemptResult::builder_failed);
  EXPECT_EQ(build(other, "a"), AttemptResult::builder_failed);
  EXPECT_THAT(store_.begun(), ElementsAre("a"));
  // It knew of it when it began, and asks all the same.
  BuildShare later(builds_, BuildPace::prompt);
  EXPECT_EQ(build(later, "a"), AttemptResult::builder_failed);
  EXPECT_THAT(store_.begun(), ElementsAre("a", "a"));
}

TEST_F(Shared, AReviewThatAsksOnceMoreWantsAnotherTry) {
  BuildShare one(builds_, BuildPace::prompt);
  const BuildShare other(builds_, BuildPace::prompt);
  EXPECT_EQ(build(one, "a"), AttemptResult::built);
  EXPECT_EQ(build(one, "a"), AttemptResult::built);
  EXPECT_THAT(store_.begun(), ElementsAre("a", "a"));
}

TEST_F(Shared, WhatCannotBeTriedIsAnErrorForAllAndTriedAnewForWhoAsksAgain) {
  BuildShare one(builds_, BuildPace::prompt);
  BuildShare other(builds_, BuildPace::prompt);
  store_.throws.insert("a");
  hold("a");
  const auto of_one = ask(one, "a");
  const auto of_other = ask(other, "a");
  wait_for_begun(1);
  release("a");
  for (AskedBuild* asked : {of_one.get(), of_other.get()}) {
    EXPECT_EQ(asked->wait({}).value()->report().error().code(), ErrorCode::internal);
  }
  store_.throws.clear();
  EXPECT_EQ(build(other, "a"), AttemptResult::built);
}

/// Takes a moment for each build, and sees how many run at once.
class CountingStore final : public BuildStore {
 public:
  static constexpr std::uint32_t kPlaces = 3;
  Sync<int> most{0};                ///< that ran at once
  std::latch all_at_once{kPlaces};  ///< builds of names that begin with `p` wait for each other

  [[nodiscard]] BuilderDescription description() const override {
    return {.name = "counting", .systems = {"x86_64-linux"}, .slots = kPlaces, .fetch_slots = 1};
  }
  Result<std::unique_ptr<BuilderConnection>> connect() override { return std::make_unique<Connection>(*this); }
  Result<std::vector<StorePath>> valid_paths(std::span<const StorePath> /*paths*/) override { return std::vector<StorePath>(); }
  Result<std::vector<StorePath>> substitutable_paths(std::span<const StorePath> /*paths*/) override { return std::vector<StorePath>(); }
  Result<std::vector<PathInfo>> path_infos(std::span<const StorePath> /*paths*/) override { return std::vector<PathInfo>(); }
  Status keep(std::span<const StorePath> /*paths*/) override { return {}; }
  Status import_paths(std::string_view /*root*/, std::span<const StorePath> /*paths*/, const CancelToken& /*cancel*/) override {
    return {};
  }

 private:
  class Connection final : public BuilderConnection {
   public:
    explicit Connection(CountingStore& store) : store_(store) {}
    Result<AttemptReport> build(const BuildOrder& order, LogSink& log, const CancelToken& cancel) override {
      const int running = ++store_.running_;
      store_.most.with([running](int& most) { most = std::max(most, running); });
      log.write("x\n");
      if (order.path.name().starts_with('p')) store_.all_at_once.arrive_and_wait();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      --store_.running_;
      if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
      return AttemptReport{.result = AttemptResult::built};
    }

   private:
    CountingStore& store_;
  };
  std::atomic<int> running_ = 0;
};

/// Many reviews that ask, wait and give up at random: everybody who waits is answered, and no place is lost or filled twice.
TEST(SharedBuildsUnderLoad, EveryWishIsAnsweredAndNoPlaceIsLost) {
  CountingStore store;
  fake::LogArchive logs;
  const SystemClock clock;
  SharedBuilds builds({&store}, logs, clock);
  {
    std::vector<std::jthread> reviews;
    for (unsigned seed = 0; seed < 6; ++seed) {
      reviews.emplace_back([&builds, seed] {
        std::mt19937 random(seed);
        for (int round = 0; round < 4; ++round) {
          BuildShare share(builds, seed % 3 == 0 ? BuildPace::idle : BuildPace::prompt);
          std::vector<std::unique_ptr<AskedBuild>> asked;
          for (int i = 0; i < 25; ++i) {
            asked.push_back(share.ask(order_of("d" + std::to_string(random() % 40)), BuilderId{0}, Priority::head));
            if (random() % 4 == 0) asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(random() % asked.size()));
          }
          if (random() % 2 == 0) share.expect_successor();
          if (random() % 4 == 0) continue;
          for (const auto& build : asked) EXPECT_TRUE(build->wait({}).value()->report());
        }
      });
    }
  }
  BuildShare last(builds, BuildPace::prompt);
  std::vector<std::unique_ptr<AskedBuild>> asked;
  for (std::uint32_t i = 0; i < CountingStore::kPlaces; ++i) {
    asked.push_back(last.ask(order_of("p" + std::to_string(i)), BuilderId{0}, Priority::head));
  }
  for (const auto& build : asked) EXPECT_TRUE(build->wait({}).value()->report());
  EXPECT_EQ(store.most.with([](int most) { return most; }), static_cast<int>(CountingStore::kPlaces));
}

}  // namespace
}  // namespace ekaci::engine
