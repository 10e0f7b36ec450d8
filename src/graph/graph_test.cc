#include "graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "graph/closure.h"
#include "graph/critical_path.h"
#include "graph/impact.h"

namespace ekaci::graph {
namespace {

StorePath numbered(std::uint32_t n, const std::string& name = "package.drv") {
  StoreHash hash{};
  // Scattered as real hashes are, so that the index is met with collisions as it would be.
  for (std::size_t byte = 0; byte < 8; ++byte) hash[byte] = static_cast<std::uint8_t>((n * 0x9e3779b97f4a7c15ULL) >> (8 * byte));
  hash[19] = static_cast<std::uint8_t>(n);
  return StorePath::from_parts(hash, name).value();
}

NodeId add(Graph& graph, std::uint32_t n, const std::vector<NodeId>& inputs = {}) { return graph.add(numbered(n), inputs).value(); }

TEST(Graph, KeepsWhatWasAdded) {
  Graph graph;
  const NodeId a = graph.add(numbered(1, "a.drv"), {}).value();
  const NodeId b = graph.add(numbered(2, "b-1.0.drv"), std::vector{a}).value();
  const NodeId c = graph.add(numbered(3, "c.drv"), std::vector{b, a, b}).value();
  EXPECT_EQ(graph.nodes().size(), 3U);
  EXPECT_EQ(graph.nodes().edge_count(), 3U);
  EXPECT_THAT(graph.nodes().inputs(c), testing::ElementsAre(a, b));
  EXPECT_TRUE(graph.nodes().inputs(a).empty());
  EXPECT_EQ(graph.nodes().name(b), "b-1.0.drv");
  EXPECT_EQ(graph.nodes().path(b), numbered(2, "b-1.0.drv"));
  EXPECT_EQ(graph.find(numbered(2, "b-1.0.drv")), b);
  EXPECT_EQ(graph.find(numbered(4)), std::nullopt);
}

TEST(Graph, FindsWhatIsAddedAgain) {
  Graph graph;
  const NodeId a = add(graph, 1);
  const NodeId b = add(graph, 2, {a});
  EXPECT_EQ(add(graph, 1), a);
  EXPECT_EQ(add(graph, 2, {a, a}), b);
  EXPECT_EQ(graph.nodes().size(), 2U);
}

TEST(Graph, RefusesTheSameHashForSomethingElse) {
  Graph graph;
  const NodeId a = add(graph, 1);
  add(graph, 2, {a});
  EXPECT_EQ(graph.add(numbered(2), {}).error().code(), ErrorCode::conflict);
  EXPECT_EQ(graph.add(numbered(2, "other.drv"), std::vector{a}).error().code(), ErrorCode::conflict);
}

TEST(Graph, RefusesInputsThatAreNoNodes) {
  Graph graph;
  EXPECT_EQ(graph.add(numbered(1), std::vector{NodeId{0}}).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(graph.nodes().size(), 0U);
  EXPECT_EQ(graph.find(numbered(1)), std::nullopt);
}

TEST(Graph, AddsRecordsWhoseInputsAreThere) {
  Graph graph;
  const NodeId a = graph.add(DerivationRecord{numbered(1), {}, {}}).value();
  const NodeId b = graph.add(DerivationRecord{numbered(2), {numbered(1)}, {}}).value();
  EXPECT_THAT(graph.nodes().inputs(b), testing::ElementsAre(a));
  EXPECT_EQ(graph.add(DerivationRecord{numbered(4), {numbered(3)}, {}}).error().code(), ErrorCode::not_found);
}

TEST(Graph, IsFullAtItsLimitsAndStaysAsItWas) {
  Graph few_nodes(GraphLimits{.nodes = 2});
  add(few_nodes, 1);
  add(few_nodes, 2);
  EXPECT_EQ(few_nodes.add(numbered(3), {}).error().code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(few_nodes.nodes().size(), 2U);
  EXPECT_TRUE(few_nodes.add(numbered(2), {}));

  Graph few_edges(GraphLimits{.edges = 2});
  const NodeId a = add(few_edges, 1);
  const NodeId b = add(few_edges, 2, {a});
  EXPECT_EQ(few_edges.add(numbered(3), std::vector{a, b}).error().code(), ErrorCode::resource_exhausted);
  EXPECT_TRUE(few_edges.add(numbered(3), std::vector{b}));

  Graph short_names(GraphLimits{.name_bytes = 20});
  EXPECT_TRUE(short_names.add(numbered(1, "twelve-1.drv"), {}));
  EXPECT_EQ(short_names.add(numbered(2, "twelve-2.drv"), {}).error().code(), ErrorCode::resource_exhausted);
}

TEST(Graph, KeepsLongNamesAndManyNodes) {
  Graph graph;
  std::vector<NodeId> ids;
  for (std::uint32_t n = 0; n < 40'000; ++n) {
    ids.push_back(
        graph.add(numbered(n, std::string(1 + n % 211, 'x')), ids.empty() ? std::vector<NodeId>() : std::vector{ids[n / 2]}).value());
  }
  for (std::uint32_t n = 0; n < 40'000; ++n) {
    ASSERT_EQ(graph.find(numbered(n)), ids[n]);
    ASSERT_EQ(graph.nodes().name(ids[n]).size(), 1 + n % 211);
  }
}

TEST(Graph, RowsThatDoNotFitAChunkBeginTheNext) {
  Graph graph;
  std::vector<NodeId> all;
  for (std::uint32_t n = 0; n < 100'000; ++n) all.push_back(add(graph, n));
  std::vector<NodeId> users;
  for (std::uint32_t n = 0; n < 7; ++n) users.push_back(add(graph, 200'000 + n, all));
  for (const NodeId user : users) EXPECT_TRUE(std::ranges::equal(graph.nodes().inputs(user), all));
  EXPECT_EQ(graph.nodes().edge_count(), 700'000U);
}

TEST(Snapshot, StaysAsItWasWhileTheGraphGrowsOnAnotherThread) {
  Graph graph;
  std::vector<NodeId> last = {add(graph, 0)};
  for (std::uint32_t n = 1; n < 1000; ++n) last = {add(graph, n, last)};
  const Snapshot snapshot = graph.snapshot();
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    for (bool is_last = false; !is_last;) {
      is_last = stop;
      EXPECT_EQ(closure(snapshot, std::vector{NodeId{999}}).count(), 1000U);
      EXPECT_EQ(ReverseEdges(snapshot).users(NodeId{999}).size(), 0U);
    }
  });
  for (std::uint32_t n = 1000; n < 50'000; ++n) last = {add(graph, n, last)};
  stop = true;
  reader.join();
  EXPECT_EQ(snapshot.size(), 1000U);
  EXPECT_EQ(snapshot.edge_count(), 999U);
}

// A graph and what one has to believe of it: for each node the set of its inputs.
struct RandomGraph {
  Graph graph;
  std::vector<std::set<std::uint32_t>> inputs;

  [[nodiscard]] const Snapshot& nodes() const { return graph.nodes(); }
  [[nodiscard]] std::uint32_t size() const { return graph.nodes().size(); }

  /// Everything below and with `node`.
  [[nodiscard]] std::set<std::uint32_t> below(std::uint32_t node) const {
    std::set<std::uint32_t> found = {node};
    for (const std::uint32_t input : inputs[node]) found.merge(below(input));
    return found;
  }
};

RandomGraph any_graph() {
  RandomGraph random;
  const auto size = *rc::gen::inRange<std::uint32_t>(1, 25);
  for (std::uint32_t n = 0; n < size; ++n) {
    std::set<std::uint32_t> inputs;
    std::vector<NodeId> ids;
    for (std::uint32_t input = 0; input < n; ++input) {
      if (*rc::gen::inRange(0, 5) == 0) inputs.insert(input);
    }
    for (const std::uint32_t input : inputs) ids.insert(ids.begin(), NodeId{input});
    RC_ASSERT(add(random.graph, n, ids) == NodeId{n});
    random.inputs.push_back(std::move(inputs));
  }
  return random;
}

std::vector<NodeId> any_nodes(const RandomGraph& random) {
  std::vector<NodeId> nodes;
  for (const std::uint32_t n : *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, random.size()))) {
    nodes.push_back(NodeId{n});
  }
  return nodes;
}

NodeSet set_of(const RandomGraph& random, const std::set<std::uint32_t>& nodes) {
  NodeSet set(random.size());
  for (const std::uint32_t n : nodes) set.insert(NodeId{n});
  return set;
}

std::set<std::uint32_t> below_all(const RandomGraph& random, const std::vector<NodeId>& roots) {
  std::set<std::uint32_t> found;
  for (const NodeId root : roots) found.merge(random.below(root.value));
  return found;
}

TEST(GraphProperty, ClosureIsEverythingBelow) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const std::vector<NodeId> roots = any_nodes(random);
    RC_ASSERT(closure(random.nodes(), roots) == set_of(random, below_all(random, roots)));
  }));
}

TEST(GraphProperty, NewIsWhatHeadHasAndBaseHasNot) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const std::vector<NodeId> base = any_nodes(random);
    const std::vector<NodeId> head = any_nodes(random);
    std::vector<NodeId> expected;
    const std::set<std::uint32_t> below_base = below_all(random, base);
    for (const std::uint32_t n : below_all(random, head)) {
      if (!below_base.contains(n)) expected.push_back(NodeId{n});
    }
    RC_ASSERT(new_since(random.nodes(), base, head) == expected);
  }));
}

