#include "report/facts_builds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "report/facts_samples_test.h"
#include "report/samples_builds_test.h"

namespace ekaci::report {
namespace {

using testing::ElementsAre;

RootFailure root(std::vector<std::string> last_lines = {}) {
  return {.derivation = sample_derivation("a-1", 1).path, .attempts = 1, .last_lines = std::move(last_lines)};
}

TEST(BuildFacts, EveryTransitionHasItsPlaceAndItsWords) {
  std::set<std::string_view> words;
  for (const Transition transition : kTransitions) {
    EXPECT_EQ(std::ranges::count(kTransitionsInOrder, transition), 1) << to_string(transition);
    words.insert(transition_in_words(transition));
  }
  EXPECT_EQ(words.size(), kTransitions.size());
  EXPECT_EQ(kTransitionsInOrder.front(), Transition::newly_failing);
}

TEST(BuildFacts, OnlyWhatSucceedsAtHeadIsGood) {
  for (const Transition transition : kTransitions) {
    const bool says_so = transition_in_words(transition).starts_with("succeeding") ||
                         transition_in_words(transition).ends_with("succeeding") || transition == Transition::added_succeeding;
    EXPECT_EQ(standing_of(transition) == Standing::succeeding, says_so) << to_string(transition);
  }
}

TEST(BuildFacts, SaysHowItFailed) {
  RootFailure failure = root();
  EXPECT_EQ(failure_in_words(failure), "failed");
  failure.result = AttemptResult::hash_mismatch;
  EXPECT_EQ(failure_in_words(failure), "hash mismatch");
  failure.kind = OutcomeKind::infrastructure;
  EXPECT_EQ(failure_in_words(failure), "infrastructure") << "the newest attempt says something else";
  failure.result = AttemptResult::out_of_memory;
  failure.attempts = 3;
  EXPECT_EQ(failure_in_words(failure), "infrastructure (out of memory) after 3 attempts");
  failure.attempts = 0;
  failure.kind = OutcomeKind::no_builder;
  EXPECT_EQ(failure_in_words(failure), "no builder");
}

TEST(BuildFacts, ALogsEndKeepsIndentationAndLosesWhatWasOverwritten) {
  EXPECT_THAT(log_tail(root({"first", "", "  10%\r  20%\r", "\tx\x1b[31my", "", ""}), 10), ElementsAre("first", "", "  20%", "    xy"));
  EXPECT_THAT(log_tail(root({"a", "b", "c"}), 2), ElementsAre("b", "c"));
  EXPECT_TRUE(log_tail(root({"", "\r\r"}), 2).empty());
}

TEST(BuildFacts, ALogsEndIsPrintableAndBounded) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed, std::vector<std::string> lines) {
    lines.push_back(hostile_text(seed));
    const std::vector<std::string> tail = log_tail(root(lines), 5);
    RC_ASSERT(tail.size() <= 5U);
    for (const std::string& line : tail) {
      RC_ASSERT(line == printable(line));
      RC_ASSERT(line.find('\n') == std::string::npos);
    }
  }));
}

TEST(BuildFacts, AttributesAreNamedOnceAndTheRestIsCounted) {
  RootFailure failure = root();
  failure.attributes = {"a", "b", "a", "c"};
  failure.affected = 10;
  EXPECT_THAT(affected_attributes(failure, 2).names, ElementsAre("a", "b"));
  EXPECT_EQ(affected_attributes(failure, 2).further, 7U);
  failure.affected = 1;
  EXPECT_EQ(affected_attributes(failure, 9).further, 0U);
}

TEST(BuildFacts, ALogIsNamedByItsAttributeOnlyWhereThatIsOneDerivation) {
  const Review mixed = mixed_builds_sample();
  const LogNames names(mixed.jobs);
  for (const RootFailure& each : mixed.root_failures) EXPECT_EQ(names.of(each), each.derivation.to_string());
  const Review broken = broken_root_sample();
  EXPECT_EQ(LogNames(broken.jobs).of(broken.root_failures.front()), "xz");
}

TEST(BuildFacts, WhatNobodyTriedIsGathered) {
  const Review mixed = mixed_builds_sample();
  const RootFacts facts = root_facts(mixed);
  EXPECT_EQ(facts.untried.front().roots.size(), 14U);
  EXPECT_FALSE(facts.one_system);
  std::size_t all = 0;
  for (const RootGroup& each : facts.tried) all += each.roots.size();
  for (const Untried& each : facts.untried) all += each.roots.size();
  EXPECT_EQ(all, mixed.root_failures.size());
  EXPECT_EQ(roots_heading(facts), "Root failures: 16 derivations, and 32 of which nothing is known");
}

TEST(BuildFacts, TheSameFailureOnTwoSystemsIsToldOnce) {
  RootFailure failure = root({"boom"});
  failure.system = "x86_64-linux";
  failure.newly_failing = failure.affected = 2;
  failure.attributes = {"a", "b"};
  Review review = mixed_builds_sample();
  review.root_failures.assign(4, failure);
  review.root_failures[1].system = "aarch64-linux";
  review.root_failures[2].last_lines = {"bang"};
  const RootFacts facts = root_facts(review);
  ASSERT_EQ(facts.tried.size(), 3U) << "what one system has twice stays two, and so does what says something else";
  EXPECT_THAT(systems_of(facts.tried[0]), ElementsAre("x86_64-linux", "aarch64-linux"));
  EXPECT_EQ(share_in_words(facts.tried[0].root), "explains 4 newly failing of 4 affected");
  EXPECT_THAT(affected_attributes(facts.tried[0].root, 9).names, ElementsAre("a", "b"));
  EXPECT_EQ(affected_attributes(facts.tried[0].root, 9).further, 0U);
  EXPECT_EQ(roots_heading(facts), "Root failures: 4 derivations");
}

TEST(BuildFacts, SaysHowAnAttemptEnded) {
  EXPECT_EQ(result_in_words(AttemptResult::builder_failed, 1), "builder failed with exit status 1");
  EXPECT_EQ(result_in_words(AttemptResult::builder_failed), "failed");
  EXPECT_EQ(result_in_words(AttemptResult::built, 0), "built");
  EXPECT_EQ(result_in_words(AttemptResult::disk_full, 1), "infrastructure (disk full)");
}

TEST(BuildFacts, TroubleStandsInFront) {
  EXPECT_EQ(with_trouble("1.0 → 1.1", std::nullopt), "1.0 → 1.1");
  EXPECT_EQ(with_trouble("1.0 → 1.1", Transition::newly_failing), "newly failing: 1.0 → 1.1");
  EXPECT_EQ(with_trouble("rebuilt", Transition::unknown), "build unknown");
}

}  // namespace
}  // namespace ekaci::report
