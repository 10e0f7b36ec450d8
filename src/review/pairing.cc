#include "review/pairing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "review/derivation_name.h"

namespace ekaci::review {
namespace {

using graph::NodeId;
using Number = NewNodes::Number;

/// How much of a name has to be equal.
enum class Likeness { whole, but_for_version, but_for_version_and_ending };
constexpr std::array kLikenesses = {Likeness::whole, Likeness::but_for_version, Likeness::but_for_version_and_ending};

std::string key_of(std::string_view file_name, Likeness likeness) {
  constexpr std::string_view kSuffix = ".drv";
  if (file_name.ends_with(kSuffix)) file_name.remove_suffix(kSuffix.size());
  if (likeness == Likeness::whole) return std::string(file_name);
  DerivationName parts = split_derivation_name(file_name);
  if (likeness == Likeness::but_for_version) {
    // A name has neither a slash nor a space, so that no other name gives this key.
    const std::size_t last_digit = parts.version.find_last_of("0123456789");
    parts.name += '/';
    parts.name += std::string_view(parts.version).substr(last_digit == std::string::npos ? 0 : last_digit + 1);
  }
  return std::move(parts.name);
}

/// Names as numbers, each made when it is first asked for.
class Keys {
 public:
  explicit Keys(const graph::Snapshot& graph) : graph_(graph) {
    for (Table& table : tables_) table.known.resize(graph.size());
  }

  std::uint32_t key(NodeId node, Likeness likeness) {
    Table& table = tables_[static_cast<std::size_t>(likeness)];
    std::uint32_t& known = table.known[node.value];
    if (known == 0) {
      const auto next = static_cast<std::uint32_t>(table.keys.size() + 1);
      known = table.keys.try_emplace(key_of(graph_.name(node), likeness), next).first->second;
    }
    return known;
  }

 private:
  struct Table {
    std::vector<std::uint32_t> known;  ///< by node; 0 where it was not asked for
    std::unordered_map<std::string, std::uint32_t> keys;
  };

  const graph::Snapshot& graph_;
  std::array<Table, kLikenesses.size()> tables_;
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
    for (std::size_t next = 0; next < paired_.size(); ++next) match_inputs(paired_[next]);
    return std::move(base_of_);
  }

 private:
  /// Someone who looks for a partner.
  struct Single {
    NodeId node{};
    bool is_head = false;
    std::uint32_t key = 0;
  };
  using Group = std::span<Single>;
  enum class Choice { unambiguous, in_order };

  void pair(Number head, NodeId base) {
    if (base_of_[head]) return;
    base_of_[head] = base;
    paired_.push_back(head);
  }

  void match_inputs(Number user) {
    std::vector<Single> singles = singles_of(user);
    for (const Choice choice : {Choice::unambiguous, Choice::in_order}) {
      for (const Likeness likeness : kLikenesses) match(singles, likeness, choice);
    }
  }

  /// The inputs of a paired node that have no partner yet, and what can be theirs; empty where either has none.
  std::vector<Single> singles_of(Number user) {
    std::vector<Single> singles;
    std::vector<NodeId> taken;
    for (const Number input : nodes_.inputs(user)) {
      if (base_of_[input]) {
        taken.push_back(*base_of_[input]);
      } else {
        singles.push_back({.node = nodes_.node(input), .is_head = true});
      }
    }
    if (singles.empty()) return {};
    const graph::Snapshot& graph = nodes_.graph();
    std::vector<NodeId> gone;
    std::ranges::set_difference(graph.inputs(*base_of_[user]), graph.inputs(nodes_.node(user)), std::back_inserter(gone));
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
    const graph::Snapshot& graph = nodes_.graph();
    std::ranges::sort(singles, [&](const Single& left, const Single& right) {
      const auto rank = [](const Single& single) { return std::tuple(single.key, !single.is_head); };
      if (rank(left) != rank(right)) return rank(left) < rank(right);
      const auto path = [&](const Single& single) {
        return std::tuple<std::string_view, const StoreHash&>(graph.name(single.node), graph.hash(single.node));
      };
      return path(left) < path(right);
    });
    std::vector<Single> rest;
    for (auto first = singles.begin(); first != singles.end();) {
      const auto last = std::find_if(first, singles.end(), [&](const Single& single) { return single.key != first->key; });
      match_group({first, last}, choice, rest);
      first = last;
    }
    singles = std::move(rest);
  }

  /// A group has its heads first.
  void match_group(Group group, Choice choice, std::vector<Single>& rest) {
    const auto heads = static_cast<std::size_t>(std::ranges::count(group, true, &Single::is_head));
    const std::size_t bases = group.size() - heads;
    const bool is_ambiguous = heads > 1 || bases > 1;
    const std::size_t pairs = choice == Choice::unambiguous && is_ambiguous ? 0 : std::min(heads, bases);
    for (std::size_t n = 0; n < pairs; ++n) pair(*nodes_.number(group[n].node), group[heads + n].node);
    std::ranges::copy(group.subspan(pairs, heads - pairs), std::back_inserter(rest));
    std::ranges::copy(group.subspan(heads + pairs), std::back_inserter(rest));
  }

  const NewNodes& nodes_;
  Keys keys_;
  std::vector<std::optional<NodeId>> base_of_;
  std::vector<Number> paired_;  ///< in the order in which they were
};

}  // namespace

std::vector<std::optional<NodeId>> pair_with_base(const NewNodes& nodes, std::span<const RebuiltAttribute> attributes) {
  return Pairing(nodes).run(attributes);
}

}  // namespace ekaci::review
