#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "engine/build_events.h"
#include "engine/builds.h"
#include "graph/graph.h"
#include "model/outcome.h"

/// What is true of the nodes of a simulated world, and what follows from that alone: how each has to end, whatever happens on the
/// way. It knows nothing of how engine::Builds comes to its results.
namespace ekaci::fake {

using graph::NodeId;

struct WorldOptions {
  std::uint64_t seed = 1;
  std::uint32_t nodes = 20;
  std::uint32_t collections = 0;  ///< times that outputs are collected
  std::uint32_t losses = 0;       ///< times that a builder goes away
  bool builders_return = true;
  std::uint32_t question_faults = 0;  ///< times that a question is not answered
  std::uint32_t withdrawals = 0;      ///< times that a root is not wanted any more
  bool has_hopeless_nodes = true;     ///< nodes whose builds always end for want of memory
  engine::BuildPolicy policy{};
};

/// How a node's build ends, whoever builds it.
enum class Nature : std::uint8_t { succeeds, fails, times_out, exhausts_memory };

struct TrueNode {
  std::vector<NodeId> inputs{};
  Nature nature = Nature::succeeds;
  std::uint32_t flakes = 0;       ///< builds that still end for want of memory before one ends as its nature is
  bool is_substitutable = false;  ///< a binary cache says that it has it
  bool is_cache_lying = false;    ///< and does not
  engine::BuildTraits traits{};
  std::optional<engine::Need> root{};  ///< wanted, and what of it
  engine::Priority priority = engine::Priority::head;
};

struct Verdict {
  OutcomeKind kind = OutcomeKind::succeeded;
  std::set<NodeId> roots{};
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

class SimulatedTruth {
 public:
  SimulatedTruth(const WorldOptions& options, std::mt19937_64& random) : policy_(options.policy), random_(&random) {
    make_nodes(options);
    make_past();
  }

  [[nodiscard]] const std::vector<TrueNode>& nodes() const { return nodes_; }
  /// What was remembered and valid before anybody wanted anything.
  [[nodiscard]] const std::map<std::uint32_t, Outcome>& memory() const { return memory_; }
  [[nodiscard]] const std::set<std::uint32_t>& valid() const { return valid_; }

  /// How a node ends that is needed.
  Verdict verdict(NodeId id, const graph::Snapshot& graph) {
    const auto known = verdicts_.find(id.value);
    if (known != verdicts_.end()) return known->second;
    return verdicts_.emplace(id.value, work_out(id, graph)).first->second;
  }

 private:
  Verdict work_out(NodeId id, const graph::Snapshot& graph) {
    const TrueNode& node = nodes_[id.value];
    if (can_be_made(id)) return {};
    if (const auto failure = remembered_failure(id)) return {*failure, {}};
    if (!has_builder(node.traits)) return {OutcomeKind::no_builder, {}};
    Verdict blocked;
    for (const OutcomeKind kind : {OutcomeKind::dependency_failed, OutcomeKind::infrastructure, OutcomeKind::no_builder}) {
      for (const NodeId input : node.inputs) {
        const Verdict below = verdict(input, graph);
        const bool is_failure = below.kind == OutcomeKind::failed || below.kind == OutcomeKind::timed_out;
        if ((is_failure ? OutcomeKind::dependency_failed : below.kind) != kind) continue;
        blocked.kind = kind;
        blocked.roots.insert(below.roots.begin(), below.roots.end());
        if (below.roots.empty()) blocked.roots.insert(input);
      }
      if (blocked.kind == kind) return bounded(blocked, graph);
    }
    if (node.nature == Nature::exhausts_memory) return {OutcomeKind::infrastructure, {}};
    return {node.nature == Nature::times_out ? OutcomeKind::timed_out : OutcomeKind::failed, {}};
  }
  [[nodiscard]] Verdict bounded(Verdict verdict, const graph::Snapshot& graph) const {
    std::vector<NodeId> roots(verdict.roots.begin(), verdict.roots.end());
    std::ranges::sort(roots, {}, [&graph](NodeId node) { return graph.path(node); });
    if (roots.size() > policy_.roots) roots.resize(policy_.roots);
    verdict.roots = {roots.begin(), roots.end()};
    return verdict;
  }

  std::uint64_t below(std::uint64_t bound) { return (*random_)() % bound; }
  bool one_in(std::uint64_t chances) { return below(chances) == 0; }