TEST(GraphProperty, ReverseEdgesAreTheEdgesTurnedRound) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const ReverseEdges edges(random.nodes());
    for (std::uint32_t n = 0; n < random.size(); ++n) {
      std::vector<NodeId> expected;
      for (std::uint32_t user = 0; user < random.size(); ++user) {
        if (random.inputs[user].contains(n)) expected.push_back(NodeId{user});
      }
      RC_ASSERT(std::ranges::equal(edges.users(NodeId{n}), expected));
    }
  }));
}

TEST(GraphProperty, UsersClosureIsEverythingAbove) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const std::vector<NodeId> nodes = any_nodes(random);
    NodeSet expected(random.size());
    for (std::uint32_t user = 0; user < random.size(); ++user) {
      const std::set<std::uint32_t> below = random.below(user);
      if (std::ranges::any_of(nodes, [&](NodeId node) { return below.contains(node.value); })) expected.insert(NodeId{user});
    }
    RC_ASSERT(users_closure(ReverseEdges(random.nodes()), nodes) == expected);
  }));
}

TEST(GraphProperty, OriginsAreChangedAndHaveNoChangedInput) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const NodeSet changed(random.size(), any_nodes(random));
    std::vector<NodeId> expected;
    for (std::uint32_t n = 0; n < random.size(); ++n) {
      const bool has_changed_input =
          std::ranges::any_of(random.inputs[n], [&](std::uint32_t input) { return changed.contains(NodeId{input}); });
      if (changed.contains(NodeId{n}) && !has_changed_input) expected.push_back(NodeId{n});
    }
    RC_ASSERT(origins(random.nodes(), changed) == expected);
  }));
}

