#include "model/outcome.h"

#include <gtest/gtest.h>

namespace ekaci {
namespace {

constexpr auto kLastResult = static_cast<int>(AttemptResult::stopped);

TEST(Outcome, EveryKindIsReadBackFromItsName) {
  for (const OutcomeKind kind : kOutcomeKinds) EXPECT_EQ(parse_outcome_kind(to_string(kind)), kind);
  EXPECT_EQ(parse_outcome_kind("merged"), std::nullopt);
}

TEST(Outcome, KindsAreListedByTheirNumbers) {
  for (std::size_t i = 0; i < kOutcomeKinds.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(kOutcomeKinds.at(i)), i);
}

TEST(AttemptResult, EveryOneIsReadBackFromItsName) {
  for (int i = 0; i <= kLastResult; ++i) {
    const auto result = static_cast<AttemptResult>(i);
    EXPECT_EQ(parse_attempt_result(to_string(result)), result);
  }
  EXPECT_EQ(parse_attempt_result(""), std::nullopt);
}

TEST(AttemptResult, HoldsOnlyThePackagesOwnReasonsAgainstIt) {
  EXPECT_EQ(outcome_of(AttemptResult::hash_mismatch), OutcomeKind::failed);
  EXPECT_EQ(outcome_of(AttemptResult::fetch_failed), OutcomeKind::infrastructure);
  EXPECT_EQ(outcome_of(AttemptResult::silence_time), OutcomeKind::timed_out);
  EXPECT_EQ(outcome_of(AttemptResult::stopped), OutcomeKind::cancelled);
}

TEST(Assurance, AWeakerOneNeverAnswersForAStronger) {
  const Assurance weak{.sandbox = BuildSandbox::none, .trust = BuildTrust::trusted};
  const Assurance strong{.sandbox = BuildSandbox::full, .trust = BuildTrust::trusted};
  const Assurance strange{.sandbox = BuildSandbox::full, .trust = BuildTrust::untrusted};
  EXPECT_TRUE(strong.covers(weak));
  EXPECT_TRUE(strong.covers(strange));
  EXPECT_FALSE(weak.covers(strong));
  EXPECT_FALSE(strange.covers(weak));
  EXPECT_TRUE(weak.covers(weak));
}

}  // namespace
}  // namespace ekaci
