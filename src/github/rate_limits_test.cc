#include "github/rate_limits.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include "github/fake_github_test.h"

namespace ekaci::github {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr forge::InstallationId kOne{1};
constexpr forge::InstallationId kOther{2};
/// What TurnedClock says first, in seconds.
constexpr std::int64_t kStart = 1'735'689'600;

/// Limits under a clock, for one installation.
struct Limits {
  TurnedClock clock{};
  RateLimits limits{5};

  std::optional<Clock::Wall> admit() { return limits.admit(kOne, clock.wall()); }
  void answered(Outcome outcome, const net::Headers& headers = {}) { limits.answered(kOne, outcome, headers, clock.wall()); }
  /// As pause(): until there are calls to spare.
  seconds saving() const {
    const std::optional<Clock::Wall> from = limits.spares_from(kOne, clock.wall());
    return from ? std::chrono::duration_cast<seconds>(*from - clock.wall()) : seconds{0};
  }
  /// How long from now; 0 where a call may be made.
  seconds pause() const {
    const std::optional<Clock::Wall> until = limits.resume_at(kOne, clock.wall());
    return until ? std::chrono::duration_cast<seconds>(*until - clock.wall()) : seconds{0};
  }
};

TEST(RateLimits, AnHourHasItsBudget) {
  Limits l;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(l.admit(), std::nullopt);
    l.clock.turn(minutes(1));
  }
  EXPECT_EQ(l.admit(), l.clock.wall() + minutes(55));
  EXPECT_EQ(l.pause(), minutes(55));
  EXPECT_EQ(l.limits.admit(kOther, l.clock.wall()), std::nullopt);
  l.clock.turn(minutes(55));
  EXPECT_EQ(l.pause(), seconds(0));
  EXPECT_EQ(l.admit(), std::nullopt);
}

TEST(RateLimits, WhatDidNotChangeCostsNothing) {
  Limits l;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(l.admit(), std::nullopt);
    l.answered(Outcome::not_modified);
  }
}

TEST(RateLimits, AClockThatWasSetBackDoesNotStretchTheHour) {
  Limits l;
  for (int i = 0; i < 5; ++i) l.admit();
  l.clock.turn(-minutes(600));
  EXPECT_EQ(l.admit(), std::nullopt);
}

TEST(RateLimits, GitHubSaysForHowLong) {
  Limits l;
  l.answered(Outcome::limited, {{"Retry-After", "90"}});
  EXPECT_EQ(l.pause(), seconds(90));
  EXPECT_EQ(l.admit(), l.clock.wall() + seconds(90));
  EXPECT_EQ(l.limits.resume_at(kOther, l.clock.wall()), std::nullopt);
  l.clock.turn(seconds(90));
  EXPECT_EQ(l.admit(), std::nullopt);
}

