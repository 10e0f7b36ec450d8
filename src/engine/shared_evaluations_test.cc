#include "engine/shared_evaluations.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tests/support/fake_ports.h"

namespace ekaci::engine {
namespace {

using ::testing::ElementsAre;

Attribute attribute(const std::string& name) {
  return {AttributePath({name}), EvaluationError{EvaluationFailure::evaluation, "throw", {}}};
}

/// One attribute for each tree, named by it. Evaluations can be held back; then they end when they are released, or stopped.
class HeldEvaluator final : public Evaluator {
 public:
  Result<EvaluatorIdentity> identity(const Job& /*job*/) override { return EvaluatorIdentity{"nix (Nix) 2.8.0", "/nix", "none"}; }
  Result<System> native_system() override { return System::parse("x86_64-linux"); }
  Result<EvaluationOutcome> evaluate(const EvaluationRequest& request, EvaluationListener& listener, const CancelToken& cancel) override {
    listener.opened(std::make_shared<fake::Reader>(derivations_), "/scratch");
    listener.found(attribute("foremost"));
    listener.progress(3, 2, 1);
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    if (!changed_.wait(lock, cancel, [this] { return !is_held_; })) {
      ++stopped_;
      changed_.notify_all();
      return fail(ErrorCode::cancelled, "stopped");
    }
    if (failure_) return fail(*failure_);
    Evaluation evaluation;
    evaluation.attributes = {attribute(request.tree.to_string())};
    evaluation.repeatable = is_repeatable_;
    return EvaluationOutcome{std::make_shared<const Evaluation>(std::move(evaluation)), std::make_shared<fake::Reader>(derivations_)};
  }

  void hold() {
    set([this] { is_held_ = true; });
  }
  void release() {
    set([this] { is_held_ = false; });
  }
  void fail_with(std::optional<Error> failure) {
    set([&] { failure_ = std::move(failure); });
  }
  void be_repeatable(bool repeatable) {
    set([&] { is_repeatable_ = repeatable; });
  }
  void wait_for_begun(int count) {
    wait([&] { return begun_ >= count; });
  }
  void wait_for_stopped(int count) {
    wait([&] { return stopped_ >= count; });
  }
  [[nodiscard]] int begun() {
    const std::scoped_lock lock(mutex_);
    return begun_;
  }
  [[nodiscard]] int stopped() {
    const std::scoped_lock lock(mutex_);
    return stopped_;
  }

 private:
  template <class Change>
  void set(Change change) {
    const std::scoped_lock lock(mutex_);
    change();
    changed_.notify_all();
  }
  template <class Condition>
  void wait(Condition condition) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, condition);
  }

  fake::Derivations derivations_{};
  std::mutex mutex_{};
  std::condition_variable_any changed_{};
  bool is_held_ = false;
  bool is_repeatable_ = true;
  std::optional<Error> failure_{};
  int begun_ = 0;
  int stopped_ = 0;
};

/// What one who asked was told, and by which thread.
class Listener final : public EvaluationListener {
 public:
  /// Until it was told anything: it has joined then.
  void wait() { told_.get_future().wait(); }
  void opened(std::shared_ptr<DerivationReader> derivations, std::filesystem::path store_root) override {
    EXPECT_NE(derivations, nullptr);
    note("opened " + store_root.string());
  }
  void progress(std::uint64_t known, std::uint64_t done, std::uint64_t errors) override {
    note(fmt::format("{} of {}, {} errors", done, known, errors));
  }
  void found(Attribute foremost) override { note("found " + foremost.path.to_string()); }
  [[nodiscard]] const std::vector<std::string>& heard() const { return heard_; }

 private:
  void note(std::string what) {
    if (heard_.empty()) {
      teller_ = std::this_thread::get_id();
      told_.set_value();
    }
    EXPECT_EQ(teller_, std::this_thread::get_id());
    heard_.push_back(std::move(what));
  }
  std::vector<std::string> heard_{};
  std::thread::id teller_{};
  std::promise<void> told_{};
};

EvaluationRequest request_for(const std::string& tree) {
  return {.tree = fake::object_id<TreeId>(tree),
          .files = std::make_shared<fake::Tree>(tree),
          .job = {.name = "packages", .file = "default.nix", .attribute = {}, .arguments = {}, .systems = {}},
          .system = System::parse("x86_64-linux").value(),
          .limits = {}};
}

class SharedEvaluationsTest : public ::testing::Test {
 protected:
  using Outcome = Result<EvaluationOutcome>;

