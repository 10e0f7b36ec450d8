#include "retention/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/manual_clock.h"

namespace ekaci::retention {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

/// Things in memory; some come into use between list() and drop().
class FakeShelf final : public Shelf {
 public:
  explicit FakeShelf(Kind kind) : kind_(kind) {}
  [[nodiscard]] Kind kind() const override { return kind_; }
  Result<Stock> list(std::size_t most) override {
    Stock stock{.kind = kind_, .items = items};
    std::ranges::sort(stock.items, {}, &Item::used);
    const std::size_t shown = std::min({most, shows, stock.items.size()});
    stock.is_complete = shown == stock.items.size();
    stock.items.resize(shown);
    return stock;
  }
  Result<std::vector<bool>> drop(std::span<const Item> dropped) override {
    batches.push_back(dropped.size());
    if (is_broken) return fail(ErrorCode::resource_exhausted, "no room for a transaction");
    std::vector<bool> gone;
    for (const Item& item : dropped) {
      gone.push_back(!taken.contains(item.name));
      if (gone.back()) std::erase_if(items, [&](const Item& held) { return held.name == item.name; });
    }
    if (after_drop) after_drop();
    return gone;
  }
  Status finish(const CancelToken& /*cancel*/) override {
    ++finished;
    return {};
  }
  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const Item& item : items) sum += item.bytes;
    return sum;
  }

  std::vector<Item> items{};
  std::set<std::string> taken{};
  std::size_t shows = 1'000'000;
  std::vector<std::size_t> batches{};
  std::function<void()> after_drop{};
  int finished = 0;
  bool is_broken = false;

 private:
  Kind kind_;
};

class Sweep : public testing::Test {
 protected:
  Sweep() {
    for (int i = 0; i < 10; ++i) {
      trees_.items.push_back({.name = std::to_string(i), .used = clock_.wall() - std::chrono::hours(i), .bytes = 100});
      logs_.items.push_back({.name = std::to_string(i), .used = clock_.wall() - std::chrono::minutes(i), .bytes = 10});
    }
  }
  SweepWorld world() {
    return {.shelves = {&trees_, &logs_},
            .measure = [this]() -> Result<Room> {
              const std::uint64_t taken = trees_.bytes() + logs_.bytes();
              return Room{.taken = taken, .free = 10'000 - taken};
            },
            .clock = clock_};
  }

  fake::ManualClock clock_{};
  FakeShelf trees_{Kind::trees};
  FakeShelf logs_{Kind::logs};
  Rules rules_{.disk = 1'000'000};
};

TEST_F(Sweep, DropsNothingWhereThereIsRoom) {
  const Swept swept = sweep(world(), rules_, {}).value();
  EXPECT_THAT(swept.lines, IsEmpty());
  EXPECT_EQ(swept.before, swept.after);
  EXPECT_EQ(trees_.finished, 1);
}

TEST_F(Sweep, SaysWhatItDroppedAndWhy) {
  rules_.ages = {{Kind::trees, 7h}};
  rules_.disk = 650;
  const Swept swept = sweep(world(), rules_, {}).value();
  EXPECT_THAT(swept.lines, ElementsAre(SweptLine{Kind::trees, Reason::age, 2, 200}, SweptLine{Kind::trees, Reason::budget, 3, 300}));
  EXPECT_EQ(swept.after.taken, 600U);
  EXPECT_EQ(swept.missing, 0U);
}

TEST_F(Sweep, CountsWhatAnItemStandsFor) {
  logs_.items = {{.name = "many", .used = clock_.wall() - 5h, .bytes = 70, .count = 7}, {.name = "one", .used = clock_.wall() - 5h}};
  rules_.ages = {{Kind::logs, 4h}};
  EXPECT_THAT(sweep(world(), rules_, {}).value().lines, ElementsAre(SweptLine{Kind::logs, Reason::age, 8, 70}));
}

TEST_F(Sweep, MakesRoomOnTheDiskToo) {
  rules_.keep_free = 9'500;
  EXPECT_EQ(sweep(world(), rules_, {}).value().after.free, 9'500U);
}

TEST_F(Sweep, ARehearsalSaysTheSameAndDropsNothing) {
  rules_.disk = 650;
  const Swept rehearsed = rehearse(world(), rules_).value();
  EXPECT_THAT(trees_.items, SizeIs(10));
  const Swept swept = sweep(world(), rules_, {}).value();
  EXPECT_TRUE(rehearsed.is_dry);
  EXPECT_EQ(rehearsed.lines, swept.lines);
  EXPECT_EQ(rehearsed.after, swept.after);
}

TEST_F(Sweep, WhatCameIntoUseStaysAndIsToldAsMissing) {
  rules_.disk = 0;
  for (const Item& item : trees_.items) trees_.taken.insert(item.name);
  const Swept swept = sweep(world(), rules_, {}).value();
  EXPECT_THAT(swept.lines, ElementsAre(SweptLine{Kind::logs, Reason::budget, 10, 100}));
  EXPECT_EQ(swept.missing, 1'000U);
}

TEST_F(Sweep, GoesOnWhereAShelfShowsOnlyAPart) {
  rules_.disk = 0;
  trees_.shows = 3;
  logs_.shows = 2;
  EXPECT_EQ(sweep(world(), rules_, {}).value().after.taken, 0U);
}

TEST_F(Sweep, DropsInSmallBatches) {
  for (int i = 0; i < 990; ++i) trees_.items.push_back({.name = "x" + std::to_string(i), .used = clock_.wall() - 100h, .bytes = 1});
  rules_.ages = {{Kind::trees, 50h}};
  ASSERT_TRUE(sweep(world(), rules_, {}));
  EXPECT_THAT(trees_.batches, ElementsAre(200, 200, 200, 200, 190));
}

TEST_F(Sweep, AShelfThatCannotDropKeepsNoOtherFromIt) {
  rules_.disk = 0;
  logs_.is_broken = true;
  EXPECT_EQ(sweep(world(), rules_, {}).error().code(), ErrorCode::resource_exhausted);
  EXPECT_THAT(trees_.items, IsEmpty());
}

TEST_F(Sweep, StopsBetweenBatches) {
  rules_.disk = 0;
  CancelSource stop;
  logs_.after_drop = trees_.after_drop = [&] { stop.request_stop(); };
  EXPECT_EQ(sweep(world(), rules_, stop.get_token()).error().code(), ErrorCode::cancelled);
  EXPECT_EQ(trees_.batches.size() + logs_.batches.size(), 1U);
}

}  // namespace
}  // namespace ekaci::retention
