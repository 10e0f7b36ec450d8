#include "retention/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace ekaci::retention {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using namespace std::chrono_literals;

constexpr Clock::Wall kNow{1'000'000s};
const Ages kAges{{Kind::trees, 100s}, {Kind::logs, 1'000s}};

Item item(const std::string& name, std::chrono::seconds age, std::uint64_t bytes = 10) {
  return {.name = name, .used = kNow - age, .bytes = bytes};
}

std::vector<std::string> names(const std::vector<Drop>& drops) {
  std::vector<std::string> found;
  for (const Drop& drop : drops) found.push_back(drop.item.name);
  return found;
}

TEST(RetentionPlan, ByAgeEachKindHasItsOwn) {
  const std::vector<Stock> stocks{{Kind::trees, {item("new", 100s), item("old", 101s)}}, {Kind::logs, {item("log", 500s)}}};
  EXPECT_THAT(names(plan(stocks, kAges, 0, kNow)), ElementsAre("old"));
}

TEST(RetentionPlan, WhatHasNoAgeStaysForEver) {
  EXPECT_THAT(plan({{Kind::evaluations, {item("ancient", 900'000s)}}}, kAges, 0, kNow), IsEmpty());
}

TEST(RetentionPlan, ByBudgetTheOldestOfAllKindsGoFirst) {
  const std::vector<Stock> stocks{{Kind::trees, {item("a", 5s), item("b", 50s)}}, {Kind::reviews, {item("c", 20s), item("d", 90s)}}};
  EXPECT_THAT(names(plan(stocks, kAges, 25, kNow)), ElementsAre("d", "b", "c"));
}

TEST(RetentionPlan, WhatGoesByAgeCountsForTheBudget) {
  const std::vector<Stock> stocks{{Kind::trees, {item("a", 5s), item("old", 500s)}}};
  EXPECT_THAT(names(plan(stocks, kAges, 10, kNow)), ElementsAre("old"));
}

TEST(RetentionPlan, WhatIsInUseStaysWhateverTheBudget) {
  std::vector<Stock> stocks{{Kind::trees, {item("a", 500s), item("b", 5s)}}};
  stocks[0].items[0].in_use = true;
  EXPECT_THAT(names(plan(stocks, kAges, 1'000, kNow)), ElementsAre("b"));
}

TEST(RetentionPlan, NothingIsDroppedThatIsYoungerThanWhatWasNotShown) {
  const std::vector<Stock> stocks{{Kind::logs, {item("oldest", 90s), item("older", 80s)}, false}, {Kind::trees, {item("young", 70s)}}};
  EXPECT_THAT(names(plan(stocks, kAges, 1'000, kNow)), ElementsAre("oldest", "older"));
}

// ---- properties

std::vector<Stock> any_stocks() {
  std::vector<Stock> stocks;
  int number = 0;
  for (const Kind kind : kKinds) {
    Stock stock{.kind = kind};
    const auto count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i) {
      Item made =
          item(std::to_string(number++), std::chrono::seconds(*rc::gen::inRange(0, 2'000)), *rc::gen::inRange<std::uint64_t>(0, 50));
      made.in_use = *rc::gen::inRange(0, 4) == 0;
      stock.items.push_back(std::move(made));
    }
    stocks.push_back(std::move(stock));
  }
  return stocks;
}

std::uint64_t any_excess() { return *rc::gen::inRange<std::uint64_t>(0, 600); }

std::uint64_t bytes(const std::vector<Drop>& drops) {
  std::uint64_t sum = 0;
  for (const Drop& drop : drops) sum += drop.item.bytes;
  return sum;
}

std::set<std::string> as_set(const std::vector<Drop>& drops) {
  const auto list = names(drops);
  return {list.begin(), list.end()};
}

TEST(RetentionPlan, NothingThatIsInUseAndNothingTwice) {
  EXPECT_TRUE(rc::check([] {
    const auto drops = plan(any_stocks(), kAges, any_excess(), kNow);
    for (const Drop& drop : drops) RC_ASSERT(!drop.item.in_use);
    RC_ASSERT(as_set(drops).size() == drops.size());
  }));
}

TEST(RetentionPlan, ReachesTheBudgetWherePossibleAndGoesNoFurther) {
  EXPECT_TRUE(rc::check([] {
    const auto stocks = any_stocks();
    const auto excess = any_excess();
    const auto drops = plan(stocks, kAges, excess, kNow);
    std::uint64_t possible = 0;
    for (const Stock& stock : stocks) {
      for (const Item& one : stock.items) possible += one.in_use ? 0 : one.bytes;
    }
    RC_ASSERT(bytes(drops) >= std::min(excess, possible));
    if (!drops.empty() && drops.back().why == Reason::budget) RC_ASSERT(bytes(drops) - drops.back().item.bytes < excess);
  }));
}

TEST(RetentionPlan, WhatStaysIsYoungEnoughAndNoOlderThanWhatTheBudgetTook) {
  EXPECT_TRUE(rc::check([] {
    const auto stocks = any_stocks();
    const auto drops = plan(stocks, kAges, any_excess(), kNow);
    const auto gone = as_set(drops);
    Clock::Wall newest = Clock::Wall::min();
    for (const Drop& drop : drops) {
      if (drop.why == Reason::budget) newest = std::max(newest, drop.item.used);
    }
    for (const Stock& stock : stocks) {
      for (const Item& one : stock.items) {
        if (one.in_use || gone.contains(one.name)) continue;
        RC_ASSERT(one.used >= newest);
        if (kAges.contains(stock.kind)) RC_ASSERT(kNow - one.used <= kAges.at(stock.kind));
      }
    }
  }));
}

TEST(RetentionPlan, DoesNotDependOnTheOrderOfWhatIsListed) {
  EXPECT_TRUE(rc::check([] {
    auto stocks = any_stocks();
    const auto excess = any_excess();
    const auto before = names(plan(stocks, kAges, excess, kNow));
    std::ranges::reverse(stocks);
    for (Stock& stock : stocks) std::ranges::reverse(stock.items);
    RC_ASSERT(names(plan(stocks, kAges, excess, kNow)) == before);
  }));
}

/// What a shelf shows that shows only `most`.
Stock oldest_of(Stock stock, std::size_t most) {
  std::ranges::sort(stock.items, {}, [](const Item& one) { return std::pair(one.used, one.name); });
  stock.is_complete = stock.items.size() <= most;
  if (!stock.is_complete) stock.items.resize(most);
  return stock;
}

TEST(RetentionPlan, StepByStepItComesToTheSameAsAtOnce) {
  EXPECT_TRUE(rc::check([] {
    auto stocks = any_stocks();
    // Where all that is shown is in use, nothing follows: what can be in use is few.
    for (Stock& stock : stocks) std::erase_if(stock.items, &Item::in_use);
    const auto excess = any_excess();
    const auto at_once = as_set(plan(stocks, kAges, excess, kNow));
    const auto most = static_cast<std::size_t>(*rc::gen::inRange(1, 5));
    std::set<std::string> gone;
    std::uint64_t freed = 0;
    while (true) {
      std::vector<Stock> shown;
      for (const Stock& stock : stocks) shown.push_back(oldest_of(stock, most));
      const auto drops = plan(shown, kAges, excess - std::min(excess, freed), kNow);
      if (drops.empty()) break;
      freed += bytes(drops);
      gone.merge(as_set(drops));
      for (Stock& stock : stocks) std::erase_if(stock.items, [&](const Item& one) { return gone.contains(one.name); });
    }
    RC_ASSERT(gone == at_once);
  }));
}

}  // namespace
}  // namespace ekaci::retention