  static Outcome evaluate(EvaluationShare& share, const EvaluationRequest& request) {
    Listener listener;
    return share.evaluate(request, listener, {});
  }
  /// On a thread of its own.
  static std::future<Outcome> ask(EvaluationShare& share, EvaluationRequest request, const CancelToken& cancel = {}) {
    return std::async(std::launch::async, [&share, request = std::move(request), cancel] {
      Listener listener;
      return share.evaluate(request, listener, cancel);
    });
  }
  /// Asked of a share that is stopped as soon as it runs.
  void stop_running(EvaluationShare& share, const EvaluationRequest& request) {
    CancelSource stop;
    const int before = evaluator_.begun();
    auto asked = ask(share, request, stop.get_token());
    evaluator_.wait_for_begun(before + 1);
    stop.request_stop();
    EXPECT_EQ(asked.get().error().code(), ErrorCode::cancelled);
  }

  HeldEvaluator evaluator_{};
  SystemClock clock_{};
  SharedEvaluations evaluations_{evaluator_, clock_};
};

TEST_F(SharedEvaluationsTest, WhatTwoReviewsWantIsEvaluatedOnce) {
  EvaluationShare one(evaluations_);
  EvaluationShare other(evaluations_);
  evaluator_.hold();
  auto of_one = ask(one, request_for("a"));
  evaluator_.wait_for_begun(1);
  auto of_other = ask(other, request_for("a"));
  evaluator_.release();
  const Outcome outcome = of_one.get();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(of_other.get()->evaluation, outcome->evaluation);
  EXPECT_EQ(evaluator_.begun(), 1);
}

TEST_F(SharedEvaluationsTest, WhoJoinsLateHearsWhatWasTold) {
  EvaluationShare one(evaluations_);
  EvaluationShare other(evaluations_);
  ASSERT_TRUE(evaluate(one, request_for("a")));
  Listener late;
  ASSERT_TRUE(other.evaluate(request_for("a"), late, {}));
  EXPECT_THAT(late.heard(), ElementsAre("opened /scratch", "found foremost", "2 of 3, 1 errors"));
  EXPECT_EQ(evaluator_.begun(), 1);
}

TEST_F(SharedEvaluationsTest, OnlyWhatIsTheSameIsJoined) {
  EvaluationShare share(evaluations_);
  EvaluationRequest asked = request_for("a");
  ASSERT_TRUE(evaluate(share, asked));
  asked.job.name = "another name";
  asked.limits.workers = 7;
  asked.is_base = true;
  ASSERT_TRUE(evaluate(share, asked));
  EXPECT_EQ(evaluator_.begun(), 1);
  asked.tests_of = {AttributePath({"a"})};
  ASSERT_TRUE(evaluate(share, asked));
  asked.system = System::parse("aarch64-linux").value();
  ASSERT_TRUE(evaluate(share, asked));
  asked.job.arguments.push_back({.name = "x", .text = "y"});
  ASSERT_TRUE(evaluate(share, asked));
  EXPECT_EQ(evaluate(share, request_for("b"))->evaluation->attributes.front().path,
            AttributePath({fake::object_id<TreeId>("b").to_string()}));
  EXPECT_EQ(evaluator_.begun(), 5);
}

TEST_F(SharedEvaluationsTest, WhatOneDoesNotWantAnyMoreGoesOnForTheOther) {
  EvaluationShare one(evaluations_);
  EvaluationShare other(evaluations_);
  evaluator_.hold();
  CancelSource stop;
  auto of_one = ask(one, request_for("a"), stop.get_token());
  evaluator_.wait_for_begun(1);
  Listener joined;
  auto of_other = std::async(std::launch::async, [&] { return other.evaluate(request_for("a"), joined, {}); });
  joined.wait();
  stop.request_stop();
  EXPECT_EQ(of_one.get().error().code(), ErrorCode::cancelled);
  evaluator_.release();
  EXPECT_TRUE(of_other.get());
  EXPECT_EQ(evaluator_.stopped(), 0);
}

TEST_F(SharedEvaluationsTest, WhatNobodyWantsAnyMoreIsStopped) {
  EvaluationShare share(evaluations_);
  evaluator_.hold();
  stop_running(share, request_for("a"));
  evaluator_.wait_for_stopped(1);
  evaluator_.release();
  EXPECT_TRUE(evaluate(share, request_for("a"))) << "nobody joins what is being stopped";
  EXPECT_EQ(evaluator_.begun(), 2);
}

TEST_F(SharedEvaluationsTest, WhatHasEndedCanBeJoinedUntilItsReviewEnds) {
  auto one = std::make_unique<EvaluationShare>(evaluations_);
  ASSERT_TRUE(evaluate(*one, request_for("a")));
  auto other = std::make_unique<EvaluationShare>(evaluations_);
  ASSERT_TRUE(evaluate(*other, request_for("a")));
  one.reset();
  EvaluationShare third(evaluations_);
  ASSERT_TRUE(evaluate(third, request_for("a")));
  EXPECT_EQ(evaluator_.begun(), 1);
  const std::weak_ptr<const Evaluation> kept = evaluate(third, request_for("a"))->evaluation;
  EXPECT_FALSE(kept.expired());
}

