#include "report/building_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace ekaci::report {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

TEST(BuildingLines, TellWhatRunsForHowLongAndWhatItSaidLast) {
  const BuildingState building{
      .done = 1200,
      .total = 3400,
      .failed = 2,
      .remaining = seconds(130),
      .running = {{.name = "gcc-13.2.drv", .elapsed = seconds(75), .phase = "configurePhase", .last_line = "checking for\x1b[31m gcc"},
                  {.name = "zlib-1.3.1.drv", .elapsed = seconds(2), .phase = "unpackPhase"},
                  {.name = "xz.drv", .elapsed = seconds(1)}}};
  EXPECT_THAT(building_lines(building, {.columns = 200}),
              ElementsAre("building 1,200 of 3,400, 2 failed, about 2 min 10 s left",  //
                          "  1 min 15 s  gcc-13.2    checking for gcc",                //
                          "  2.0 s       zlib-1.3.1  unpackPhase",                     //
                          "  1.0 s       xz"));
}

TEST(BuildingLines, SayHowManyDoNotFit) {
  BuildingState building{.done = 0, .total = 5};
  for (int i = 0; i < 5; ++i) building.running.push_back({.name = "a.drv", .elapsed = seconds(1)});
  EXPECT_THAT(building_lines(building, {.columns = 80, .lines = 4}),
              ElementsAre("building 0 of 5", "  1.0 s  a", "  1.0 s  a", "  and 3 more"));
  EXPECT_THAT(building_lines(building, {.columns = 80, .lines = 1}), ElementsAre("building 0 of 5"));
}

TEST(BuildingLines, TellWhyNothingRuns) {
  BuildingState building{.done = 1, .total = 5, .waiting = WaitingBuildLine{.left = milliseconds(4'300), .reason = "disk\x1b[2J full"}};
  EXPECT_THAT(building_lines(building, {}), ElementsAre("building 1 of 5", "  waiting 5 s to try again: disk full"));
  building.waiting->left = seconds(-1);
  EXPECT_THAT(building_lines(building, {}), ElementsAre("building 1 of 5", "  waiting 0 s to try again: disk full"));
}

TEST(BuildingLines, FitTheRoomThereIs) {
  BuildingState building{.done = 1, .total = 2, .waiting = WaitingBuildLine{.reason = std::string(300, 'y')}};
  for (int i = 0; i < 20; ++i) building.running.push_back({.name = std::string(300, 'x'), .elapsed = seconds(i), .last_line = "…"});
  for (std::size_t columns = 1; columns < 60; ++columns) {
    const std::size_t rows = 1 + columns % 30;
    const std::vector<std::string> lines = building_lines(building, {.columns = columns, .lines = rows});
    EXPECT_LE(lines.size(), rows);
    for (const std::string& line : lines) EXPECT_LE(display_width(line), columns);
  }
}

}  // namespace
}  // namespace ekaci::report