  void make_nodes(const WorldOptions& options) {
    nodes_.resize(options.nodes);
    for (std::uint32_t n = 0; n < options.nodes; ++n) {
      TrueNode& node = nodes_[n];
      std::set<NodeId> inputs;
      for (std::uint64_t i = below(4); i > 0 && n > 0; --i) {
        inputs.insert({static_cast<std::uint32_t>(one_in(2) ? below(n) : n - 1 - below(std::min(n, 5U)))});
      }
      node.inputs.assign(inputs.begin(), inputs.end());
      if (one_in(12)) node.nature = Nature::fails;
      if (one_in(25)) node.nature = Nature::times_out;
      if (options.has_hopeless_nodes && one_in(25)) node.nature = Nature::exhausts_memory;
      if (one_in(5)) node.flakes = 1 + static_cast<std::uint32_t>(below(2));
      node.traits = any_traits(node);
      if (one_in(3) || n + 1 == options.nodes) node.root = one_in(4) ? engine::Need::outputs : engine::Need::outcome;
      node.priority = static_cast<engine::Priority>(below(3));
    }
  }

  engine::BuildTraits any_traits(const TrueNode& node) {
    engine::BuildTraits traits{.system = one_in(6) ? "aarch64-linux" : "x86_64-linux"};
    if (one_in(30)) traits.system = "riscv64-linux";
    if (one_in(40)) traits.required_features = {"quantum"};
    if (one_in(10) && traits.system == "x86_64-linux") traits.required_features = {"kvm", "kvm"};
    traits.fixed_output = node.inputs.empty() && one_in(2);
    traits.prefer_local = one_in(8);
    if (one_in(2)) traits.last_success = std::chrono::milliseconds(below(100'000));
    return traits;
  }

  /// What was remembered, valid and in a cache before anybody wanted anything: only what could have been built.
  void make_past() {
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
      TrueNode& node = nodes_[n];
      if (one_in(15))
        memory_[n] = Outcome{.kind = one_in(3) ? OutcomeKind::timed_out : OutcomeKind::failed, .assurance = strong(), .attempts = 1};
      if (one_in(25)) memory_[n] = Outcome{.kind = OutcomeKind::failed, .assurance = {}, .attempts = 2};
      if (!can_be_made({n})) continue;
      if (one_in(6)) valid_.insert(n);
      if (one_in(6)) memory_[n] = Outcome{.kind = OutcomeKind::succeeded, .assurance = one_in(4) ? Assurance{} : strong(), .attempts = 1};
      node.is_substitutable = one_in(6);
      node.is_cache_lying = one_in(4);
    }
  }
  static Assurance strong() { return {BuildSandbox::full, BuildTrust::untrusted}; }

  /// Whether nothing below can keep it from being built, nor it itself.
  [[nodiscard]] bool can_be_made(NodeId id) const {
    const TrueNode& node = nodes_[id.value];
    return node.nature == Nature::succeeds && !remembered_failure(id) && has_builder(node.traits) &&
           std::ranges::all_of(node.inputs, [this](NodeId input) { return can_be_made(input); });
  }
  /// Known before anybody wanted anything, and to be believed.
  [[nodiscard]] std::optional<OutcomeKind> remembered_failure(NodeId id) const {
    const auto found = memory_.find(id.value);
    if (found == memory_.end() || policy_.failures == engine::BuildPolicy::Failures::ask_again) return std::nullopt;
    const Outcome& past = found->second;
    const bool is_failure = past.kind == OutcomeKind::failed || past.kind == OutcomeKind::timed_out;
    return is_failure && past.assurance.covers(strong()) ? std::optional(past.kind) : std::nullopt;
  }
  static bool has_builder(const engine::BuildTraits& traits) {
    const bool needs_quantum = std::ranges::find(traits.required_features, "quantum") != traits.required_features.end();
    return traits.system != "riscv64-linux" && !needs_quantum;
  }

  engine::BuildPolicy policy_;
  std::mt19937_64* random_;
  std::vector<TrueNode> nodes_{};
  std::map<std::uint32_t, Outcome> memory_{};
  std::set<std::uint32_t> valid_{};
  std::map<std::uint32_t, Verdict> verdicts_{};
};

}  // namespace ekaci::fake