TEST_F(SharedEvaluationsTest, WhatNoReviewHasIsGone) {
  auto share = std::make_unique<EvaluationShare>(evaluations_);
  const std::weak_ptr<const Evaluation> kept = evaluate(*share, request_for("a"))->evaluation;
  share.reset();
  EvaluationShare later(evaluations_);
  ASSERT_TRUE(evaluate(later, request_for("a")));
  EXPECT_EQ(evaluator_.begun(), 2);
  EXPECT_TRUE(kept.expired());
}

TEST_F(SharedEvaluationsTest, WhatMayNotBeRememberedIsNotForThoseWhoComeLater) {
  EvaluationShare one(evaluations_);
  EvaluationShare other(evaluations_);
  evaluator_.be_repeatable(false);
  ASSERT_TRUE(evaluate(one, request_for("a")));
  evaluator_.fail_with(Error(ErrorCode::resource_exhausted, "the disk is full"));
  EXPECT_EQ(evaluate(other, request_for("a")).error().code(), ErrorCode::resource_exhausted);
  evaluator_.fail_with({});
  EXPECT_TRUE(evaluate(other, request_for("a")));
  EXPECT_EQ(evaluator_.begun(), 3);
}

TEST_F(SharedEvaluationsTest, ABaseGoesOnForTheReviewThatFollows) {
  EvaluationRequest base = request_for("base");
  base.is_base = true;
  evaluator_.hold();
  auto first = std::make_unique<EvaluationShare>(evaluations_);
  first->expect_successor();
  stop_running(*first, base);
  stop_running(*first, request_for("head"));
  evaluator_.wait_for_stopped(1);
  first.reset();
  EvaluationShare second(evaluations_);
  auto asked = ask(second, base);
  evaluator_.release();
  EXPECT_TRUE(asked.get());
  EXPECT_EQ(evaluator_.begun(), 2);
  EXPECT_EQ(evaluator_.stopped(), 1) << "the head's: no other review wants it";
}

TEST_F(SharedEvaluationsTest, ABaseDoesNotGoOnForLong) {
  SharedEvaluations impatient(evaluator_, clock_, std::chrono::milliseconds(1));
  EvaluationShare share(impatient);
  share.expect_successor();
  EvaluationRequest base = request_for("base");
  base.is_base = true;
  evaluator_.hold();
  stop_running(share, base);
  evaluator_.wait_for_stopped(1);
  EXPECT_EQ(evaluator_.stopped(), 1);
}

TEST_F(SharedEvaluationsTest, WhatRunsIsStoppedAtTheEnd) {
  auto evaluations = std::make_unique<SharedEvaluations>(evaluator_, clock_);
  EvaluationRequest base = request_for("base");
  base.is_base = true;
  evaluator_.hold();
  {
    EvaluationShare share(*evaluations);
    share.expect_successor();
    stop_running(share, base);
  }
  EXPECT_EQ(evaluator_.stopped(), 0);
  evaluations.reset();
  EXPECT_EQ(evaluator_.stopped(), 1);
}

/// Reviews that come and go while others want the same: each is told what it asked for, or that it was stopped itself.
TEST_F(SharedEvaluationsTest, ManyReviewsComeAndGo) {
  constexpr int kReviews = 40;
  std::atomic<int> answered = 0;
  std::vector<std::jthread> reviews;
  for (int i = 0; i < kReviews; ++i) {
    reviews.emplace_back([&, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      EvaluationShare share(evaluations_);
      for (int round = 0; round < 20; ++round) {
        CancelSource stop;
        EvaluationRequest request = request_for(std::to_string(random() % 3));
        request.is_base = random() % 2 == 0;
        const TreeId tree = request.tree;
        if (random() % 8 == 0) share.expect_successor();
        auto asked = ask(share, std::move(request), stop.get_token());
        const bool is_stopped = random() % 3 == 0;
        if (is_stopped) stop.request_stop();
        const Outcome outcome = asked.get();
        if (outcome) {
          EXPECT_EQ(outcome->evaluation->attributes.front().path, AttributePath({tree.to_string()}));
        } else {
          EXPECT_TRUE(is_stopped) << outcome.error().to_string();
        }
        ++answered;
      }
    });
  }
  reviews.clear();
  EXPECT_EQ(answered, kReviews * 20);
}

}  // namespace
}  // namespace ekaci::engine
