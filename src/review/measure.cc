#include "review/measure.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "review/closure_packages.h"
#include "review/closure_roots.h"
#include "review/retained.h"
#include "review/runtime_graph.h"

namespace ekaci::review {
namespace {

using Nodes = std::span<const RuntimeGraph::Node>;

RuntimeGraph read_graph(const std::vector<JobReview>& jobs, const Measurements& known) {
  RuntimeGraph graph(known.info);
  const auto read = [&](const std::optional<AttributeResult>& side) {
    const Making* making = making_of(known, side);
    if (making == nullptr) return;
    for (const auto& [name, path] : making->outputs) graph.add(path);
    for (const StorePath& path : making->inputs) graph.add(path);
  };
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (!change.build) continue;
      read(change.base);
      read(change.head);
    }
  }
  return graph;
}

/// Both sides of one change, by the derivations: what there is to know of them is the same in every job.
using Derivations = std::pair<std::optional<StorePath>, std::optional<StorePath>>;

std::optional<StorePath> path_of(const std::optional<AttributeResult>& side) {
  const EvaluatedDerivation* derivation = derivation_of(side);
  return derivation == nullptr ? std::nullopt : std::optional(derivation->path);
}

class Measurer {
 public:
  Measurer(const RuntimeGraph& graph, const Measurements& known)
      : graph_(graph),
        known_(known),
        packages_(graph),
        roots_(graph, known),
        base_walk_(graph),
        head_walk_(graph),
        tally_(graph, packages_) {}

  /// Leaves numbers of the book in Change::retained.
  void measure(Change& change) {
    if (!change.build) return;
    const auto [first, is_new] = measured_.try_emplace({path_of(change.base), path_of(change.head)}, &change);
    if (is_new) {
      change.size = size_of(change);
    } else {
      change.size = first->second->size;
      change.retained = first->second->retained;
    }
  }

  void tell(JobReview& job) const { tell_retained(job, {.graph = graph_, .packages = packages_, .roots = roots_, .book = book_}); }

 private:
  std::optional<SizeChange> size_of(Change& change) {
    SizeChange size{.outputs = outputs_of(change)};
    const bool is_known = std::ranges::any_of(size.outputs, [](const OutputSize& output) { return output.base || output.head; });
    if (!is_known) return std::nullopt;
    size.build_closure = {.base = build_closure(change.base), .head = build_closure(change.head)};
    compare_closures(change, size);
    return size;
  }

  [[nodiscard]] std::vector<OutputSize> outputs_of(const Change& change) const {
    std::map<std::string_view, OutputSize> outputs;
    const auto note = [&](const std::optional<AttributeResult>& side, std::optional<std::uint64_t> OutputSize::* which) {
      const Making* making = making_of(known_, side);
      if (making == nullptr) return;
      for (const auto& [name, path] : making->outputs) {
        OutputSize& output = outputs.try_emplace(name, OutputSize{.name = name}).first->second;
        const auto node = graph_.find(path);
        if (node && graph_.is_known(*node)) output.*which = graph_.nar_size(*node);
      }
    };
    note(change.base, &OutputSize::base);
    note(change.head, &OutputSize::head);
    std::vector<OutputSize> result;
    result.reserve(outputs.size());
    for (auto& [name, output] : outputs) result.push_back(std::move(output));
    return result;
  }

  std::optional<std::uint64_t> build_closure(const std::optional<AttributeResult>& side) {
    const auto roots = roots_.inputs(side);
    const auto closure = roots ? base_walk_.run(*roots) : std::nullopt;
    return closure ? std::optional(total_size(graph_, *closure)) : std::nullopt;
  }

  void compare_closures(Change& change, SizeChange& size) {
    const auto base_roots = roots_.outputs(change.base);
    const auto head_roots = roots_.outputs(change.head);
    const auto base = base_roots ? base_walk_.run(*base_roots) : std::nullopt;
    const auto head = head_roots ? head_walk_.run(*head_roots) : std::nullopt;
    if (base) size.closure.base = total_size(graph_, *base);
    if (head) size.closure.head = total_size(graph_, *head);
    if (!base || !head) return;
    size.responsible = tally_.responsible(*base, *head);
    const std::vector<PackageTable::Package> own = packages_of(*base_roots, *head_roots);
    for (const PackageDifference& difference : differences(packages_, packages_.labels(*base), packages_.labels(*head))) {
      const bool is_own = std::ranges::binary_search(own, packages_.package(difference.any_label()));
      if (!is_own) change.retained.push_back(book_.number(difference));
    }
  }

  [[nodiscard]] std::vector<PackageTable::Package> packages_of(Nodes base, Nodes head) const {
    std::vector<PackageTable::Package> packages;
    for (const Nodes nodes : {base, head}) {
      for (const RuntimeGraph::Node node : nodes) packages.push_back(packages_.package_at(node));
    }
    std::ranges::sort(packages);
    return packages;
  }

  const RuntimeGraph& graph_;
  const Measurements& known_;
  PackageTable packages_;
  ClosureRoots roots_;
  ClosureWalk base_walk_;
  ClosureWalk head_walk_;
  PackageTally tally_;
  DifferenceBook book_;
  std::map<Derivations, const Change*> measured_;  ///< the first change with these derivations
};

}  // namespace

void measure_changes(std::vector<JobReview>& jobs, const Measurements& known) {
  const RuntimeGraph graph = read_graph(jobs, known);
  Measurer measurer(graph, known);
  for (JobReview& job : jobs) {
    for (Change& change : job.changes) {
      change.size.reset();
      change.retained.clear();
      measurer.measure(change);
    }
  }
  for (JobReview& job : jobs) measurer.tell(job);
}

}  // namespace ekaci::review
