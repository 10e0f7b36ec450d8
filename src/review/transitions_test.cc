#include "review/transitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace ekaci::review {
namespace {

using ::testing::ElementsAre;

StorePath path(const std::string& name, char digit) {
  return StorePath::parse_base_name(std::string(32, digit) + "-" + name + ".drv").value();
}

class Transitions : public ::testing::Test {
 protected:
  static Change change(const std::string& name, const std::optional<StorePath>& base, const std::optional<StorePath>& head) {
    const auto side = [&](const std::optional<StorePath>& at) -> std::optional<AttributeResult> {
      if (!at) return std::nullopt;
      return EvaluatedDerivation{.path = *at, .name = name, .outputs = {"out"}};
    };
    return {.path = AttributePath{name}, .kind = ChangeKind::rebuilt, .base = side(base), .head = side(head)};
  }
  void know(const StorePath& derivation, OutcomeKind kind, std::vector<StorePath> roots = {}) {
    known_[derivation] = {.kind = kind, .roots = std::move(roots)};
  }
  FindOutcome find() {
    return [this](const StorePath& wanted) -> const Outcome* {
      const auto found = known_.find(wanted);
      return found == known_.end() ? nullptr : &found->second;
    };
  }
  Transition transition(OutcomeKind base, OutcomeKind head) {
    know(base_, base);
    know(head_, head);
    return build_change(change("hello", base_, head_), find())->transition;
  }

  const StorePath base_ = path("hello-1.0", '0');
  const StorePath head_ = path("hello-1.1", '1');
  std::map<StorePath, Outcome> known_{};
};

TEST_F(Transitions, AreOnlyOfDerivationsThatDiffer) {
  EXPECT_EQ(build_change(change("hello", base_, base_), find()), std::nullopt);
  EXPECT_EQ(build_change(change("hello", base_, std::nullopt), find()), std::nullopt);
}

TEST_F(Transitions, SayWhatBecameOfAnAttribute) {
  using enum OutcomeKind;
  EXPECT_EQ(transition(succeeded, failed), Transition::newly_failing);
  EXPECT_EQ(transition(succeeded, dependency_failed), Transition::newly_failing);
  EXPECT_EQ(transition(succeeded, timed_out), Transition::newly_failing);
  EXPECT_EQ(transition(failed, timed_out), Transition::still_failing);
  EXPECT_EQ(transition(dependency_failed, failed), Transition::still_failing);
  EXPECT_EQ(transition(failed, succeeded), Transition::newly_succeeding);
  EXPECT_EQ(transition(succeeded, succeeded), Transition::still_succeeding);
}

TEST_F(Transitions, NeverTakeWhatIsUnknownForGood) {
  using enum OutcomeKind;
  for (const OutcomeKind unknown : {cancelled, infrastructure, no_builder, not_built}) {
    for (const OutcomeKind base : {succeeded, failed, not_built}) EXPECT_EQ(transition(base, unknown), Transition::unknown);
    EXPECT_EQ(transition(unknown, failed), Transition::failing_base_unknown);
    EXPECT_EQ(transition(unknown, succeeded), Transition::succeeding_base_not_built);
  }
}

TEST_F(Transitions, OfWhatNobodyAskedForAreUnknown) {
  EXPECT_EQ(build_change(change("hello", base_, head_), find())->transition, Transition::unknown);
}

TEST_F(Transitions, OfANewAttributeAreItsOwn) {
  know(head_, OutcomeKind::succeeded);
  EXPECT_EQ(build_change(change("hello", std::nullopt, head_), find())->transition, Transition::added_succeeding);
  know(head_, OutcomeKind::failed);
  EXPECT_EQ(build_change(change("hello", std::nullopt, head_), find())->transition, Transition::added_failing);
  EXPECT_EQ(build_change(change("hello", std::nullopt, head_), find())->base, std::nullopt);
}

TEST_F(Transitions, AreCountedForEachJob) {
  know(head_, OutcomeKind::succeeded);
  std::vector<JobReview> jobs(1);
  jobs[0].changes = {change("a", base_, head_), change("b", std::nullopt, head_), change("c", base_, base_)};
  apply_outcomes(jobs, find());
  EXPECT_EQ(jobs[0].transitions,
            (std::map<Transition, std::uint64_t>{{Transition::succeeding_base_not_built, 1}, {Transition::added_succeeding, 1}}));
}

TEST_F(Transitions, FailuresAreRankedByTheAttributesThatTheyNewlyBreak) {
  const StorePath wide = path("wide", '5');
  const StorePath deep = path("deep", '6');
  const StorePath user = path("user", '7');
  const StorePath both = path("both", '8');
  know(base_, OutcomeKind::succeeded);
  know(wide, OutcomeKind::failed);
  know(deep, OutcomeKind::timed_out);
  know(user, OutcomeKind::dependency_failed, {deep});
  know(both, OutcomeKind::dependency_failed, {wide, deep});
  std::vector<JobReview> jobs(1);
  jobs[0].changes = {change("both", base_, both), change("deep", std::nullopt, deep), change("user", base_, user),
                     change("wide", std::nullopt, wide)};
  apply_outcomes(jobs, find());
  const std::vector<RootFailure> roots = root_failures(jobs, find());
  ASSERT_EQ(roots.size(), 2U);
  EXPECT_EQ(roots[0].derivation, deep);
  EXPECT_EQ(roots[0].kind, OutcomeKind::timed_out);
  EXPECT_EQ(roots[0].newly_failing, 2U);
  EXPECT_EQ(roots[0].affected, 3U);
  EXPECT_THAT(roots[0].attributes, ElementsAre("deep", "both", "user"));
  EXPECT_EQ(roots[1].derivation, wide);
  EXPECT_EQ(roots[1].newly_failing, 1U);
  EXPECT_THAT(roots[1].attributes, ElementsAre("wide", "both"));
}

TEST_F(Transitions, WhatCouldNotBeBuiltHasRootsToo) {
  know(head_, OutcomeKind::no_builder);
  std::vector<JobReview> jobs(1);
  jobs[0].changes = {change("hello", base_, head_)};
  apply_outcomes(jobs, find());
  const std::vector<RootFailure> roots = root_failures(jobs, find());
  ASSERT_EQ(roots.size(), 1U);
  EXPECT_EQ(roots[0].kind, OutcomeKind::no_builder);
  EXPECT_EQ(roots[0].newly_failing, 0U);
  EXPECT_EQ(roots[0].affected, 1U);
}

}  // namespace
}  // namespace ekaci::review
