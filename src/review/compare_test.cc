#include "review/compare.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace ekaci::review {
namespace {

EvaluatedDerivation derivation(char letter) {
  const std::string name = std::string("package-") + letter;
  return {.path = *StorePath::from_parts(StoreHash{static_cast<std::uint8_t>(letter)}, name + ".drv"), .name = name, .outputs = {"out"}};
}

const AttributeResult kRefusal = Refusal{{RefusalReason::broken}};
const AttributeResult kError = EvaluationError{.message = "boom", .position = {}};
const AttributeResult kSet = AttributeSet{};
const AttributeResult kOther = OtherValue{"lambda"};

using OptionalResult = std::optional<AttributeResult>;

ChangeKind classify_sides(const OptionalResult& base, const OptionalResult& head) {
  return classify(base ? &*base : nullptr, head ? &*head : nullptr);
}

TEST(Classify, EveryPairOfSidesHasItsKind) {
  using enum ChangeKind;
  const std::array<std::pair<std::string, OptionalResult>, 6> base = {{{"absent", std::nullopt},
                                                                       {"derivation", derivation('a')},
                                                                       {"refusal", kRefusal},
                                                                       {"error", kError},
                                                                       {"set", kSet},
                                                                       {"other", kOther}}};
  auto head = base;
  head[1].second = derivation('b');  // the same derivation is a test of its own
  // clang-format off
  const std::array<std::array<ChangeKind, 6>, 6> expected = {{
      // head:  absent            derivation         refusal        error           set                other
      /* absent     */ {not_a_derivation, added,             newly_refused, newly_erroring, not_a_derivation,  not_a_derivation},
      /* derivation */ {removed,          rebuilt,           newly_refused, newly_erroring, removed,           removed},
      /* refusal    */ {removed,          no_longer_refused, still_refused, newly_erroring, no_longer_refused, no_longer_refused},
      /* error      */ {removed,          error_fixed,       newly_refused, still_erroring, error_fixed,       error_fixed},
      /* set        */ {not_a_derivation, added,             newly_refused, newly_erroring, not_a_derivation,  not_a_derivation},
      /* other      */ {not_a_derivation, added,             newly_refused, newly_erroring, not_a_derivation,  not_a_derivation},
  }};
  // clang-format on
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < 6; ++j) {
      EXPECT_EQ(to_string(classify_sides(base[i].second, head[j].second)), to_string(expected[i][j]))
          << base[i].first << " -> " << head[j].first;
    }
  }
}

TEST(Classify, OnlyTheStorePathMakesADerivationAnother) {
  EvaluatedDerivation renamed = derivation('a');
  renamed.name = "something else";
  renamed.outputs = {"out", "dev"};
  EXPECT_EQ(classify_sides(derivation('a'), renamed), ChangeKind::unchanged);
}

TEST(Classify, ErrorsAndRefusalsAreTheSameWhateverTheySay) {
  EXPECT_EQ(classify_sides(kError, EvaluationError{.message = "another", .position = {}}), ChangeKind::still_erroring);
  EXPECT_EQ(classify_sides(kRefusal, Refusal{{RefusalReason::unfree}}), ChangeKind::still_refused);
}

TEST(Compare, MergesBothSidesInPathOrder) {
  const std::vector<Attribute> base = {{AttributePath{"a"}, derivation('a')}, {AttributePath{"c"}, kError}, {AttributePath{"d"}, kSet}};
  const std::vector<Attribute> head = {
      {AttributePath{"a"}, derivation('b')}, {AttributePath{"b"}, derivation('c')}, {AttributePath{"d"}, kSet}};
  const auto changes = compare(base, head);
  ASSERT_TRUE(changes);
  const std::vector<Change> expected = {
      {.path = AttributePath{"a"}, .kind = ChangeKind::rebuilt, .base = derivation('a'), .head = derivation('b')},
      {.path = AttributePath{"b"}, .kind = ChangeKind::added, .base = std::nullopt, .head = derivation('c')},
      {.path = AttributePath{"c"}, .kind = ChangeKind::removed, .base = kError, .head = std::nullopt},
      {.path = AttributePath{"d"}, .kind = ChangeKind::not_a_derivation, .base = kSet, .head = kSet},
  };
  EXPECT_EQ(*changes, expected);
}

TEST(Compare, RefusesASideThatIsOutOfOrderOrRepeats) {
  const std::vector<Attribute> unsorted = {{AttributePath{"b"}, kSet}, {AttributePath{"a"}, kSet}};
  const std::vector<Attribute> repeated = {{AttributePath{"x"}, kSet}, {AttributePath{"x"}, kSet}};
  const auto bad_base = compare(unsorted, {});
  ASSERT_FALSE(bad_base);
  EXPECT_EQ(bad_base.error().code(), ErrorCode::corrupt);
  EXPECT_NE(bad_base.error().message().find("base's attributes"), std::string::npos);
  EXPECT_NE(bad_base.error().message().find("'a'"), std::string::npos);
  const auto bad_head = compare({}, repeated);
  ASSERT_FALSE(bad_head);
  EXPECT_NE(bad_head.error().message().find("head's attributes"), std::string::npos);
}

