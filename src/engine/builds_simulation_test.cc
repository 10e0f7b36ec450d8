#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/simulated_world.h"
#include "tests/support/thoroughness.h"

/// Building under everything that can happen to it. Each world follows from its seed, which a failure names.
namespace ekaci::engine {
namespace {

using fake::SimulatedWorld;
using fake::WorldOptions;

/// Retries enough for everything that a world does to one node, so that how it ends does not hang on luck.
BuildPolicy patient_policy() {
  return {
      .assurance = {BuildSandbox::full, BuildTrust::untrusted}, .retries = 40, .patience = std::chrono::hours(1), .roots = 64, .batch = 16};
}

WorldOptions quiet(std::uint64_t seed, std::uint32_t nodes) { return {.seed = seed, .nodes = nodes, .policy = patient_policy()}; }

WorldOptions rough(std::uint64_t seed, std::uint32_t nodes) {
  return {.seed = seed, .nodes = nodes, .collections = 5, .losses = 2, .question_faults = 3, .policy = patient_policy()};
}

void expect_sound_end(SimulatedWorld& world) {
  world.check_end();
  EXPECT_THAT(world.violations(), testing::IsEmpty());
}

void expect_right_end(SimulatedWorld& world) {
  world.check_verdicts();
  expect_sound_end(world);
}

TEST(BuildsSimulation, EverythingWantedEndsAsItHasTo) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(300); ++seed) {
    SCOPED_TRACE(seed);
    SimulatedWorld world(quiet(seed, 40));
    world.run();
    expect_right_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, CollectionsLossesAndFaultsChangeNoOutcome) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(300); ++seed) {
    SCOPED_TRACE(seed);
    SimulatedWorld world(rough(seed, 40));
    world.run();
    expect_right_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, WhatFailedIsBuiltAgainWhereThatIsAskedFor) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(100); ++seed) {
    SCOPED_TRACE(seed);
    WorldOptions options = rough(seed, 40);
    options.policy.failures = BuildPolicy::Failures::ask_again;
    SimulatedWorld world(options);
    world.run(seed);
    world.crash();
    world.run();
    expect_right_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, LargeGraphsAndFewRoots) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(10); ++seed) {
    SCOPED_TRACE(seed);
    WorldOptions options = rough(seed, 400);
    options.policy.roots = 3;
    SimulatedWorld world(options);
    world.run();
    expect_right_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, ACrashAtAnyStepChangesNoOutcome) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(25); ++seed) {
    const WorldOptions options = seed % 2 == 0 ? quiet(seed, 14) : rough(seed, 14);
    SimulatedWorld undisturbed(options);
    const std::size_t steps = undisturbed.run();
    for (std::size_t at = 0; at <= steps; ++at) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", crash at step " << at);
      SimulatedWorld world(options);
      world.run(at);
      world.crash();
      world.run();
      expect_right_end(world);
      EXPECT_EQ(world.verdicts(), undisturbed.verdicts());
      if (HasFailure()) return;
    }
  }
}

TEST(BuildsSimulation, CrashesAgainAndAgain) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(200); ++seed) {
    SCOPED_TRACE(seed);
    SimulatedWorld world(rough(seed, 40));
    for (std::size_t crash = 1; crash <= 8; ++crash) {
      world.run(crash * (seed % 17));
      world.crash();
    }
    world.run();
    expect_right_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, WhatIsStillWantedEndsAsItHasTo) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(300); ++seed) {
    SCOPED_TRACE(seed);
    WorldOptions options = rough(seed, 40);
    options.withdrawals = 8;
    SimulatedWorld world(options);
    world.run();
    expect_right_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, CancellingEndsEverythingSoon) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(300); ++seed) {
    SCOPED_TRACE(seed);
    SimulatedWorld world(rough(seed, 40));
    world.run(seed);
    world.cancel();
    const std::size_t running = world.engine().running().size();
    EXPECT_LE(world.engine().counts().unfinished(), running + world.engine().counts().of(BuildState::storing));
    world.run();
    expect_sound_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, ABoundOnBuildsHolds) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(100); ++seed) {
    SCOPED_TRACE(seed);
    WorldOptions options = rough(seed, 40);
    options.policy.max_builds = static_cast<std::uint32_t>(seed % 10);
    SimulatedWorld world(options);
    world.run();
    EXPECT_LE(world.distinct_builds(), options.policy.max_builds);
    expect_sound_end(world);
    if (HasFailure()) return;
  }
}

TEST(BuildsSimulation, FewRetriesAndNoPatienceStillEnd) {
  for (std::uint64_t seed = 1; seed <= fake::simulated_worlds(300); ++seed) {
    SCOPED_TRACE(seed);
    WorldOptions options = rough(seed, 40);
    options.losses = 10;
    options.builders_return = seed % 2 == 0;
    options.collections = 20;
    options.policy.retries = static_cast<std::uint32_t>(seed % 3);
    options.policy.patience = std::chrono::milliseconds(seed * 100);
    SimulatedWorld world(options);
    world.run();
    expect_sound_end(world);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace ekaci::engine