TEST(RateLimits, AnEmptyBudgetWaitsForItsReset) {
  Limits l;
  l.answered(Outcome::limited, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", std::to_string(kStart + 1200)}});
  EXPECT_EQ(l.pause(), seconds(1200));
  Limits last;
  last.answered(Outcome::good, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", std::to_string(kStart + 1200)}});
  EXPECT_EQ(last.pause(), seconds(1200));
}

TEST(RateLimits, WithoutAWordItWaitsLongerEachTime) {
  Limits l;
  for (const int expected : {60, 120, 240, 480, 900, 900, 900, 900, 900, 900}) {
    l.answered(Outcome::limited);
    EXPECT_EQ(l.pause(), seconds(expected));
    l.clock.turn(seconds(expected));
  }
  l.answered(Outcome::good);
  l.answered(Outcome::limited);
  EXPECT_EQ(l.pause(), seconds(60));
}

TEST(RateLimits, CallsThatWereOnTheirWayTogetherAreOneLimit) {
  Limits l;
  for (int i = 0; i < 8; ++i) l.answered(Outcome::limited);
  l.answered(Outcome::good);
  EXPECT_EQ(l.pause(), seconds(60));
  l.clock.turn(seconds(60));
  l.answered(Outcome::limited);
  EXPECT_EQ(l.pause(), seconds(120));
}

TEST(RateLimits, NonsenseStopsNobodyForLong) {
  for (const net::Headers& headers :
       {net::Headers{{"Retry-After", "99999999999999999999"}}, net::Headers{{"Retry-After", "18446744073709551615"}},
        net::Headers{{"Retry-After", "-1"}}, net::Headers{{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}},
        net::Headers{{"Retry-After", "0"}}, net::Headers{{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "18446744073709551615"}},
        net::Headers{{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1"}}, net::Headers{{"X-RateLimit-Remaining", "0"}}}) {
    Limits l;
    l.answered(Outcome::limited, headers);
    EXPECT_GE(l.pause(), seconds(1));
    EXPECT_LE(l.pause(), minutes(65));
  }
}

TEST(RateLimits, WhatIsDownMaySayWhenItIsBack) {
  Limits l;
  l.answered(Outcome::failed, {{"Retry-After", "7"}});
  EXPECT_EQ(l.pause(), seconds(7));
  Limits silent;
  silent.answered(Outcome::failed);
  EXPECT_EQ(silent.pause(), seconds(0));
}

TEST(RateLimits, TheLastPartOfAnHoursBudgetIsNotToSpare) {
  Limits l{.limits = RateLimits{1000}};
  EXPECT_EQ(l.saving(), seconds(0));
  for (int i = 0; i < 700; ++i) l.admit();
  EXPECT_EQ(l.saving(), seconds(0)) << "30 % are left";
  l.clock.turn(minutes(20));
  l.admit();
  EXPECT_EQ(l.saving(), minutes(40));
  EXPECT_EQ(l.pause(), seconds(0)) << "what cannot be left out goes on";
  EXPECT_EQ(l.admit(), std::nullopt);
  EXPECT_EQ(l.limits.spares_from(kOther, l.clock.wall()), std::nullopt);
  l.clock.turn(minutes(40));
  EXPECT_EQ(l.saving(), seconds(0));
}

TEST(RateLimits, ACallThatCostsNothingLeavesTheReserve) {
  Limits l{.limits = RateLimits{10}};
  for (int i = 0; i < 8; ++i) l.admit();
  EXPECT_NE(l.saving(), seconds(0));
  l.answered(Outcome::not_modified);
  EXPECT_EQ(l.saving(), seconds(0));
}

TEST(RateLimits, WhatOthersLeaveOfGitHubsBudgetCountsAsWell) {
  const auto told = [](Limits& l, const char* remaining, std::int64_t reset) {
    l.answered(
        Outcome::good,
        {{"X-RateLimit-Limit", "12500"}, {"X-RateLimit-Remaining", remaining}, {"X-RateLimit-Reset", std::to_string(kStart + reset)}});
  };
  Limits l{.limits = RateLimits{4000}};
  told(l, "3750", 900);
  EXPECT_EQ(l.saving(), seconds(0));
  told(l, "3749", 900);
  EXPECT_EQ(l.saving(), seconds(900));
  l.clock.turn(seconds(900));
  EXPECT_EQ(l.saving(), seconds(0));
  told(l, "0", 1'000'000);
  EXPECT_LE(l.saving(), minutes(65));
  Limits silent{.limits = RateLimits{4000}};
  silent.answered(Outcome::good, {{"X-RateLimit-Remaining", "1199"}, {"X-RateLimit-Reset", std::to_string(kStart + 60)}});
  EXPECT_EQ(silent.saving(), seconds(60)) << "of what we take for the whole";
}

TEST(RateLimits, NoNumberIsTooLargeToKeepAPartOf) {
  for (const auto& [limit, remaining, is_reserve] :
       {std::tuple("18446744073709551615", "18446744073709551615", false), std::tuple("18446744073709551615", "1", true),
        std::tuple("0", "0", false), std::tuple("1", "0", false)}) {
    Limits l{.limits = RateLimits{4000}};
    l.answered(Outcome::good,
               {{"X-RateLimit-Limit", limit}, {"X-RateLimit-Remaining", remaining}, {"X-RateLimit-Reset", std::to_string(kStart + 60)}});
    EXPECT_EQ(l.saving() > seconds(0), is_reserve) << limit << " " << remaining;
  }
}

TEST(RateLimits, AClockThatWasSetBackSavesNothing) {
  Limits l;
  for (int i = 0; i < 5; ++i) l.admit();
  l.clock.turn(-minutes(600));
  EXPECT_EQ(l.saving(), seconds(0));
}

TEST(RateLimits, WhatGitHubToldIsThereToSee) {
  Limits l;
  EXPECT_TRUE(l.limits.remaining().empty());
  l.answered(Outcome::good, {{"X-RateLimit-Remaining", "4321"}, {"X-RateLimit-Reset", std::to_string(kStart + 60)}});
  ASSERT_EQ(l.limits.remaining().size(), 1U);
  EXPECT_EQ(l.limits.remaining()[0].installation, kOne);
  EXPECT_EQ(l.limits.remaining()[0].remaining, 4321U);
  EXPECT_EQ(l.limits.remaining()[0].limit, std::nullopt);
  EXPECT_EQ(l.limits.remaining()[0].reset, l.clock.wall() + seconds(60));
}

}  // namespace
}  // namespace ekaci::github
