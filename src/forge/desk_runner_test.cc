#include "forge/desk_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "tests/support/fake_forge.h"
#include "tests/support/fake_forge_memory.h"

namespace ekaci::forge {
namespace {

using testing::HasSubstr;

CommitId commit(char digit) { return CommitId::parse(std::string(40, digit)).value(); }

Repository repository() { return {.id = {1}, .installation = {7}, .name = "owner/name", .default_branch = "main"}; }

PullRequest pull_request(std::int64_t number, char head) {
  return {.number = {number},
          .target = "main",
          .head = commit(head),
          .head_owner = "author",
          .author = "author",
          .association = Association::member,
          .updated = Clock::Wall(std::chrono::seconds(1'700'000'000))};
}

/// A reviewer that answers when it is let.
class GatedReviewer final : public Reviewer {
 public:
  void open() {
    {
      const std::scoped_lock lock(mutex_);
      is_open_ = true;
    }
    changed_.notify_all();
  }
  Result<ReviewConclusion> review(const StartReview& order, const Progress& progress, const CancelToken& cancel) override {
    progress({.status = CheckStatus::in_progress, .title = "half way"});
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, cancel, [this] { return is_open_; })) return fail(ErrorCode::cancelled, "stopped");
    ReviewConclusion conclusion{.decision = Decision::merge,
                                .base = commit('b'),
                                .summary = {.status = CheckStatus::completed, .conclusion = Conclusion::success, .title = "merge"}};
    if (names_nothing)
      conclusion.others.push_back({.repository = repository().id, .head = head_of(order.subject), .name = {}, .text = conclusion.summary});
    return conclusion;
  }
  void expect_successor(ReviewId /*review*/) override { ++successors; }
  Status tidy_up(const TidyUp& /*chore*/, const CancelToken& /*cancel*/) override { return {}; }

  std::atomic<int> successors = 0;
  std::atomic<bool> names_nothing = false;  ///< a check without a name, which no ledger keeps

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_open_ = false;
};

/// A desk at work with everything around it made up, and a way to wait for what a check says.
class DeskRunnerTest : public testing::Test {
 protected:
  void start() {
    DeskWorld world{.inbox = memory_,
                    .ledger = memory_,
                    .forge = forge_,
                    .reviewer = reviewer_,
                    .read = [](const Delivery& delivery) -> Result<Notice> {
                      if (delivery.event != "pull_request") return fail(ErrorCode::invalid_argument, "made up");
                      return PullRequestNotice{repository(), pull_request(1, delivery.payload.front())};
                    },
                    .clock = clock_,
                    .log = log_,
                    .checks_changed = [this] { changed(); },
                    .short_of_room = [this] { return std::string(is_full_ ? "full" : ""); }};
    runner_ = std::make_unique<DeskRunner>(DeskPolicy{}, std::chrono::hours(1), std::move(world));
    ASSERT_TRUE(runner_->start());
  }
  void deliver(const std::string& event, const std::string& payload) {
    ASSERT_TRUE(memory_.receive({.guid = event + payload, .event = event, .payload = payload}));
    runner_->wake();
  }
  void changed() {
    {
      const std::scoped_lock lock(mutex_);
      ++changes_;
    }
    changed_.notify_all();
  }
  /// Waits for as long as it takes; a test that hangs is ended from outside.
  void wait_for_title(char head, const std::string& title) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      const auto wanted = memory_.wanted({1}, commit(head), kSummaryCheck);
      return wanted && wanted->title == title;
    });
  }

  SystemClock clock_;
  Log log_{LogLevel::error};
  fake::ForgeMemory memory_{clock_};
  fake::Forge forge_;
  GatedReviewer reviewer_;
  std::atomic<bool> is_full_ = false;
  int changes_ = 0;  ///< of what is owed
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<DeskRunner> runner_;
};

TEST_F(DeskRunnerTest, ReviewsWhatWebhooksTellOfAndConcludes) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  start();
  deliver("pull_request", "a");
  wait_for_title('a', "half way");
  reviewer_.open();
  wait_for_title('a', "merge");
}

