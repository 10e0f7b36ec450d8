#include "engine/build_plan.h"

#include <algorithm>
#include <limits>

namespace ekaci::engine {
namespace {

using graph::NodeId;

/// Whether an outcome holds for good, whoever asks and whenever.
bool is_lasting(OutcomeKind kind) {
  return kind == OutcomeKind::succeeded || kind == OutcomeKind::failed || kind == OutcomeKind::timed_out;
}

}  // namespace

// What is wanted.

void BuildPlan::want(const Wanted& wanted) {
  grow(wanted.graph);
  for (const NodeId root : wanted.roots) {
    if (!is_known(root)) continue;
    const Urgency wish{.reach = Reach(graph_.hash(root)), .above = 0, .order = wants_++, .priority = wanted.priority};
    if (at(root).urgency.absorb(wish, 0)) queue_urgency(root);
    // Since nobody wanted it, it may have been collected.
    if (at(root).needs == 0) at(root).is_present = false;
    add_need(root, wanted.need);
  }
}

void BuildPlan::unwant(const Unwanted& unwanted) {
  for (const NodeId root : unwanted.roots) {
    if (is_needed(root)) drop_need(root, unwanted.need);
  }
  release_unneeded();
}

void BuildPlan::grow(const graph::Snapshot& graph) {
  if (graph.size() < nodes_.size()) return;
  graph_ = graph;
  counts_.states[static_cast<std::size_t>(BuildState::unknown)] += graph.size() - static_cast<std::uint32_t>(nodes_.size());
  nodes_.resize(graph.size());
}

void BuildPlan::add_need(NodeId id, Need need) {
  Node& node = at(id);
  ++node.needs;
  if (need == Need::outputs) ++node.output_needs;
  if (node.state == BuildState::unknown) {
    if (is_cancelled_) {
      settle(id, OutcomeKind::cancelled);
      return;
    }
    set_state(id, BuildState::asking_outcome);
    agenda_.find_outcome.push_back(id);
  } else if (node.state == BuildState::finished && node.kind == OutcomeKind::succeeded && !node.is_present && node.output_needs > 0) {
    if (!is_cancelled_) ask_validity(id);
  }
}

void BuildPlan::drop_need(NodeId id, Need need) {
  Node& node = at(id);
  --node.needs;
  if (need == Need::outputs) --node.output_needs;
  if (node.needs == 0) unneeded_.push_back(id);
}

void BuildPlan::release_unneeded() {
  // A list and no recursion: chains of inputs are as long as a stranger likes.
  while (!unneeded_.empty()) {
    const NodeId id = unneeded_.back();
    unneeded_.pop_back();
    if (at(id).needs == 0) release(id);
  }
}

void BuildPlan::release(NodeId id) {
  switch (at(id).state) {
    case BuildState::unknown:
    case BuildState::storing:
      return;
    case BuildState::running:
      agenda_.stop.push_back(id);
      return;
    case BuildState::ready:
      agenda_.withdrawn.push_back(id);
      break;
    case BuildState::asking_outcome:
    case BuildState::asking_validity:
    case BuildState::asking_traits:
    case BuildState::waiting:
    case BuildState::backing_off:
    case BuildState::finished:
      break;
  }
  forget(id);
}

void BuildPlan::forget(NodeId id) {
  Node& node = at(id);
  collapse(id);
  if (node.has_kind && is_lasting(node.kind)) {
    set_state(id, BuildState::finished);
    return;
  }
  set_state(id, BuildState::unknown);
  node.has_kind = false;
  node.roots = {};
  node.is_remembered = false;
  node.urgency = {};
}

// What is found out.

void BuildPlan::outcome_found(NodeId id, Memory memory) {
  if (!stands(id, BuildState::asking_outcome)) return;
  Node& node = at(id);
  node.is_remembered = true;
  node.is_weak = memory == Memory::succeeded_weaker;
  switch (memory) {
    case Memory::nothing:
    case Memory::succeeded_weaker:
      ask_validity(id);
      return;
    case Memory::succeeded:
      set_kind(id, OutcomeKind::succeeded, {});
      node.output_needs > 0 ? ask_validity(id) : settle(id, OutcomeKind::succeeded);
      return;
    case Memory::failed:
      settle(id, OutcomeKind::failed);
      return;
    case Memory::timed_out:
      settle(id, OutcomeKind::timed_out);
      return;
  }
}

void BuildPlan::ask_validity(NodeId id) {
  set_state(id, BuildState::asking_validity);
  agenda_.ask_validity.push_back(id);
}

void BuildPlan::validity_found(NodeId id, Validity validity) {
  if (!stands(id, BuildState::asking_validity)) return;
  const Node& node = at(id);
  const bool has_succeeded = node.has_kind && node.kind == OutcomeKind::succeeded;
  const bool is_only_asked = node.output_needs == 0;
  if (validity == Validity::valid) {
    if (node.is_weak) {
      make(id, BuildMode::rebuild);
      return;
    }
    if (!has_succeeded) agenda_.found_valid.push_back(id);
    finish(id, OutcomeKind::succeeded);
    return;
  }
  const bool is_fetchable = validity == Validity::substitutable && !node.is_unfetchable;
  if (is_only_asked && (has_succeeded || is_fetchable)) {
    settle(id, OutcomeKind::succeeded);
    return;
  }
  make(id, is_fetchable ? BuildMode::substitute : BuildMode::build);
}

void BuildPlan::make(NodeId id, BuildMode mode) {
  at(id).mode = mode;
  if (mode == BuildMode::substitute) {
    collapse(id);
    become_ready(id);
    release_unneeded();
    return;
  }
  set_state(id, BuildState::asking_traits);
  agenda_.place.push_back(id);
}

void BuildPlan::expand(NodeId id, std::chrono::milliseconds time) {
  if (!stands(id, BuildState::asking_traits)) return;
  Node& node = at(id);
  const auto most = std::chrono::milliseconds(std::numeric_limits<std::uint32_t>::max());
  node.time = static_cast<std::uint32_t>(std::clamp(time, std::chrono::milliseconds(1), most).count());
  link(id);
  if (!node.is_expanded) {
    node.is_expanded = true;
    for (const NodeId input : graph_.inputs(id)) add_need(input, Need::outputs);
  }
  queue_urgency(id);
  evaluate(id);
}

void BuildPlan::link(NodeId id) {
  if (at(id).is_linked) return;
  at(id).is_linked = true;
  for (const NodeId input : graph_.inputs(id)) {
    links_.push_back({.user = id, .next = at(input).first_user});
    at(input).first_user = static_cast<std::uint32_t>(links_.size() - 1);
  }
}

void BuildPlan::collapse(NodeId id) {
  if (!at(id).is_expanded) return;
  const Need need = at(id).is_doomed ? Need::outcome : Need::outputs;
  at(id).is_expanded = false;
  at(id).is_doomed = false;
  for (const NodeId input : graph_.inputs(id)) drop_need(input, need);
}

void BuildPlan::evaluate(NodeId id) {
  Block block;
  std::uint32_t unmet = 0;
  for (const NodeId input : graph_.inputs(id)) {
    if (at(input).is_present) continue;
    ++unmet;
    add_block(block, block_by(input));
  }
  at(id).unmet = unmet;
  set_state(id, BuildState::waiting);
  if (block.kind != OutcomeKind::succeeded) {
    block_user(id, block);
    block_users();
    release_unneeded();
  } else if (unmet == 0) {
    become_ready(id);
  }
}

void BuildPlan::become_ready(NodeId id) {
  set_state(id, BuildState::ready);
  agenda_.ready.push_back(id);
}

// What runs.

void BuildPlan::start(NodeId id) {
  if (stands(id, BuildState::ready)) set_state(id, BuildState::running);
}

void BuildPlan::store(NodeId id) {
  if (stands(id, BuildState::running)) set_state(id, BuildState::storing);
}

void BuildPlan::back_off(NodeId id) {
  if (!is_known(id)) return;
  const Node& node = at(id);
  if (node.needs == 0) {
    forget(id);
    release_unneeded();
    return;
  }
  if (node.state == BuildState::ready) agenda_.withdrawn.push_back(id);
  set_state(id, BuildState::backing_off);
}

void BuildPlan::resume(NodeId id) {
  if (!stands(id, BuildState::backing_off)) return;
  if (at(id).is_remembered) {
    ask_validity(id);
    return;
  }
  set_state(id, BuildState::asking_outcome);
  agenda_.find_outcome.push_back(id);
}

void BuildPlan::doubt_inputs(NodeId id) {
  for (const NodeId input : graph_.inputs(id)) {
    if (!at(input).is_present) continue;
    set_present(input, false);
    if (at(input).state == BuildState::finished && at(input).needs > 0) ask_validity(input);
  }
}

void BuildPlan::doubt_cache(NodeId id) {
  if (is_known(id)) at(id).is_unfetchable = true;
}

void BuildPlan::finish(NodeId id, OutcomeKind kind) {
  if (!is_known(id)) return;
  if (kind == OutcomeKind::succeeded) at(id).is_weak = false;
  settle(id, kind);
  if (kind == OutcomeKind::succeeded) set_present(id, true);
}

/// Ends a node for a reason of its own.
void BuildPlan::settle(NodeId id, OutcomeKind kind) {
  end(id, kind);
  block_users();
  release_unneeded();
}

void BuildPlan::end(NodeId id, OutcomeKind kind) {
  if (at(id).state == BuildState::ready) agenda_.withdrawn.push_back(id);
  set_kind(id, kind, {});
  set_state(id, BuildState::finished);
  collapse(id);
  if (kind != OutcomeKind::succeeded) queue_block(id);
  if (at(id).needs == 0) unneeded_.push_back(id);
}

void BuildPlan::cancel_all() {
  is_cancelled_ = true;
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    const NodeId id{n};
    const Node& node = at(id);
    switch (node.state) {
      case BuildState::unknown:
      case BuildState::storing:
      case BuildState::finished:
        break;
      case BuildState::running:
        agenda_.stop.push_back(id);
        break;
      case BuildState::asking_outcome:
      case BuildState::asking_validity:
      case BuildState::asking_traits:
      case BuildState::waiting:
      case BuildState::ready:
      case BuildState::backing_off:
        settle(id, node.has_kind ? node.kind : OutcomeKind::cancelled);
        break;
    }
  }
}

}  // namespace ekaci::engine
