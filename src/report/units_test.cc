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

TEST(Units, DifferencesAlwaysHaveASign) {
  EXPECT_EQ(size_difference_text(0), "±0 B");
  EXPECT_EQ(size_difference_text(4'400'000), "+4.2 MiB");
  EXPECT_EQ(size_difference_text(-512), "-512 B");
  EXPECT_EQ(size_difference_text(std::numeric_limits<std::int64_t>::min()), "-8.0 EiB");
  EXPECT_EQ(percent_text(142, 1000), "+14.2 %");
  EXPECT_EQ(percent_text(-1, 1), "-100.0 %");
  EXPECT_EQ(percent_text(0, 7), "±0.0 %");
  EXPECT_EQ(percent_text(7, 0), "") << "nothing is no measure";
  EXPECT_EQ(percent_text(1'000'000'000, 1), ">+9999 %");
}

}  // namespace
}  // namespace ekaci::report
