#include "review/retained.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace ekaci::review {
namespace {

using Label = PackageTable::Label;
using Node = RuntimeGraph::Node;
using Nodes = std::span<const Node>;

constexpr std::uint32_t kLeftOut = std::numeric_limits<std::uint32_t>::max();

/// A difference of the book as one job shows it.
struct Shown {
  const PackageDifference* difference = nullptr;
  const Change* example = nullptr;
  std::uint64_t attributes = 0;
};

/// In the order in which the changes show them first, so that those with one example follow each other. Turns Change::retained into
/// places in the result.
std::vector<Shown> shown_by(std::vector<Change>& changes, const DifferenceBook& book) {
  std::vector<Shown> shown;
  std::unordered_map<DifferenceBook::Number, std::uint32_t> places;
  for (Change& change : changes) {
    for (std::uint32_t& number : change.retained) {
      const auto [entry, is_new] = places.try_emplace(number, static_cast<std::uint32_t>(shown.size()));
      if (is_new) shown.push_back({.difference = &book.at(number), .example = &change});
      ++shown[entry->second].attributes;
      number = entry->second;
    }
  }
  return shown;
}

/// Places in `shown`, those with most attributes first, then by name and versions; at most kMostRetained.
std::vector<std::uint32_t> foremost(const std::vector<Shown>& shown, const PackageTable& packages) {
  std::vector<std::uint32_t> order(shown.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto package = [&](const Shown& one) { return packages.package(one.difference->any_label()); };
  std::ranges::sort(order, [&](std::uint32_t left, std::uint32_t right) {
    const Shown& one = shown[left];
    const Shown& other = shown[right];
    if (one.attributes != other.attributes) return one.attributes > other.attributes;
    if (package(one) != package(other)) return package(one) < package(other);
    return *one.difference < *other.difference;
  });
  order.resize(std::min(order.size(), kMostRetained));
  return order;
}

/// Turns places in one list into those in another, ascending.
void renumber(std::vector<Change>& changes, const std::vector<std::uint32_t>& places) {
  for (Change& change : changes) {
    for (std::uint32_t& place : change.retained) place = places[place];
    std::erase(change.retained, kLeftOut);
    std::ranges::sort(change.retained);
  }
}

std::vector<std::string> versions_of(const std::vector<Label>& labels, const PackageTable& packages) {
  std::vector<std::string> versions;
  versions.reserve(labels.size());
  for (const Label label : labels) versions.push_back(packages.version(label));
  return versions;
}

/// What a way leads to: what the side it is told of has and the other has not; where that is nothing, what it has.
std::vector<Label> destinations(const PackageDifference& difference) {
  if (difference.head.empty()) return difference.base;
  std::vector<Label> added;
  std::ranges::set_difference(difference.head, difference.base, std::back_inserter(added));
  return added.empty() ? difference.head : added;
}

/// Looks into the closures of examples, and into those of one after another only once.
class Examples {
 public:
  explicit Examples(const ClosureFacts& facts) : facts_(facts), base_walk_(facts.graph), head_walk_(facts.graph) {}

  RetainedDependency describe(const Shown& shown) {
    look_at(*shown.example);
    const PackageDifference& difference = *shown.difference;
    const PackageTable::Package package = facts_.packages.package(difference.any_label());
    return {.kind = difference.kind(),
            .name = facts_.packages.name(package),
            .base_versions = versions_of(difference.base, facts_.packages),
            .head_versions = versions_of(difference.head, facts_.packages),
            .base_bytes = bytes_of(package, base_),
            .head_bytes = bytes_of(package, head_),
            .attributes = shown.attributes,
            .example = shown.example->path,
            .way = way_to(difference)};
  }

 private:
  void look_at(const Change& change) {
    if (std::exchange(example_, &change) == &change) return;
    base_ = closure(base_walk_, facts_.roots.outputs(change.base));
    head_ = closure(head_walk_, facts_.roots.outputs(change.head));
  }

  static Nodes closure(ClosureWalk& walk, const std::optional<ClosureRoots::Nodes>& roots) {
    return roots ? walk.run(*roots).value_or(Nodes{}) : Nodes{};
  }

  [[nodiscard]] std::uint64_t bytes_of(PackageTable::Package package, Nodes nodes) const {
    std::uint64_t bytes = 0;
    for (const Node node : nodes) {
      if (facts_.packages.package_at(node) == package) bytes = add_sizes(bytes, facts_.graph.nar_size(node));
    }
    return bytes;
  }

  [[nodiscard]] std::vector<StorePath> way_to(const PackageDifference& difference) const {
    const bool is_lost = difference.kind() == RetainedKind::lost;
    const Nodes nodes = is_lost ? base_ : head_;
    const std::vector<Label> wanted = destinations(difference);
    const auto nearest =
        std::ranges::find_if(nodes, [&](Node node) { return std::ranges::binary_search(wanted, facts_.packages.label(node)); });
    if (nearest == nodes.end()) return {};
    const std::vector<Node> way = (is_lost ? base_walk_ : head_walk_).way_to(*nearest);
    std::vector<StorePath> paths;
    if (way.size() > kLongestWay) return paths;
    paths.reserve(way.size());
    for (const Node node : way) paths.push_back(facts_.graph.path(node));
    return paths;
  }

  const ClosureFacts& facts_;
  ClosureWalk base_walk_;
  ClosureWalk head_walk_;
  const Change* example_ = nullptr;
  Nodes base_;  ///< of the example, nearest first
  Nodes head_;
};

}  // namespace

DifferenceBook::Number DifferenceBook::number(const PackageDifference& difference) {
  const auto [entry, is_new] = numbers_.try_emplace(difference, static_cast<Number>(differences_.size()));
  if (is_new) differences_.push_back(difference);
  return entry->second;
}

void tell_retained(JobReview& job, const ClosureFacts& facts) {
  const std::vector<Shown> shown = shown_by(job.changes, facts.book);
  const std::vector<std::uint32_t> kept = foremost(shown, facts.packages);
  std::vector<std::uint32_t> places(shown.size(), kLeftOut);
  for (std::uint32_t place = 0; place < kept.size(); ++place) places[kept[place]] = place;
  renumber(job.changes, places);

  Examples examples(facts);
  job.retained = std::vector<RetainedDependency>(kept.size());
  for (std::size_t at = 0; at < shown.size(); ++at) {
    if (places[at] != kLeftOut) job.retained[places[at]] = examples.describe(shown[at]);
  }
  job.retained_left_out = shown.size() - kept.size();
}

}  // namespace ekaci::review
