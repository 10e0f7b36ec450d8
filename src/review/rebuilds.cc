#include "review/rebuilds.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "graph/closure.h"
#include "review/new_nodes.h"
#include "review/reach.h"

namespace ekaci::review {
namespace {

using graph::NodeId;
using Number = NewNodes::Number;

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

std::vector<NodeId> heads_of(std::span<const RebuiltAttribute> attributes) {
  std::vector<NodeId> heads;
  heads.reserve(attributes.size());
  for (const RebuiltAttribute& attribute : attributes) heads.push_back(attribute.head);
  return heads;
}

/// Run once; each step builds on those before it.
class Search {
 public:
  Search(const NewNodes& nodes, std::span<const RebuiltAttribute> attributes) : nodes_(nodes), attributes_(attributes) {}

  Rebuilds run() {
    find_origins();
    find_ways();
    count_explained();
    rank();
    write_derivations(pair_with_base(nodes_, attributes_));
    write_attributes();
    return std::move(result_);
  }

 private:
  struct Found {
    Number node = 0;
    Reach reach{};
    std::uint64_t explained = 0;
    std::uint32_t rank = 0;
  };
  /// The best way down from a node.
  struct Way {
    Number towards = kNone;
    std::uint32_t distance = 0;
    std::uint32_t origin = 0;  ///< in origins_
  };

  [[nodiscard]] std::string_view name(Number number) const { return nodes_.graph().name(nodes_.node(number)); }
  [[nodiscard]] const StoreHash& hash(Number number) const { return nodes_.graph().hash(nodes_.node(number)); }

  /// Leaves them in the order in which ways prefer them.
  void find_origins() {
    std::vector<std::uint32_t> attributes_at(nodes_.size());
    for (const RebuiltAttribute& attribute : attributes_) {
      if (const auto number = nodes_.number(attribute.head)) ++attributes_at[*number];
    }
    std::vector<Number> numbers;
    for (Number n = 0; n < nodes_.size(); ++n) {
      if (nodes_.inputs(n).empty()) numbers.push_back(n);
    }
    const std::vector<Reach> reaches = reach_of(nodes_, numbers, attributes_at);
    for (std::size_t n = 0; n < numbers.size(); ++n) origins_.push_back({.node = numbers[n], .reach = reaches[n]});
    std::ranges::sort(origins_, [&](const Found& left, const Found& right) {
      if (left.reach.attributes != right.reach.attributes) return left.reach.attributes > right.reach.attributes;
      return std::tie(hash(left.node)) < std::tie(hash(right.node));
    });
  }

  /// Inputs come before their users, so every node's best way is an input's best way and one step.
  void find_ways() {
    ways_.resize(nodes_.size());
    for (std::uint32_t origin = 0; origin < origins_.size(); ++origin) ways_[origins_[origin].node].origin = origin;
    for (Number n = 0; n < nodes_.size(); ++n) {
      for (const Number input : nodes_.inputs(n)) {
        if (ways_[n].towards == kNone || is_better(input, ways_[n].towards)) ways_[n].towards = input;
      }
      if (const Number towards = ways_[n].towards; towards != kNone) {
        ways_[n].distance = ways_[towards].distance + 1;
        ways_[n].origin = ways_[towards].origin;
      }
    }
  }

  [[nodiscard]] bool is_better(Number one, Number other) const {
    const auto merit = [&](Number n) { return std::pair(ways_[n].distance, ways_[n].origin); };
    if (merit(one) != merit(other)) return merit(one) < merit(other);
    return hash(one) < hash(other);
  }

  void count_explained() {
    for (const RebuiltAttribute& attribute : attributes_) {
      if (const auto number = nodes_.number(attribute.head)) ++origins_[ways_[*number].origin].explained;
    }
  }

  void rank() {
    ranked_.resize(origins_.size());
    for (std::uint32_t n = 0; n < ranked_.size(); ++n) ranked_[n] = n;
    std::ranges::sort(ranked_, [&](std::uint32_t left, std::uint32_t right) {
      const Found& one = origins_[left];
      const Found& other = origins_[right];
      if (one.reach.attributes != other.reach.attributes) return one.reach.attributes > other.reach.attributes;
      if (one.explained != other.explained) return one.explained > other.explained;
      return std::tuple(name(one.node), left) < std::tuple(name(other.node), right);
    });
    for (std::uint32_t n = 0; n < ranked_.size(); ++n) origins_[ranked_[n]].rank = n;
  }

