#include "report/building_line.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace ekaci::report {
namespace {

using std::chrono::seconds;

TEST(BuildingLine, TellsWhatRunsForHowLongAndWhatItSaidLast) {
  const BuildingLine building{.done = 1200,
                              .total = 3400,
                              .failed = 2,
                              .elapsed = seconds(60),
                              .remaining = seconds(130),
                              .running = {{.name = "gcc-13.2.drv", .elapsed = seconds(75), .last_line = "checking for\x1b[31m gcc"},
                                          {.name = "zlib-1.3.drv", .elapsed = seconds(2)}}};
  EXPECT_EQ(building_line(building, 200),
            "building 1,200 of 3,400, 2 failed, about 2 min 10 s left: gcc-13.2 1 min 15 s, zlib-1.3 2.0 s │ checking for gcc");
}

TEST(BuildingLine, NamesTheFirstFewBuilds) {
  BuildingLine building{.done = 0, .total = 5};
  for (int i = 0; i < 5; ++i) building.running.push_back({.name = "a.drv", .elapsed = seconds(1)});
  EXPECT_EQ(building_line(building, 200), "building 0 of 5: a 1.0 s, a 1.0 s, a 1.0 s and 2 more");
}

TEST(BuildingLine, TellsWhyNothingRuns) {
  BuildingLine building{
      .done = 1, .total = 5, .waiting = WaitingLine{.left = std::chrono::milliseconds(4'300), .reason = "disk\x1b[2J full"}};
  EXPECT_EQ(building_line(building, 200), "building 1 of 5: waiting 5 s to try again: disk full");
  building.running = {{.name = "a.drv", .elapsed = seconds(1), .last_line = "making"}};
  EXPECT_EQ(building_line(building, 200), "building 1 of 5: a 1.0 s; waiting 5 s to try again: disk full │ making");
  building.waiting->left = seconds(-1);
  EXPECT_EQ(building_line(building, 200), "building 1 of 5: a 1.0 s; waiting 0 s to try again: disk full │ making");
}

TEST(BuildingLine, FitsTheColumnsThereAre) {
  const BuildingLine building{.done = 1, .total = 2, .running = {{.name = std::string(300, 'x'), .elapsed = seconds(1)}}};
  for (std::size_t columns = 1; columns < 60; ++columns) EXPECT_LE(display_width(building_line(building, columns)), columns);
}

}  // namespace
}  // namespace ekaci::report