rc::Gen<AttributeResult> any_result() {
  return rc::gen::map(rc::gen::inRange(0, 7), [](int kind) -> AttributeResult {
    switch (kind) {
      case 0:
        return kRefusal;
      case 1:
        return kError;
      case 2:
        return kSet;
      case 3:
        return kOther;
      default:
        return derivation(static_cast<char>('a' + kind));
    }
  });
}

/// Sides that share many paths: names are drawn from a few, dots and quotes among them.
rc::Gen<std::vector<Attribute>> any_side() {
  const auto name = rc::gen::element<std::string>("a", "b", "c", "a.b", "\"", "", "\xff");
  const auto names = rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(name));
  return rc::gen::map(rc::gen::container<std::map<std::vector<std::string>, AttributeResult>>(names, any_result()),
                      [](const auto& entries) {
                        std::vector<Attribute> side;
                        for (const auto& [path, result] : entries) side.push_back({AttributePath(path), result});
                        return side;
                      });
}

std::vector<Attribute> one_side(const std::vector<Change>& changes, std::optional<AttributeResult> Change::* side) {
  std::vector<Attribute> attributes;
  for (const Change& change : changes) {
    if (change.*side) attributes.push_back({change.path, *(change.*side)});
  }
  return attributes;
}

TEST(Compare, HoldsEveryAttributeOfBothSidesOnce) {
  EXPECT_TRUE(rc::check([] {
    const auto base = *any_side();
    const auto head = *any_side();
    const auto changes = compare(base, head);
    RC_ASSERT(changes.has_value());
    RC_ASSERT(one_side(*changes, &Change::base) == base);
    RC_ASSERT(one_side(*changes, &Change::head) == head);
    RC_ASSERT(std::ranges::is_sorted(*changes, {}, &Change::path));
    for (const Change& change : *changes) RC_ASSERT((change.base || change.head));
  }));
}

TEST(Compare, OfASideWithItselfChangesNothing) {
  EXPECT_TRUE(rc::check([] {
    const auto side = *any_side();
    const auto changes = compare(side, side);
    RC_ASSERT(changes.has_value());
    RC_ASSERT(std::ranges::none_of(*changes, is_change, &Change::kind));
  }));
}

TEST(ReviewJob, CountsSumToTheTotals) {
  EXPECT_TRUE(rc::check([] {
    JobSides sides{.job = "ci", .system = "x86_64-linux"};
    sides.base.evaluation.attributes = *any_side();
    sides.head.evaluation.attributes = *any_side();
    const auto review = review_job(sides);
    RC_ASSERT(review.has_value());
    std::uint64_t sum = 0;
    for (const auto& [kind, number] : review->counts) sum += number;
    RC_ASSERT(sum == review->changes.size());
    RC_ASSERT(review->counts.size() == 12U);
    for (const SideSummary& side : {review->base, review->head}) {
      RC_ASSERT(side.derivations + side.refusals + side.errors + side.others == side.attributes);
    }
    RC_ASSERT(review->base.attributes == sides.base.evaluation.attributes.size());
    RC_ASSERT(review->head.attributes == sides.head.evaluation.attributes.size());
  }));
}

TEST(ReviewJob, KeepsWhatTheSidesSayOfThemselves) {
  JobSides sides{.job = "ci", .system = "x86_64-linux", .presence = JobReview::Presence::removed};
  sides.base = {.evaluation = {.attributes = {{AttributePath{"a"}, derivation('a')}}, .cost = {.workers_started = 3}, .notes = {"note"}},
                .graph_derivations = 7,
                .reused = true};
  sides.rebuild_count = 9;
  const auto review = review_job(sides);
  ASSERT_TRUE(review);
  EXPECT_EQ(review->job, "ci");
  EXPECT_EQ(review->system, "x86_64-linux");
  EXPECT_EQ(review->presence, JobReview::Presence::removed);
  EXPECT_EQ(review->base.graph_derivations, 7U);
  EXPECT_TRUE(review->base.reused);
  EXPECT_EQ(review->base.cost.workers_started, 3U);
  EXPECT_EQ(review->base.notes, std::vector<std::string>{"note"});
  EXPECT_EQ(review->rebuild_count, 9U);
  EXPECT_EQ(review->counts.at(ChangeKind::removed), 1U);
}

TEST(ReviewJob, NamesTheJobThatCannotBeCompared) {
  JobSides sides{.job = "ci\x1b[31m", .system = "x86_64-linux"};
  sides.head.evaluation.attributes = {{AttributePath{"b"}, kSet}, {AttributePath{"a"}, kSet}};
  const auto review = review_job(sides);
  ASSERT_FALSE(review);
  EXPECT_NE(review.error().to_string().find("job 'ci' for x86_64-linux"), std::string::npos);
}

}  // namespace
}  // namespace ekaci::review
