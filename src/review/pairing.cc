#include "review/pairing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <unordered_map>

#include "review/derivation_name.h"

namespace ekaci::review {
namespace {

using graph::NodeId;
using Number = NewNodes::Number;

/// How much of a name has to be equal.
enum class Likeness { whole, but_for_version, but_for_version_and_ending };
constexpr std::array kLikenesses = {Likeness::whole, Likeness::but_for_version, Likeness::but_for_version_and_ending};

/// Names as numbers, each made when it is first asked for.
class Keys {
 public:
  explicit Keys(const graph::Snapshot& graph) : graph_(graph), known_(graph.size()) {}

  /// Equal for two nodes whose names are so much alike.
  std::uint64_t key(NodeId node, Likeness likeness) {
    Parts& parts = known_[node.value];
    switch (likeness) {
      case Likeness::whole:
        if (parts.whole == 0) parts.whole = number(wholes_, name(node));
        return parts.whole;
      case Likeness::but_for_version:
        split(node, parts);
        return (std::uint64_t{parts.stem} << 32U) | parts.ending;
      case Likeness::but_for_version_and_ending:
        split(node, parts);
        return parts.stem;
    }
    return 0;
  }

 private:
  using Numbers = std::unordered_map<std::string_view, std::uint32_t>;  ///< of texts that the graph owns
  struct Parts {
    std::uint32_t whole = 0;  ///< 0 where it was not asked for
    std::uint32_t stem = 0;
    std::uint32_t ending = 0;
  };

  static std::uint32_t number(Numbers& numbers, std::string_view text) {
    return numbers.try_emplace(text, static_cast<std::uint32_t>(numbers.size() + 1)).first->second;
  }

  [[nodiscard]] std::string_view name(NodeId node) const { return without_drv(graph_.name(node)); }

  void split(NodeId node, Parts& parts) {
    if (parts.stem != 0) return;
    const std::string_view whole = name(node);
    const std::size_t stem = split_derivation_name(whole).name.size();
    const std::string_view version = whole.substr(stem);
    const std::size_t last_digit = version.find_last_of("0123456789");
    parts.stem = number(stems_, whole.substr(0, stem));
    parts.ending = number(endings_, version.substr(last_digit == std::string_view::npos ? 0 : last_digit + 1));
  }

  const graph::Snapshot& graph_;
  std::vector<Parts> known_;  ///< by node
  Numbers wholes_;
  Numbers stems_;
  Numbers endings_;
};

class Pairing {
 public:
  explicit Pairing(const NewNodes& nodes) : nodes_(nodes), keys_(nodes.graph()), base_of_(nodes.size()) {}

  std::vector<std::optional<NodeId>> run(std::span<const RebuiltAttribute> attributes) {
    for (const RebuiltAttribute& attribute : attributes) {
      const std::optional<Number> head = nodes_.number(attribute.head);
      if (head && attribute.base) pair(*head, *attribute.base);
    }
    // Grows while it is gone through.
    std::size_t next = 0;
    while (next < paired_.size()) match_inputs(paired_[next++]);
    return std::move(base_of_);
  }

 private:
  struct Pair {
    Number head = 0;
    NodeId base{};
  };
  /// Someone who looks for a partner.
  struct Single {
    NodeId node{};
    bool is_head = false;
    std::uint64_t key = 0;
  };
  using Group = std::span<Single>;
  enum class Choice { unambiguous, in_order };

  void pair(Number head, NodeId base) {
    if (base_of_[head]) return;
    base_of_[head] = base;
    paired_.push_back({.head = head, .base = base});
  }

  void match_inputs(Pair user) {
    std::vector<Single> singles = singles_of(user);
    for (const Choice choice : {Choice::unambiguous, Choice::in_order}) {
      for (const Likeness likeness : kLikenesses) match(singles, likeness, choice);
    }
  }

  /// The inputs of a paired node that have no partner yet, and what can be theirs; empty where either has none.
  std::vector<Single> singles_of(Pair user) {
    std::vector<Single> singles;
    std::vector<NodeId> taken;
    for (const Number input : nodes_.inputs(user.head)) {
      if (const std::optional<NodeId>& base = base_of_[input]) {
        taken.push_back(*base);
      } else {
        singles.push_back({.node = nodes_.node(input), .is_head = true});
      }
    }
    if (singles.empty()) return {};
    const graph::Snapshot& graph = nodes_.graph();
    std::vector<NodeId> gone;
    std::ranges::set_difference(graph.inputs(user.base), graph.inputs(nodes_.node(user.head)), std::back_inserter(gone));
    std::ranges::sort(taken);
    for (const NodeId node : gone) {
      if (!std::ranges::binary_search(taken, node)) singles.push_back({.node = node});
    }
    return singles.back().is_head ? std::vector<Single>() : singles;
  }

  /// Pairs within groups of one key, and takes who found a partner out.
  void match(std::vector<Single>& singles, Likeness likeness, Choice choice) {
    if (singles.empty()) return;
    for (Single& single : singles) single.key = keys_.key(single.node, likeness);
    std::ranges::sort(singles, [&](const Single& left, const Single& right) {
      if (left.key != right.key) return left.key < right.key;
      if (left.is_head != right.is_head) return left.is_head;
      return choice == Choice::in_order && goes_before(left.node, right.node);
    });
    std::vector<Single> rest;
    for (auto first = singles.begin(); first != singles.end();) {
      const auto last = std::find_if(first, singles.end(), [&](const Single& single) { return single.key != first->key; });
      match_group({first, last}, choice, rest);
      first = last;
    }
    singles = std::ranges::any_of(rest, &Single::is_head) ? std::move(rest) : std::vector<Single>();
  }

  [[nodiscard]] bool goes_before(NodeId left, NodeId right) const {
    const graph::Snapshot& graph = nodes_.graph();
    const int order = graph.name(left).compare(graph.name(right));
    return order < 0 || (order == 0 && graph.hash(left) < graph.hash(right));
  }

  /// A group has its heads first.
  void match_group(Group group, Choice choice, std::vector<Single>& rest) {
    const auto heads = static_cast<std::size_t>(std::ranges::count(group, true, &Single::is_head));
    const std::size_t bases = group.size() - heads;
    const bool is_ambiguous = heads > 1 || bases > 1;
    const std::size_t pairs = choice == Choice::unambiguous && is_ambiguous ? 0 : std::min(heads, bases);
    for (std::size_t n = 0; n < pairs; ++n) {
      if (const auto head = nodes_.number(group[n].node)) pair(*head, group[heads + n].node);
    }
    std::ranges::copy(group.subspan(pairs, heads - pairs), std::back_inserter(rest));
    std::ranges::copy(group.subspan(heads + pairs), std::back_inserter(rest));
  }

  const NewNodes& nodes_;
  Keys keys_;
  std::vector<std::optional<NodeId>> base_of_;
  std::vector<Pair> paired_;  ///< in the order in which they were
};

}  // namespace

std::vector<std::optional<NodeId>> pair_with_base(const NewNodes& nodes, std::span<const RebuiltAttribute> attributes) {
  return Pairing(nodes).run(attributes);
}

}  // namespace ekaci::review
