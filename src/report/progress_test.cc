#include "report/progress.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <string>

#include "base/text.h"

namespace ekaci::report {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using enum ProgressPart::State;

Progress evaluating() {
  return {.phase = "evaluating",
          .parts = {{.name = "base", .state = running, .known = 1500, .done = 512, .errors = 2},
                    {.name = "head", .state = running, .known = 1502, .done = 488, .errors = 1}},
          .elapsed = seconds(2)};
}

TEST(Progress, SaysPhaseDoneErrorsAndTimeLeft) {
  EXPECT_EQ(progress_line(evaluating(), 100), "evaluating  base 512 of 1,500 · head 488 of 1,502 · 3 errors · about 5 s left");
}

TEST(Progress, DropsFromTheRightWhatDoesNotFit) {
  EXPECT_EQ(progress_line(evaluating(), 60), "evaluating  base 512 of 1,500 · head 488 of 1,502 · 3 errors");
  EXPECT_EQ(progress_line(evaluating(), 40), "evaluating  base 512 of 1,500");
  EXPECT_EQ(progress_line(evaluating(), 6), "evalu…");
}

TEST(Progress, SaysNoTimeUntilThereIsARate) {
  Progress early = evaluating();
  early.elapsed = milliseconds(900);
  EXPECT_EQ(time_left(early), std::nullopt);
  EXPECT_EQ(progress_line(early, 100), "evaluating  base 512 of 1,500 · head 488 of 1,502 · 3 errors");
  early.prior_rate = 1001.0;
  EXPECT_EQ(time_left(early), seconds(2));
}

TEST(Progress, SaysNoTimeWhileASideIsNotYetKnown) {
  Progress progress = evaluating();
  progress.parts[1] = {.name = "head", .state = waiting};
  EXPECT_EQ(time_left(progress), std::nullopt);
  EXPECT_EQ(progress_line(progress, 100), "evaluating  base 512 of 1,500 · head waiting · 2 errors · 2.0 s so far");
}

TEST(Progress, WhatWasReusedTakesNoTime) {
  Progress progress = evaluating();
  progress.parts[0] = {.name = "base", .state = reused, .known = 1500, .done = 1500, .errors = 2};
  EXPECT_EQ(time_left(progress), seconds(5));
  EXPECT_EQ(progress_line(progress, 100), "evaluating  base reused · head 488 of 1,502 · 3 errors · about 5 s left");
}

TEST(Progress, PhasesWithoutPartsStillSayThatTheyRun) {
  EXPECT_EQ(progress_line({.phase = "merging", .elapsed = milliseconds(300)}, 80), "merging");
  EXPECT_EQ(progress_line({.phase = "merging", .elapsed = seconds(75)}, 80), "merging  1 min 15 s so far");
}

TEST(Progress, SaysNothingAbsurd) {
  Progress progress = evaluating();
  progress.parts[0].known = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(time_left(progress), std::nullopt);
  progress = evaluating();
  progress.parts[0].done = 2000;  // more than known: counts raced
  EXPECT_TRUE(time_left(progress));
}

TEST(Progress, IsOneLineThatNeverExceedsTheColumns) {
  EXPECT_TRUE(rc::check([](const std::string& phase, const std::string& name, std::uint64_t known, std::uint64_t done) {
    const Progress progress{.phase = phase, .parts = {{.name = name, .known = known, .done = done}}, .elapsed = seconds(5)};
    const auto columns = *rc::gen::inRange<std::size_t>(0, 120);
    const std::string line = progress_line(progress, columns);
    RC_ASSERT(display_width(line) <= columns);
    RC_ASSERT(line.find('\n') == std::string::npos);
    RC_ASSERT(line.find('\x1b') == std::string::npos);
  }));
}

}  // namespace
}  // namespace ekaci::report
