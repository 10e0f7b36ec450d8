#include "config/quantities.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <string>

namespace ekaci::config {
namespace {

using std::chrono::seconds;

TEST(Quantities, SizesHaveUnitsOf1024) {
  EXPECT_EQ(parse_size("8GiB"), std::uint64_t{8} << 30U);
  EXPECT_EQ(parse_size("8G"), std::uint64_t{8} << 30U);
  EXPECT_EQ(parse_size("512MiB"), std::uint64_t{512} << 20U);
  EXPECT_EQ(parse_size("4K"), 4096U);
  EXPECT_EQ(parse_size("1TiB"), std::uint64_t{1} << 40U);
  EXPECT_EQ(parse_size("17"), 17U);
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(Quantities, RefusesWhatIsNoSize) {
  for (const char* text : {"", " 1", "1 ", "1 GiB", "-1", "+1", "1.5G", "G", "1g", "1GB", "1gib", "1Gi", "0x10", "18446744073709551616",
                           "16777216TiB", "1GiB2"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Quantities, DurationsHaveUnits) {
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("15m"), seconds(900));
  EXPECT_EQ(parse_duration("2h"), seconds(7200));
  EXPECT_EQ(parse_duration("7d"), seconds(604800));
  EXPECT_EQ(parse_duration("0s"), seconds(0));
  EXPECT_EQ(parse_duration("365000d"), seconds(std::int64_t{365000} * 86400));
}

TEST(Quantities, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "90", "s", "1.5h", "-1s", "+1s", "1 s", " 1s", "1s ", "1w", "1S", "1h30m", "365001d",
                           "99999999999999999999s", "18446744073709551615d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Quantities, AreWrittenInTheLargestUnitThatIsWhole) {
  EXPECT_EQ(size_text(0), "0");
  EXPECT_EQ(size_text(1023), "1023");
  EXPECT_EQ(size_text(std::uint64_t{1536} << 20U), "1536MiB");
  EXPECT_EQ(size_text(std::uint64_t{25} << 20U), "25MiB");
  EXPECT_EQ(duration_text(seconds(0)), "0s");
  EXPECT_EQ(duration_text(seconds(90)), "90s");
  EXPECT_EQ(duration_text(seconds(604800)), "7d");
}

TEST(Quantities, WhatIsWrittenIsReadAsItWas) {
  EXPECT_TRUE(rc::check("sizes", [](std::uint64_t bytes, std::uint8_t shift) {
    const std::uint64_t size = bytes << (shift % 64U);
    RC_ASSERT(parse_size(size_text(size)) == size);
  }));
  EXPECT_TRUE(rc::check("durations", [] {
    const auto number = *rc::gen::inRange<std::int64_t>(0, 400'000);
    const seconds duration(number * *rc::gen::element<std::int64_t>(1, 60, 3600, 43200));
    RC_ASSERT(parse_duration(duration_text(duration)) == duration);
  }));
}

TEST(Quantities, AnyTextIsReadOrRefused) {
  EXPECT_TRUE(rc::check("what is read is written in digits and a unit", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0159 .-+smhdKMGTiB\0x", 20)));
    const auto size = parse_size(text);
    if (size) RC_ASSERT(parse_size(size_text(*size)) == size);
    const auto duration = parse_duration(text);
    if (duration) RC_ASSERT(parse_duration(duration_text(*duration)) == duration);
    RC_ASSERT((!size || !duration));
  }));
}

}  // namespace
}  // namespace ekaci::config
