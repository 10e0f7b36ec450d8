#include "engine/slots.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace ekaci::engine {
namespace {

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;

TEST(EvaluationSlots, MemoryLimitsWorkers) {
  EXPECT_EQ(EvaluationSlots({.workers = 8, .memory = 9 * kGibibyte, .worker_memory = 4 * kGibibyte}).total(), 2U);
  EXPECT_EQ(EvaluationSlots({.workers = 2, .memory = 90 * kGibibyte, .worker_memory = 4 * kGibibyte}).total(), 2U);
}

TEST(EvaluationSlots, OneWorkerRunsHoweverLittleMemoryThereIs) {
  const EvaluationSlots slots({.workers = 8, .memory = kGibibyte, .worker_memory = 4 * kGibibyte});
  EXPECT_EQ(slots.total(), 1U);
  EXPECT_EQ(slots.worker_memory(), kGibibyte);
}

TEST(EvaluationSlots, SharesAmongThoseWhoWait) {
  EvaluationSlots slots({.workers = 4, .memory = 64 * kGibibyte, .worker_memory = kGibibyte});
  const auto first = slots.take_share(2);
  const auto second = slots.take_share(1);
  EXPECT_EQ(first->workers(), 2U);
  EXPECT_EQ(second->workers(), 2U);
  EXPECT_FALSE(slots.take_share(1));
}

TEST(EvaluationSlots, NothingIsLeakedOrGivenBackTwice) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& steps) {
    EvaluationSlots slots({.workers = 5, .memory = 64 * kGibibyte, .worker_memory = kGibibyte});
    {
      std::vector<EvaluationSlots::Slot> held;
      for (const std::uint8_t step : steps) {
        if (step % 2 == 0 && !held.empty()) {
          std::swap(held.front(), held.back());
          held.pop_back();
        } else if (auto slot = slots.take_share(step % 4)) {
          held.push_back(std::move(*slot));
        }
        std::uint32_t taken = 0;
        for (const auto& slot : held) taken += slot.workers();
        RC_ASSERT(taken + slots.free() == slots.total());
      }
    }
    RC_ASSERT(slots.free() == slots.total());
  }));
}

}  // namespace
}  // namespace ekaci::engine
