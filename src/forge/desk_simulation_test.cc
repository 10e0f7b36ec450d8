#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/simulated_forge.h"
#include "tests/support/thoroughness.h"

/// The desk under everything that a forge and a dying server can do to it. Each run follows from its seed, which a failure names.
namespace ekaci::forge {
namespace {

void expect_sound(const fake::ForgeOptions& options) {
  fake::SimulatedForge forge(options);
  forge.run();
  forge.check_end();
  EXPECT_THAT(forge.violations(), testing::IsEmpty());
}

void expect_sound_for_seeds(fake::ForgeOptions options) {
  for (options.seed = 1; options.seed <= ekaci::fake::simulated_worlds(300); ++options.seed) {
    expect_sound(options);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(DeskSimulation, EveryOpenPullRequestIsAnsweredAndEveryCheckConcluded) { expect_sound_for_seeds({}); }

TEST(DeskSimulation, LostShuffledWebhooksChangeNothingInTheEnd) { expect_sound_for_seeds({.lost_percent = 40}); }

TEST(DeskSimulation, ReviewsThatCannotBeMadeAreMadeLater) { expect_sound_for_seeds({.failing_percent = 50}); }

TEST(DeskSimulation, AFullDiskOnlyPutsReviewsOff) { expect_sound_for_seeds({.lost_percent = 20, .crash_percent = 5, .full_percent = 20}); }

TEST(DeskSimulation, DyingAtAnyMomentLosesNothing) {
  expect_sound_for_seeds({.lost_percent = 20, .crash_percent = 10, .failing_percent = 20});
}

TEST(DeskSimulation, WhatIsPushedIsBuiltWhenNothingElseIsToBeDone) { expect_sound_for_seeds({.push_percent = 30}); }

TEST(DeskSimulation, DyingLosesNothingOfWhatWasPushed) {
  expect_sound_for_seeds({.lost_percent = 20, .crash_percent = 10, .failing_percent = 20, .push_percent = 30});
}

TEST(DeskSimulation, MergeGroupsAreAnsweredThoughTheirNoticesAreLost) {
  expect_sound_for_seeds({.lost_percent = 40, .crash_percent = 5, .failing_percent = 20, .push_percent = 10, .group_percent = 40});
}

TEST(DeskSimulation, OperatorsOrdersAreObeyedAndLeaveNothingOpen) {
  expect_sound_for_seeds({.lost_percent = 20, .crash_percent = 5, .failing_percent = 30, .order_percent = 70});
}

}  // namespace
}  // namespace ekaci::forge
