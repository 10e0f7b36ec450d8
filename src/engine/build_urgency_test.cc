#include "engine/build_urgency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/build_roots.h"
#include "tests/support/fake_ports.h"

namespace ekaci::engine {
namespace {

using graph::NodeId;

StoreHash hash_of(std::uint32_t n) { return fake::derivation_path("p" + std::to_string(n), {}).hash(); }

Reach reach_of(std::uint32_t begin, std::uint32_t end) {
  Reach reach;
  for (std::uint32_t n = begin; n < end; ++n) reach.unite(Reach(hash_of(n)));
  return reach;
}

TEST(Reach, WhatReachesFarMoreIsWider) {
  EXPECT_LT(Reach().width(), reach_of(0, 1).width());
  EXPECT_LT(reach_of(0, 10).width(), reach_of(100, 160).width());
  EXPECT_LT(reach_of(0, 100).width(), reach_of(1000, 2000).width());
  EXPECT_LT(reach_of(0, 2000).width(), reach_of(10'000, 30'000).width());
}

TEST(Reach, UnitingIsIdempotentAndInAnyOrder) {
  Reach both = reach_of(0, 50);
  both.unite(reach_of(30, 80));
  EXPECT_EQ(both, reach_of(0, 80));
}

TEST(Urgency, AnEarlierPriorityBringsItsOwnChain) {
  Urgency node{.above = 500, .order = 3, .priority = Priority::base_sizes};
  EXPECT_TRUE(node.absorb({.above = 10, .order = 9, .priority = Priority::head}, 5));
  EXPECT_EQ(node.above, 15U);
  EXPECT_EQ(node.order, 3U);
  EXPECT_EQ(node.priority, Priority::head);
  EXPECT_FALSE(node.absorb({.above = 700, .order = 4, .priority = Priority::base_sizes}, 5));
  EXPECT_TRUE(node.absorb({.above = 0xffff'ffff, .order = 4, .priority = Priority::head}, 5));
  EXPECT_EQ(node.above, 0xffff'ffffU) << "sums stop at the largest number";
}

TEST(RootSets, KeepTheFirstInPathOrderHoweverTheyAreMerged) {
  graph::Graph graph;
  for (std::uint32_t n = 0; n < 20; ++n) (void)graph.add(fake::derivation_path("p" + std::to_string(n), {}), {}).value();
  EXPECT_TRUE(rc::check([&graph](const std::vector<std::uint8_t>& members, bool from_behind) {
    constexpr std::size_t kBound = 4;
    RootSets sets(kBound);
    std::vector<NodeId> nodes;
    for (const std::uint8_t member : members) nodes.push_back({member % 20U});
    if (from_behind) std::ranges::reverse(nodes);
    RootSetId merged;
    for (const NodeId node : nodes) merged = sets.merged(graph.nodes(), merged, sets.single(node));

    std::ranges::sort(nodes, {}, [&](NodeId node) { return graph.nodes().path(node); });
    const auto doubles = std::ranges::unique(nodes);
    nodes.erase(doubles.begin(), doubles.end());
    nodes.resize(std::min(nodes.size(), kBound));
    const auto found = sets.nodes(merged);
    RC_ASSERT(std::vector<NodeId>(found.begin(), found.end()) == nodes);
  }));
}

}  // namespace
}  // namespace ekaci::engine
