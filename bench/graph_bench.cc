// A graph of the size of nixpkgs' and more: 500,000 derivations with 5,000,000 edges.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "any_path.h"
#include "graph/closure.h"
#include "graph/critical_path.h"
#include "graph/graph.h"
#include "graph/impact.h"

namespace ekaci::graph {
namespace {

constexpr std::uint32_t kNodes = 500'000;
constexpr std::uint32_t kInputs = 10;

struct Plan {
  std::vector<StorePath> paths;
  std::vector<std::vector<NodeId>> inputs;
};

/// As in a package set: half of a node's inputs are among the few that all use, half were made not long before it.
NodeId any_input(std::uint32_t user, std::mt19937_64& random) {
  const bool is_common = random() % 2 == 0;
  const auto common = static_cast<std::uint32_t>(random() % 2000);
  const auto recent = static_cast<std::uint32_t>(user - 1 - random() % 20'000 % user);
  return NodeId{is_common && common < user ? common : recent};
}

const Plan& plan() {
  static const Plan kPlan = [] {
    Plan made;
    std::mt19937_64 random(1);  // NOLINT(cert-msc*): the same graph each time
    for (std::uint32_t n = 0; n < kNodes; ++n) {
      made.paths.push_back(any_path(random));
      std::vector<NodeId> inputs;
      for (std::uint32_t input = 0; n > 0 && input < kInputs; ++input) inputs.push_back(any_input(n, random));
      made.inputs.push_back(std::move(inputs));
    }
    return made;
  }();
  return kPlan;
}

Graph planned_graph() {
  Graph graph;
  for (std::uint32_t n = 0; n < kNodes; ++n) (void)graph.add(plan().paths[n], plan().inputs[n]).value();
  return graph;
}

const Graph& whole_graph() {
  static const Graph kGraph = planned_graph();
  return kGraph;
}

/// Every fifth node, as a job's attributes would be.
std::vector<NodeId> roots() {
  std::vector<NodeId> nodes;
  for (std::uint32_t n = 0; n < kNodes; n += 5) nodes.push_back(NodeId{n});
  return nodes;
}

void add_all(benchmark::State& state) {
  plan();
  for (auto _ : state) {
    const Graph graph = planned_graph();
    state.counters["bytes"] = static_cast<double>(graph.memory_bytes());
    state.counters["bytes_per_node"] = static_cast<double>(graph.memory_bytes()) / kNodes;
    state.counters["edges"] = static_cast<double>(graph.nodes().edge_count());
  }
}
BENCHMARK(add_all)->Unit(benchmark::kMillisecond);

void take_snapshot(benchmark::State& state) {
  const Graph& graph = whole_graph();
  for (auto _ : state) benchmark::DoNotOptimize(graph.snapshot());
}
BENCHMARK(take_snapshot)->Unit(benchmark::kMicrosecond);

void find_all(benchmark::State& state) {
  const Graph& graph = whole_graph();
  for (auto _ : state) {
    for (const StorePath& path : plan().paths) benchmark::DoNotOptimize(graph.find(path));
  }
}
BENCHMARK(find_all)->Unit(benchmark::kMillisecond);

void closure_of_everything(benchmark::State& state) {
  const Snapshot graph = whole_graph().snapshot();
  const std::vector<NodeId> wanted = roots();
  for (auto _ : state) state.counters["reached"] = closure(graph, wanted).count();
}
BENCHMARK(closure_of_everything)->Unit(benchmark::kMillisecond);

void closure_of_one(benchmark::State& state) {
  const Snapshot graph = whole_graph().snapshot();
  const NodeId root{kNodes - 1};
  for (auto _ : state) state.counters["reached"] = closure(graph, {&root, 1}).count();
}
BENCHMARK(closure_of_one)->Unit(benchmark::kMillisecond);

void new_of_head(benchmark::State& state) {
  const Snapshot graph = whole_graph().snapshot();
  const std::vector<NodeId> head = roots();
  const std::vector<NodeId> base(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(head.size() * 9 / 10));
  for (auto _ : state) state.counters["new"] = static_cast<double>(new_since(graph, base, head).size());
}
BENCHMARK(new_of_head)->Unit(benchmark::kMillisecond);

void reverse_edges(benchmark::State& state) {
  const Snapshot graph = whole_graph().snapshot();
  for (auto _ : state) {
    const ReverseEdges edges(graph);
    state.counters["bytes"] = static_cast<double>(edges.memory_bytes());
  }
}
BENCHMARK(reverse_edges)->Unit(benchmark::kMillisecond);

void blast_radius_of_one(benchmark::State& state) {
  const ReverseEdges edges(whole_graph().nodes());
  const NodeSet wanted(kNodes, roots());
  for (auto _ : state) state.counters["radius"] = blast_radius(edges, NodeId{100}, wanted);
}
BENCHMARK(blast_radius_of_one)->Unit(benchmark::kMillisecond);

void critical_order_of_everything(benchmark::State& state) {
  const Snapshot graph = whole_graph().snapshot();
  const NodeSet members = closure(graph, roots());
  const std::vector<std::uint64_t> weights(graph.size(), 1);
  for (auto _ : state) benchmark::DoNotOptimize(critical_path_order(graph, members, weights));
}
BENCHMARK(critical_order_of_everything)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ekaci::graph

BENCHMARK_MAIN();