  /// The nodes on the way of some attribute, and all origins: nearest to an origin first, so that a step comes before those that lead
  /// to it, then by path. No order of ids: the same change is told in the same words in whatever order it was read.
  void number_steps() {
    std::vector<bool> is_step(nodes_.size());
    for (const Found& origin : origins_) is_step[origin.node] = true;
    for (const RebuiltAttribute& attribute : attributes_) {
      if (const auto number = nodes_.number(attribute.head)) is_step[*number] = true;
    }
    for (Number n = nodes_.size(); n-- > 0;) {
      if (is_step[n] && ways_[n].towards != kNone) is_step[ways_[n].towards] = true;
    }
    for (Number n = 0; n < nodes_.size(); ++n) {
      if (is_step[n]) steps_.push_back(n);
    }
    std::ranges::sort(steps_, [&](Number left, Number right) {
      return std::tie(ways_[left].distance, hash(left)) < std::tie(ways_[right].distance, hash(right));
    });
    index_.assign(nodes_.size(), kNone);
    for (std::uint32_t at = 0; at < steps_.size(); ++at) index_[steps_[at]] = at;
  }

  void write_derivations(const std::vector<std::optional<NodeId>>& bases) {
    number_steps();
    for (Number n = 0; n < nodes_.size(); ++n) {
      if (const std::optional<NodeId>& base = bases[n]) result_.replaced.push_back({.head = nodes_.node(n), .base = *base});
    }
    for (const Number n : steps_) {
      const NodeId node = nodes_.node(n);
      const std::optional<NodeId>& base = bases[n];
      RebuiltDerivation step{.head = nodes_.graph().path(node), .distance = ways_[n].distance, .origin = origins_[ways_[n].origin].rank};
      if (base) step.base = nodes_.graph().path(*base);
      if (ways_[n].towards != kNone) step.towards = index_[ways_[n].towards];
      result_.derivations.push_back(std::move(step));
      result_.nodes.push_back(node);
    }
    for (const std::uint32_t origin : ranked_) {
      const Found& found = origins_[origin];
      result_.origins.push_back({.derivation = index_[found.node],
                                 .attributes = found.reach.attributes,
                                 .explained = found.explained,
                                 .derivations = found.reach.derivations});
    }
  }

  void write_attributes() {
    result_.of_attributes.reserve(attributes_.size());
    for (const RebuiltAttribute& attribute : attributes_) {
      const auto number = nodes_.number(attribute.head);
      result_.of_attributes.push_back(number ? std::optional(index_[*number]) : std::nullopt);
    }
  }

  const NewNodes& nodes_;
  std::span<const RebuiltAttribute> attributes_;
  std::vector<Found> origins_;
  std::vector<Way> ways_;              ///< by number
  std::vector<std::uint32_t> ranked_;  ///< positions in origins_, foremost first
  std::vector<Number> steps_;          ///< in the order of the result
  std::vector<std::uint32_t> index_;   ///< by number: where it stands in steps_
  Rebuilds result_;
};

}  // namespace

Rebuilds find_rebuilds(const graph::Snapshot& graph, const RebuildRoots& roots) {
  const NewNodes nodes(graph, graph::new_since(graph, roots.base, heads_of(roots.attributes)));
  return Search(nodes, roots.attributes).run();
}

std::vector<Replacement> replaced_inputs(const graph::Snapshot& graph, const Rebuilds& rebuilds, NodeId head) {
  std::vector<Replacement> found;
  for (const NodeId input : graph.inputs(head)) {
    const auto at = std::ranges::lower_bound(rebuilds.replaced, input, {}, &Rebuilds::Replaced::head);
    if (at == rebuilds.replaced.end() || at->head != input) continue;
    found.push_back({.base = graph.path(at->base), .head = graph.path(input)});
  }
  return found;
}

}  // namespace ekaci::review
