// Reads the derivations of a store directory into a graph, as a review does, and says what it took. Run by bench/graph-read.
//
//   graph_read <store directory> checked|trusted|roots < paths
//
// checked: each path is computed from its bytes, as for a store that anybody could have written; trusted: it is not. roots: prints
// those of the given paths that no other derivation uses.
#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "drv/closure.h"
#include "drv/derivation.h"
#include "drv/record.h"
#include "graph/closure.h"
#include "graph/graph.h"

namespace ekaci {
namespace {

using MakeRecord = Result<DerivationRecord> (*)(const StorePath&, std::string);

struct Reading {
  graph::Graph graph;
  std::uint64_t bytes = 0;
};

Result<Reading> read_graph(const std::filesystem::path& store, const std::vector<StorePath>& roots, MakeRecord make_record) {
  Reading reading;
  const auto load = [&](const StorePath& path) -> Result<DerivationRecord> {
    Result<std::string> bytes = read_file(store / path.base_name(), drv::kMaxDerivationSize);
    if (!bytes) return fail(bytes.error());
    reading.bytes += bytes->size();
    return make_record(path, std::move(*bytes));
  };
  const auto known = [&](const StorePath& path) { return reading.graph.find(path).has_value(); };
  Status added;
  const auto sink = [&](const DerivationRecord& record) {
    if (const Result<graph::NodeId> node = reading.graph.add(record); !node && added) added = fail(node.error());
  };
  if (Status walked = drv::walk_closure(roots, {.load = load, .known = known, .sink = sink}); !walked) return fail(walked.error());
  if (!added) return fail(added.error());
  return reading;
}

void print_roots(const graph::Graph& graph) {
  const graph::ReverseEdges edges(graph.nodes());
  for (std::uint32_t n = 0; n < graph.nodes().size(); ++n) {
    if (edges.users({n}).empty()) fmt::print("{}\n", graph.nodes().path({n}).to_string());
  }
}

int run(const std::filesystem::path& store, std::string_view mode) {
  std::vector<StorePath> roots;
  for (std::string line; std::getline(std::cin, line);) roots.push_back(StorePath::parse(line).value());
  const auto begun = std::chrono::steady_clock::now();
  const Result<Reading> reading = read_graph(store, roots, mode == "checked" ? drv::make_record : drv::make_trusted_record);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
  if (!reading) {
    fmt::print(stderr, "graph_read: {}\n", reading.error().to_string());
    return EXIT_FAILURE;
  }
  if (mode == "roots") {
    print_roots(reading->graph);
    return EXIT_SUCCESS;
  }
  const graph::Snapshot& nodes = reading->graph.nodes();
  fmt::print("{:.1f} ms, {} derivations, {} edges, {} bytes read, {} bytes of graph\n", took.count(), nodes.size(), nodes.edge_count(),
             reading->bytes, reading->graph.memory_bytes());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace ekaci

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv, argv + argc);
  if (arguments.size() != 3) {
    fmt::print(stderr, "usage: graph_read <store directory> checked|trusted|roots < paths\n");
    return EXIT_FAILURE;
  }
  return ekaci::run(arguments[1], arguments[2]);
}
