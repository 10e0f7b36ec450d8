#include "engine/build_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <vector>

namespace ekaci::engine {
namespace {

using graph::NodeId;
using testing::ElementsAre;

constexpr BuilderId kLocal{0};
constexpr BuilderId kRemote{1};

BuilderDescription linux_builder(std::uint32_t slots) {
  return {.name = "builder", .systems = {"x86_64-linux"}, .slots = slots, .fetch_slots = 1};
}

BuildTraits any_traits() { return {.system = "x86_64-linux"}; }

/// A queue without builders in which nodes 0 to 99 have ordinary traits.
struct Queue : BuildQueue {
  explicit Queue(Assurance assurance = {}) : BuildQueue(assurance) {
    for (std::uint32_t n = 0; n < 100; ++n) set_traits({n}, any_traits());
  }
  void push_ranked(std::uint32_t node, BuildRank rank) { push({.node = {node}, .rank = rank}); }

  /// What is taken until nothing can be, giving every slot back at once.
  std::vector<std::uint32_t> take_all() {
    std::vector<std::uint32_t> taken;
    while (const auto next = take_next()) taken.push_back(next->node.value);
    return taken;
  }
};

TEST(BuildQueue, PriorityThenChainThenWidthThenOrderOfWanting) {
  Queue queue;
  queue.add_builder(kLocal, linux_builder(1));
  queue.push_ranked(1, {Priority::base_sizes, 900, 900, 0});
  queue.push_ranked(2, {Priority::head, 5, 900, 0});
  queue.push_ranked(3, {Priority::head, 60, 1, 3});
  queue.push_ranked(4, {Priority::head, 60, 2, 4});
  queue.push_ranked(5, {Priority::head, 60, 2, 2});
  queue.push_ranked(6, {Priority::base_deciding, 900, 0, 0});
  EXPECT_THAT(queue.take_all(), ElementsAre(5, 4, 3, 2, 6, 1));
}

TEST(BuildQueue, ANewRankMovesANode) {
  Queue queue;
  queue.add_builder(kLocal, linux_builder(1));
  queue.push_ranked(1, {Priority::head, 10, 0, 0});
  queue.push_ranked(2, {Priority::head, 20, 0, 0});
  queue.push_ranked(1, {Priority::head, 30, 0, 0});
  EXPECT_THAT(queue.take_all(), ElementsAre(1, 2));
}

TEST(BuildQueue, SlotsBoundWhatRunsAndComeBackByThemselves) {
  Queue queue;
  queue.add_builder(kLocal, linux_builder(2));
  for (std::uint32_t n = 0; n < 3; ++n) queue.push_ranked(n, {});
  {
    const auto first = queue.take_next();
    const auto second = queue.take_next();
    EXPECT_EQ(queue.load(kLocal).builds, 2U);
    EXPECT_FALSE(queue.has_next());
    EXPECT_FALSE(queue.take_next());
  }
  EXPECT_EQ(queue.load(kLocal).builds, 0U);
  EXPECT_TRUE(queue.take_next());
}

TEST(BuildQueue, FetchesHaveSlotsOfTheirOwn) {
  Queue queue;
  queue.add_builder(kLocal, linux_builder(1));
  queue.set_traits({7}, {.system = "builtin", .fixed_output = true});
  queue.push_ranked(1, {Priority::head, 100, 0, 0});
  queue.push_ranked(2, {Priority::head, 90, 0, 0});
  queue.push_ranked(7, {Priority::base_sizes, 1, 0, 0});
  const auto build = queue.take_next();
  const auto fetch = queue.take_next();
  ASSERT_TRUE(build && fetch);
  EXPECT_EQ(fetch->node, NodeId{7});
  EXPECT_EQ(queue.load(kLocal).fetches, 1U);
  EXPECT_FALSE(queue.take_next());
}

TEST(BuildQueue, FeaturesAreRequiredAndMandatory) {
  Queue queue;
  BuilderDescription machine = linux_builder(1);
  machine.features = {"kvm"};
  machine.mandatory_features = {"big"};
  queue.add_builder(kLocal, machine);
  const auto prospect = [&](std::vector<std::string> features) {
    queue.set_traits({1}, {.system = "x86_64-linux", .required_features = std::move(features)});
    return queue.prospect({1}, BuildMode::build);
  };
  EXPECT_EQ(prospect({}), BuildQueue::Prospect::impossible);
  EXPECT_EQ(prospect({"kvm"}), BuildQueue::Prospect::impossible);
  EXPECT_EQ(prospect({"kvm", "big", "kvm"}), BuildQueue::Prospect::possible);
  EXPECT_EQ(prospect({"big"}), BuildQueue::Prospect::possible);
  EXPECT_EQ(prospect({"big", "tpu"}), BuildQueue::Prospect::impossible);
}

TEST(BuildQueue, AWeakerBuilderIsNotUsed) {
  Queue queue({BuildSandbox::full, BuildTrust::untrusted});
  queue.add_builder(kLocal, linux_builder(1));
  EXPECT_EQ(queue.prospect({1}, BuildMode::build), BuildQueue::Prospect::impossible);
  EXPECT_EQ(queue.prospect({1}, BuildMode::substitute), BuildQueue::Prospect::possible);
}

TEST(BuildQueue, ABuilderWithoutSlotsIsNone) {
  Queue queue;
  queue.add_builder(kLocal, linux_builder(0));
  EXPECT_EQ(queue.prospect({1}, BuildMode::build), BuildQueue::Prospect::impossible);
}

TEST(BuildQueue, PrefersLocalAndAvoidsTheOneThatFailed) {
  Queue queue;
  BuilderDescription remote = linux_builder(9);
  remote.local = false;
  queue.add_builder(kLocal, linux_builder(2));
  queue.add_builder(kRemote, remote);
  queue.set_traits({1}, {.system = "x86_64-linux", .prefer_local = true});
  queue.push_ranked(1, {});
  EXPECT_EQ(queue.take_next()->slot.builder(), kLocal);
  queue.push_ranked(2, {});
  EXPECT_EQ(queue.take_next()->slot.builder(), kRemote);
  queue.push({.node = {2}, .avoid = kRemote});
  EXPECT_EQ(queue.take_next()->slot.builder(), kLocal);
}

TEST(BuildQueue, SaysWhatIsHopeless) {
  Queue queue;
  queue.add_builder(kLocal, linux_builder(1));
  queue.push_ranked(1, {});
  EXPECT_TRUE(queue.suspend_builder(kLocal));
  EXPECT_FALSE(queue.suspend_builder(kLocal));
  EXPECT_FALSE(queue.take_next());
  EXPECT_THAT(queue.take_hopeless(), testing::IsEmpty());
  queue.give_up_builder(kLocal);
  EXPECT_EQ(queue.prospect({1}, BuildMode::build), BuildQueue::Prospect::lost);
  EXPECT_THAT(queue.take_hopeless(), ElementsAre(NodeId{1}));
  queue.add_builder(kLocal, linux_builder(1));
  EXPECT_FALSE(queue.take_next()) << "it was taken out of line";
}

TEST(BuildQueue, TakesTheForemostWhateverWasPushedAndWithdrawn) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::uint8_t, std::uint8_t>>& steps) {
    Queue queue;
    queue.add_builder(kLocal, linux_builder(1));
    std::map<std::uint32_t, std::uint32_t> expected;  // node to seconds
    for (const auto& [node, seconds] : steps) {
      const std::uint32_t n = node % 20;
      if (seconds % 4 == 0) {
        queue.withdraw({n});
        expected.erase(n);
      } else if (seconds % 4 == 1) {
        const auto next = queue.take_next();
        RC_ASSERT(next.has_value() == !expected.empty());
        if (!next) continue;
        const auto most = std::ranges::max_element(expected, [](const auto& a, const auto& b) { return a.second < b.second; });
        RC_ASSERT(expected.at(next->node.value) == most->second);
        expected.erase(next->node.value);
      } else {
        queue.push_ranked(n, {Priority::head, seconds, 0, 0});
        expected[n] = seconds;
      }
    }
    RC_ASSERT(queue.take_all().size() == expected.size());
  }));
}

}  // namespace
}  // namespace ekaci::engine