TEST(GraphProperty, BlastRadiusCountsTheWantedAbove) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const NodeSet wanted(random.size(), any_nodes(random));
    const ReverseEdges edges(random.nodes());
    const std::vector<std::uint32_t> radii = blast_radii(random.nodes(), wanted);
    for (std::uint32_t n = 0; n < random.size(); ++n) {
      std::uint32_t expected = 0;
      for (const NodeId user : wanted.to_vector()) expected += random.below(user.value).contains(n) ? 1U : 0U;
      RC_ASSERT(blast_radius(edges, NodeId{n}, wanted) == expected);
      RC_ASSERT(radii[n] == expected);
    }
  }));
}

TEST(Impact, BlastRadiiAreWholeBeyondOneWordOfWantedNodes) {
  Graph graph;
  const NodeId root = add(graph, 0);
  NodeSet wanted(151);
  for (std::uint32_t n = 1; n <= 150; ++n) wanted.insert(add(graph, n, {root}));
  EXPECT_EQ(blast_radii(graph.nodes(), wanted)[root.value], 150U);
}

TEST(GraphProperty, CriticalLengthsAreTheHeaviestChainsUpwards) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const NodeSet members(random.size(), any_nodes(random));
    const auto weights = *rc::gen::container<std::vector<std::uint64_t>>(random.size(), rc::gen::inRange<std::uint64_t>(0, 100));
    std::vector<std::uint64_t> expected(random.size());
    for (std::uint32_t n = random.size(); n-- > 0;) {
      if (!members.contains(NodeId{n})) continue;
      for (std::uint32_t user = n + 1; user < random.size(); ++user) {
        if (random.inputs[user].contains(n)) expected[n] = std::max(expected[n], expected[user]);
      }
      expected[n] += weights[n];
    }
    RC_ASSERT(critical_lengths(random.nodes(), members, weights) == expected);
  }));
}

TEST(GraphProperty, CriticalPathOrderHasAllMembersInputsFirst) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    const NodeSet members(random.size(), any_nodes(random));
    const auto weights = *rc::gen::container<std::vector<std::uint64_t>>(random.size(), rc::gen::arbitrary<std::uint64_t>());
    const std::vector<NodeId> order = critical_path_order(random.nodes(), members, weights);
    RC_ASSERT(order.size() == members.count());
    NodeSet built(random.size());
    for (const NodeId node : order) {
      for (const std::uint32_t input : random.inputs[node.value])
        RC_ASSERT((!members.contains(NodeId{input}) || built.contains(NodeId{input})));
      built.insert(node);
    }
    RC_ASSERT(built == members);
  }));
}

TEST(GraphProperty, DepthIsTheLongestChainDown) {
  EXPECT_TRUE(rc::check([] {
    const RandomGraph random = any_graph();
    std::vector<std::uint32_t> expected;
    for (std::uint32_t n = 0; n < random.size(); ++n) {
      std::uint32_t depth = 0;
      for (const std::uint32_t input : random.inputs[n]) depth = std::max(depth, expected[input] + 1);
      expected.push_back(depth);
    }
    RC_ASSERT(depths(random.nodes()) == expected);
  }));
}

TEST(NodeSet, TellsWhatIsInIt) {
  NodeSet set(130);
  EXPECT_TRUE(set.insert(NodeId{0}));
  EXPECT_TRUE(set.insert(NodeId{63}));
  EXPECT_TRUE(set.insert(NodeId{129}));
  EXPECT_FALSE(set.insert(NodeId{63}));
  EXPECT_TRUE(set.contains(NodeId{129}));
  EXPECT_FALSE(set.contains(NodeId{64}));
  EXPECT_FALSE(set.contains(NodeId{1000}));
  EXPECT_EQ(set.count(), 3U);
  EXPECT_THAT(set.to_vector(), testing::ElementsAre(NodeId{0}, NodeId{63}, NodeId{129}));
  EXPECT_THROW(set.insert(NodeId{1000}), std::out_of_range);
}

}  // namespace
}  // namespace ekaci::graph
