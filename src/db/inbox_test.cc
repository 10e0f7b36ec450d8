#include "db/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <thread>

#include "db/forge_test_data.h"

namespace ekaci::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Inbox : public ForgeMemoryTest {
 protected:
  std::vector<std::string> unhandled(std::size_t limit = 1'000, forge::DeliveryId after = {}) {
    std::vector<std::string> guids;
    const auto page = memory_->unhandled(after, limit).value();
    for (const forge::StoredDelivery& stored : page) guids.push_back(stored.delivery.guid);
    return guids;
  }
  void handle(std::int64_t id, std::string outcome = "nothing to do") { keep({.handled = {{.id = {id}, .outcome = std::move(outcome)}}}); }
};

TEST_F(Inbox, KeepsADeliveryAsItCameAndOnce) {
  forge::Delivery delivery = delivery_named("a");
  delivery.payload = std::string("bytes\0\xff", 7) + std::string(100'000, 'x');
  EXPECT_TRUE(memory_->receive(delivery).value());
  EXPECT_FALSE(memory_->receive(delivery).value());
  reopen();
  EXPECT_FALSE(memory_->receive(delivery).value());
  EXPECT_THAT(memory_->unhandled({}, 10).value(), ElementsAre(forge::StoredDelivery{.id = {1}, .delivery = delivery}));
}

TEST_F(Inbox, PagesInTheOrderOfArrival) {
  for (const char* guid : {"c", "a", "b", "d"}) receive(guid);
  EXPECT_THAT(unhandled(2), ElementsAre("c", "a"));
  EXPECT_THAT(unhandled(2, {2}), ElementsAre("b", "d"));
  EXPECT_THAT(unhandled(2, {4}), IsEmpty());
}

TEST_F(Inbox, LargePayloadsFillAPageEarlier) {
  forge::Delivery large = delivery_named("");
  large.payload = std::string(kLargestPayload, 'x');
  for (const char* guid : {"a", "b", "c"}) {
    large.guid = guid;
    ASSERT_TRUE(memory_->receive(large).value());
  }
  EXPECT_THAT(unhandled(), ElementsAre("a", "b"));
  EXPECT_THAT(unhandled(1'000, {2}), ElementsAre("c"));
}

TEST_F(Inbox, RefusesWhatNoForgeSends) {
  forge::Delivery delivery = delivery_named("a");
  delivery.payload = std::string(kLargestPayload + 1, 'x');
  EXPECT_EQ(memory_->receive(delivery).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(memory_->receive(delivery_named("")).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(memory_->receive(delivery_named(std::string(1'000, 'a'))).error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(unhandled(), IsEmpty());
}

TEST_F(Inbox, AHandledDeliveryIsRememberedWithItsOutcomeAndWithoutItsPayload) {
  receive("a");
  receive("b");
  handle(1, "pull request #7 is open");
  EXPECT_THAT(unhandled(), ElementsAre("b"));
  EXPECT_FALSE(memory_->receive(delivery_named("a")).value());
  const DeliveryOutcome outcome{.id = {1},
                                .guid = "a",
                                .event = "push",
                                .received = delivery_named("a").received,
                                .handled = now(),
                                .outcome = "pull request #7 is open"};
  EXPECT_THAT(memory_->handled(10).value(), ElementsAre(outcome));
  handle(1, "again");
  EXPECT_THAT(memory_->handled(10).value(), ElementsAre(outcome)) << "the first word holds";
  const auto connection = Connection::open(directory_.file(), Access::read, std::chrono::seconds(5)).value();
  EXPECT_EQ(connection.query_integer("SELECT count(*) FROM delivery WHERE payload IS NOT NULL").value(), 1);
}

TEST_F(Inbox, ForgetsHandledDeliveriesOnceEnoughCameAfterThem) {
  options_.handled_deliveries = 3;
  reopen();
  for (const char* guid : {"a", "b", "c", "d", "e"}) receive(guid);
  EXPECT_FALSE(memory_->receive(delivery_named("e")).value());
  for (const std::int64_t id : {1, 3, 4, 5}) handle(id);
  EXPECT_THAT(unhandled(), ElementsAre("b")) << "what is not handled is never forgotten";
  EXPECT_FALSE(memory_->receive(delivery_named("c")).value());
  EXPECT_TRUE(memory_->receive(delivery_named("a")).value()) << "too long ago";
  EXPECT_THAT(memory_->unhandled({5}, 1).value().front().id, forge::DeliveryId{6}) << "numbers are never given twice";
}

TEST_F(Inbox, NumbersAreNotGivenTwiceWhereTheNewestWasForgotten) {
  options_.handled_deliveries = 0;
  reopen();
  receive("a");
  handle(1);
  EXPECT_THAT(memory_->handled(10).value(), IsEmpty());
  reopen();
  receive("b");
  EXPECT_EQ(memory_->unhandled({}, 1).value().front().id, forge::DeliveryId{2});
}

TEST_F(Inbox, AnswersEachOfManyThreadsForItsOwn) {
  constexpr int kThreads = 8;
  constexpr int kEach = 40;
  std::vector<std::set<std::string>> fresh(kThreads);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          // Each guid comes from two threads, and each thread hears yes or no of it.
          const std::string guid = fmt::format("{}-{}", t / 2, i);
          if (memory_->receive(delivery_named(guid)).value()) fresh[t].insert(guid);
        }
      });
    }
  }
  std::multiset<std::string> all;
  for (const auto& one : fresh) all.insert(one.begin(), one.end());
  EXPECT_EQ(all.size(), kThreads / 2 * kEach);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  EXPECT_EQ(unhandled().size(), all.size());
}

TEST_F(Inbox, TellsAllWhoWaitThatNothingWasKept) {
  options_.longest_wait = std::chrono::milliseconds(20);
  reopen();
  auto other = Connection::open(directory_.file(), Access::write, std::chrono::seconds(10)).value();
  {
    const auto writing = Transaction::begin(other, Transaction::Kind::write);
    ASSERT_TRUE(writing);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back(
          [&, t] { EXPECT_EQ(memory_->receive(delivery_named(std::to_string(t))).error().code(), ErrorCode::unavailable); });
    }
  }
  EXPECT_THAT(unhandled(), IsEmpty());
  receive("0");
}

}  // namespace
}  // namespace ekaci::db
