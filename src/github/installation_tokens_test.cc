#include "github/installation_tokens.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "github/fake_github_test.h"

namespace ekaci::github {
namespace {

constexpr TokenScope kScope{.installation = {99}, .only = {}};

/// Hands out `1`, `2` … for an hour each.
class Counter {
 public:
  explicit Counter(const Clock& clock) : clock_(clock) {}
  InstallationToken next() {
    const int number = ++asked_;
    return {.token = Secret(std::to_string(number)), .expires = clock_.wall() + std::chrono::hours(1)};
  }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  const Clock& clock_;
  std::atomic<int> asked_{0};
};

std::string text_of(const Result<SharedToken>& token) { return token ? std::string((*token)->reveal()) : token.error().message(); }

TEST(InstallationTokens, AreKeptUntilFiveMinutesBeforeTheirEnd) {
  TurnedClock clock;
  Counter counter(clock);
  InstallationTokens tokens([&](const TokenScope&, const CancelToken&) { return counter.next(); }, clock);
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "1");
  clock.turn(std::chrono::minutes(54));
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "1");
  clock.turn(std::chrono::minutes(1));
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "2");
}

TEST(InstallationTokens, AreOfOneScope) {
  const TurnedClock clock;
  Counter counter(clock);
  InstallationTokens tokens([&](const TokenScope&, const CancelToken&) { return counter.next(); }, clock);
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "1");
  EXPECT_EQ(text_of(tokens.get({.installation = {98}, .only = {}}, {})), "2");
  EXPECT_EQ(text_of(tokens.get({.installation = {99}, .only = forge::RepositoryId{1}}, {})), "3");
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "1");
}

TEST(InstallationTokens, ThatWereNotTakenAreForgottenOnce) {
  const TurnedClock clock;
  Counter counter(clock);
  InstallationTokens tokens([&](const TokenScope&, const CancelToken&) { return counter.next(); }, clock);
  const SharedToken first = tokens.get(kScope, {}).value();
  tokens.forget(kScope, first);
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "2");
  tokens.forget(kScope, first);
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "2");
}

TEST(InstallationTokens, OfAnInstallationAreForgottenTogether) {
  const TurnedClock clock;
  Counter counter(clock);
  InstallationTokens* asked = nullptr;
  bool is_to_forget = false;
  InstallationTokens tokens(
      [&](const TokenScope&, const CancelToken&) {
        if (std::exchange(is_to_forget, false)) asked->forget_all({99});
        return counter.next();
      },
      clock);
  asked = &tokens;
  const TokenScope one{.installation = {99}, .only = forge::RepositoryId{1}};
  const TokenScope other{.installation = {98}, .only = {}};
  for (const TokenScope& scope : {kScope, one, other}) ASSERT_TRUE(tokens.get(scope, {}));
  tokens.forget_all({99});
  EXPECT_EQ(text_of(tokens.get(other, {})), "3");
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "4");
  is_to_forget = true;
  EXPECT_EQ(text_of(tokens.get(one, {})), "5");
  EXPECT_EQ(text_of(tokens.get(one, {})), "6") << "5 may have been given out before the rights changed";
  EXPECT_EQ(text_of(tokens.get(one, {})), "6");
}

TEST(InstallationTokens, AreAskedForOnceByManyThreads) {
  const TurnedClock clock;
  Counter counter(clock);
  std::latch is_asked(1);
  std::latch may_answer(1);
  InstallationTokens tokens(
      [&](const TokenScope&, const CancelToken&) {
        is_asked.count_down();
        may_answer.wait();
        return counter.next();
      },
      clock);
  std::vector<std::string> got(8);
  std::vector<std::jthread> threads;
  for (std::string& mine : got) threads.emplace_back([&] { mine = text_of(tokens.get(kScope, {})); });
  is_asked.wait();
  may_answer.count_down();
  threads.clear();
  EXPECT_EQ(got, std::vector<std::string>(8, "1"));
  EXPECT_EQ(counter.asked(), 1);
}

TEST(InstallationTokens, AFailureIsToldAndNotKept) {
  const TurnedClock clock;
  Counter counter(clock);
  bool is_broken = true;
  InstallationTokens tokens(
      [&](const TokenScope&, const CancelToken&) -> Result<InstallationToken> {
        if (is_broken) return fail(ErrorCode::unavailable, "no");
        return counter.next();
      },
      clock);
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "no");
  is_broken = false;
  EXPECT_EQ(text_of(tokens.get(kScope, {})), "1");
}

TEST(InstallationTokens, ACancelledRequestIsMadeByTheNextWhoWaits) {
  const TurnedClock clock;
  Counter counter(clock);
  std::latch is_asked(1);
  InstallationTokens tokens(
      [&](const TokenScope&, const CancelToken& cancel) -> Result<InstallationToken> {
        if (!cancel.stop_possible()) return counter.next();
        is_asked.count_down();
        std::atomic<bool> is_stopped = false;
        const std::stop_callback wake(cancel, [&] {
          is_stopped = true;
          is_stopped.notify_all();
        });
        is_stopped.wait(false);
        return fail(ErrorCode::cancelled, "stopped");
      },
      clock);
  CancelSource first;
  std::string first_got;
  std::string second_got;
  std::jthread first_thread([&] { first_got = text_of(tokens.get(kScope, first.get_token())); });
  is_asked.wait();
  std::jthread second_thread([&] { second_got = text_of(tokens.get(kScope, {})); });
  first.request_stop();
  first_thread.join();
  second_thread.join();
  EXPECT_EQ(first_got, "stopped");
  EXPECT_EQ(second_got, "1");
}

TEST(InstallationTokens, WhoWaitsCanBeAskedToStop) {
  const TurnedClock clock;
  Counter counter(clock);
  std::latch is_asked(1);
  std::latch may_answer(1);
  InstallationTokens tokens(
      [&](const TokenScope&, const CancelToken&) {
        is_asked.count_down();
        may_answer.wait();
        return counter.next();
      },
      clock);
  std::jthread first_thread([&] { EXPECT_EQ(text_of(tokens.get(kScope, {})), "1"); });
  is_asked.wait();
  CancelSource second;
  second.request_stop();
  const Result<SharedToken> got = tokens.get(kScope, second.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::cancelled);
  may_answer.count_down();
}

}  // namespace
}  // namespace ekaci::github
