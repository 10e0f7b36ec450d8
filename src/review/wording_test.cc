#include "review/wording.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace ekaci::review {
namespace {

TEST(Wording, GroupsThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

TEST(Wording, GroupingAddsOnlyCommas) {
  EXPECT_TRUE(rc::check([](std::uint64_t number) {
    std::string text = grouped(number);
    std::erase(text, ',');
    RC_ASSERT(text == std::to_string(number));
  }));
}

TEST(Wording, CountsWithThePlural) {
  EXPECT_EQ(counted(0, "attribute"), "0 attributes");
  EXPECT_EQ(counted(1, "attribute"), "1 attribute");
  EXPECT_EQ(counted(2000, "attribute"), "2,000 attributes");
}

TEST(Wording, SaysSizesSoThatTheyCanBeCompared) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1024), "1.0 KiB");
  EXPECT_EQ(size_text((std::uint64_t{30} << 20U) + 104'858), "30.1 MiB");
  EXPECT_EQ(size_text((std::uint64_t{1} << 20U) - 1), "1.0 MiB") << "never 1024.0 KiB";
  EXPECT_EQ(size_text(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Wording, VerbsAgreeWithTheNumber) {
  EXPECT_EQ(counted(1, "file", "is/are"), "1 file is");
  EXPECT_EQ(counted(0, "file", "is/are"), "0 files are");
  EXPECT_EQ(counted(2, "file", "may"), "2 files may");
}

TEST(Wording, EnumeratesNoMoreThanAsked) {
  EXPECT_EQ(enumerated({}, 3), "");
  EXPECT_EQ(enumerated({"a"}, 3), "a");
  EXPECT_EQ(enumerated({"a", "b"}, 3), "a and b");
  EXPECT_EQ(enumerated({"a", "b", "c"}, 3), "a, b and c");
  EXPECT_EQ(enumerated({"a", "b", "c", "d"}, 2), "a, b and 2 more");
  EXPECT_EQ(enumerated({"a", "b"}, 0), "2");
}

TEST(Wording, EnumeratesStrangersTextSafely) { EXPECT_EQ(enumerated({"a\x1b[31mb\nc\u202e"}, 1), "ab c\\u202e"); }

}  // namespace
}  // namespace ekaci::review
