#include "github/timestamp.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <string>

namespace ekaci::github {
namespace {

constexpr std::int64_t kSecondsUntil2200 = 7'258'118'400;

std::int64_t seconds_of(std::string_view text) {
  const std::optional<Clock::Wall> time = parse_timestamp(text);
  return time ? std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count() : -1;
}

TEST(Timestamp, IsReadInEveryFormThatGitHubWrites) {
  EXPECT_EQ(seconds_of("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(seconds_of("2024-01-01T00:00:00Z"), 1'704'067'200);
  EXPECT_EQ(seconds_of("2024-01-01T02:30:00+02:30"), 1'704'067'200);
  EXPECT_EQ(seconds_of("2023-12-31T19:00:00-05:00"), 1'704'067'200);
  EXPECT_EQ(seconds_of("2024-01-01T00:00:00.999Z"), 1'704'067'200);
  EXPECT_EQ(seconds_of("2024-01-01T00:00:00.123456-00:00"), 1'704'067'200);
  EXPECT_EQ(seconds_of("2024-02-29T12:00:01Z"), 1'709'208'001);
}

TEST(Timestamp, IsNothingElse) {
  for (const char* wrong : {"",
                            "2024",
                            "2024-01-01",
                            "2024-01-01T00:00:00",
                            "2024-01-01 00:00:00Z",
                            "2024-01-01t00:00:00z",
                            "2024-13-01T00:00:00Z",
                            "2023-02-29T00:00:00Z",
                            "2024-01-01T24:00:00Z",
                            "2024-01-01T00:60:00Z",
                            "2024-01-01T00:00:61Z",
                            "2024-01-01T00:00:00.Z",
                            "2024-01-01T00:00:00+0100",
                            "2024-01-01T00:00:00+24:00",
                            "2024-01-01T00:00:00ZZ",
                            "+024-01-01T00:00:00Z",
                            "2024-1-01T00:00:000Z",
                            "9999-12-31T23:59:59Z",
                            "1969-12-31T23:59:59Z",
                            "2024-01-01T00:00:00.00000000000000000000000000000000000000000000Z"}) {
    EXPECT_EQ(seconds_of(wrong), -1) << wrong;
  }
}

TEST(Timestamp, ComesBackAsItWasWritten) {
  EXPECT_TRUE(rc::check([] {
    const auto seconds = *rc::gen::inRange<std::int64_t>(0, kSecondsUntil2200);
    const Clock::Wall time = wall_from_seconds(seconds).value();
    RC_ASSERT(parse_timestamp(format_timestamp(time)) == time);
  }));
}

TEST(Timestamp, WithAnOffsetIsTheSameTime) {
  EXPECT_TRUE(rc::check([] {
    const auto seconds = *rc::gen::inRange<std::int64_t>(86'400, kSecondsUntil2200 - 86'400);
    const auto minutes = *rc::gen::inRange<std::int64_t>(0, std::int64_t{24} * 60);
    const Clock::Wall time = wall_from_seconds(seconds).value();
    const auto with_offset = [&](Clock::Wall local, char sign) {
      std::string text = format_timestamp(local);
      text.pop_back();
      return text + fmt::format("{}{:02}:{:02}", sign, minutes / 60, minutes % 60);
    };
    RC_ASSERT(parse_timestamp(with_offset(time + std::chrono::minutes(minutes), '+')) == time);
    RC_ASSERT(parse_timestamp(with_offset(time - std::chrono::minutes(minutes), '-')) == time);
  }));
}

TEST(Timestamp, SurvivesAnyText) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const std::optional<Clock::Wall> time = parse_timestamp(text);
    if (time) RC_ASSERT(parse_timestamp(format_timestamp(*time)) == time);
  }));
}

TEST(Timestamp, InSecondsIsBounded) {
  EXPECT_EQ(wall_from_seconds(-1), std::nullopt);
  EXPECT_EQ(wall_from_seconds(kSecondsUntil2200), std::nullopt);
  EXPECT_EQ(wall_from_seconds(INT64_MAX), std::nullopt);
  EXPECT_EQ(format_timestamp(wall_from_seconds(kSecondsUntil2200 - 1).value()), "2199-12-31T23:59:59Z");
}

}  // namespace
}  // namespace ekaci::github
