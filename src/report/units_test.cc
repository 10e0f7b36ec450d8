#include "report/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace ekaci::report {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Units, SaysDurationsAsPeopleDo) {
  EXPECT_EQ(duration_text(microseconds(-5)), "0 ms");
  EXPECT_EQ(duration_text(microseconds(999)), "0 ms");
  EXPECT_EQ(duration_text(milliseconds(850)), "850 ms");
  EXPECT_EQ(duration_text(milliseconds(3299)), "3.2 s");
  EXPECT_EQ(duration_text(milliseconds(59'999)), "59.9 s");
  EXPECT_EQ(duration_text(seconds(65)), "1 min 05 s");
  EXPECT_EQ(duration_text(seconds(7620)), "2 h 07 min");
}

TEST(Units, SaysBytesInBinaryUnits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(std::uint64_t{612} << 20U), "612 MiB");
  EXPECT_EQ(bytes_text((std::uint64_t{1} << 30U) + (std::uint64_t{1} << 29U)), "1.5 GiB");
  EXPECT_EQ(bytes_text(std::numeric_limits<std::uint64_t>::max()), "15 EiB");
}

}  // namespace
}  // namespace ekaci::report