TEST_F(DeskRunnerTest, ConcludesTheCheckOfWhatCannotBeKept) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  reviewer_.names_nothing = true;
  reviewer_.open();
  start();
  wait_for_title('a', "cannot tell: the review could not be made");
  EXPECT_EQ(memory_.wanted({1}, commit('a'), kSummaryCheck)->conclusion, Conclusion::failure);
}

TEST_F(DeskRunnerTest, TellsAReviewThatANewerHeadFollows) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  start();
  wait_for_title('a', "half way");
  forge_.set_pull_requests({pull_request(1, 'b')});
  deliver("pull_request", "b");
  wait_for_title('b', "half way");
  EXPECT_EQ(reviewer_.successors, 1);
}

TEST_F(DeskRunnerTest, FindsByItselfWhatNoWebhookTold) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'c')});
  reviewer_.open();
  start();
  wait_for_title('c', "merge");
}

TEST_F(DeskRunnerTest, AsksAgainWhereTheForgeHasNoAnswer) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'c')});
  forge_.be_silent(1);
  reviewer_.open();
  start();
  wait_for_title('c', "merge");
}

TEST_F(DeskRunnerTest, StoppedInTheMiddleItGoesOnAfterTheNextStart) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  start();
  wait_for_title('a', "half way");
  runner_.reset();
  reviewer_.open();
  start();
  wait_for_title('a', "merge");
}

TEST_F(DeskRunnerTest, ReviewsNothingWhileTheDiskIsFull) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  is_full_ = true;
  start();
  deliver("pull_request", "a");
  wait_for_title('a', "Waiting for its turn");
  is_full_ = false;
  reviewer_.open();
  runner_->wake();
  wait_for_title('a', "merge");
}

TEST_F(DeskRunnerTest, DeliveriesOfNonsenseAreSettledAndHoldUpNothing) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  reviewer_.open();
  start();
  deliver("nonsense", "x");
  deliver("pull_request", "a");
  wait_for_title('a', "merge");
  runner_.reset();
  for (const auto& [id, received] : memory_.deliveries()) {
    ASSERT_TRUE(received.outcome);
    if (received.delivery.event == "nonsense") {
      EXPECT_THAT(*received.outcome, HasSubstr("not readable: "));
    }
  }
}

TEST_F(DeskRunnerTest, SaysWhatItKnowsNow) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  start();
  wait_for_title('a', "half way");
  const DeskStanding standing = runner_->look(std::chrono::minutes(1));
  EXPECT_TRUE(standing.is_current);
  ASSERT_EQ(standing.lines.size(), 1U);
  EXPECT_EQ(full_name(standing.lines.front()), "owner/name#1");
  EXPECT_EQ(standing.lines.front().state, DeskStanding::State::under_review);
}

TEST_F(DeskRunnerTest, AnswersAnOrderOnceItIsKept) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  start();
  wait_for_title('a', "half way");
  std::promise<Result<std::string>> answered;
  runner_->order({.subject = {.repository = {1}, .number = {1}}, .kind = OrderKind::cancel}, "root",
                 [&](const Result<std::string>& answer) { answered.set_value(answer); });
  EXPECT_THAT(answered.get_future().get().value(), HasSubstr("cancelled"));
  EXPECT_EQ(memory_.wanted({1}, commit('a'), kSummaryCheck)->conclusion, Conclusion::cancelled);
}

TEST_F(DeskRunnerTest, SaysThatNothingCanBeKept) {
  forge_.set_repositories({repository()});
  forge_.set_pull_requests({pull_request(1, 'a')});
  start();
  wait_for_title('a', "half way");
  memory_.fail_from_now(ErrorCode::io);
  runner_->order({.subject = {.repository = {1}, .number = {1}}, .kind = OrderKind::cancel}, "root", [](const auto& /*answer*/) {});
  while (!runner_->look(std::chrono::milliseconds(1)).trouble) std::this_thread::yield();
  EXPECT_FALSE(runner_->look(std::chrono::milliseconds(1)).is_current);
}

TEST_F(DeskRunnerTest, HasWhatWasRefusedSentWhereWeMayDoSomethingElse) {
  Repository permitted = repository();
  permitted.permissions = "checks:write";
  forge_.set_repositories({permitted});
  start();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return changes_ > 0; });
}

}  // namespace
}  // namespace ekaci::forge
