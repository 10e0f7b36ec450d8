#include <algorithm>
#include <utility>

#include "engine/build_plan.h"

/// What a change of one node means for others: for their states, for how urgent they are, for counts and readers.
namespace ekaci::engine {
namespace {

using graph::NodeId;

/// Whether a node in this state has work before it whose duration is known.
bool is_work(BuildState state) { return state == BuildState::waiting || state == BuildState::ready || state == BuildState::running; }

/// What a node becomes that waits for one that ended like this.
OutcomeKind blocked_by(OutcomeKind kind) {
  const bool is_failure = kind == OutcomeKind::failed || kind == OutcomeKind::timed_out;
  return is_failure ? OutcomeKind::dependency_failed : kind;
}

/// Of several things that a node waits for in vain, the strongest says what becomes of it.
int strength(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::failed:
    case OutcomeKind::timed_out:
    case OutcomeKind::dependency_failed:
      return 5;
    case OutcomeKind::infrastructure:
      return 4;
    case OutcomeKind::no_builder:
      return 3;
    case OutcomeKind::cancelled:
      return 2;
    case OutcomeKind::not_built:
      return 1;
    case OutcomeKind::succeeded:
      return 0;
  }
  return 0;
}

void sort_unique(std::vector<NodeId>& nodes) {
  std::ranges::sort(nodes);
  const auto doubles = std::ranges::unique(nodes);
  nodes.erase(doubles.begin(), doubles.end());
}

}  // namespace

std::uint32_t BuildCounts::unfinished() const {
  std::uint32_t sum = 0;
  for (const std::uint32_t count : states) sum += count;
  return sum - of(BuildState::unknown) - of(BuildState::finished);
}

bool BuildAgenda::is_empty() const {
  return find_outcome.empty() && ask_validity.empty() && place.empty() && withdrawn.empty() && ready.empty() && stop.empty() &&
         found_valid.empty() && outcome_changed.empty();
}

template <class Use>
void BuildPlan::for_each_user(NodeId node, Use use) {
  for (std::uint32_t at_link = at(node).first_user; at_link != kNone; at_link = links_[at_link].next) {
    const NodeId user = links_[at_link].user;
    if (at(user).is_expanded) use(user);
  }
}

void BuildPlan::set_state(NodeId id, BuildState state) {
  Node& node = at(id);
  if (node.state == BuildState::finished) --counts_.outcomes[static_cast<std::size_t>(node.kind)];
  if (is_work(node.state)) counts_.work -= std::chrono::milliseconds(node.time);
  --counts_.states[static_cast<std::size_t>(node.state)];
  node.state = state;
  ++counts_.states[static_cast<std::size_t>(state)];
  if (is_work(state)) counts_.work += std::chrono::milliseconds(node.time);
  if (state == BuildState::finished) ++counts_.outcomes[static_cast<std::size_t>(node.kind)];
}

void BuildPlan::set_kind(NodeId id, OutcomeKind kind, RootSetId roots) {
  Node& node = at(id);
  if (node.has_kind && node.kind == kind && node.roots == roots) return;
  if (node.state == BuildState::finished) {
    --counts_.outcomes[static_cast<std::size_t>(node.kind)];
    ++counts_.outcomes[static_cast<std::size_t>(kind)];
  }
  node.kind = kind;
  node.has_kind = true;
  node.roots = roots;
  agenda_.outcome_changed.push_back(id);
}

void BuildPlan::set_present(NodeId id, bool present) {
  if (at(id).is_present == present) return;
  at(id).is_present = present;
  for_each_user(id, [&](NodeId user) {
    Node& waiting = at(user);
    if (present && waiting.state == BuildState::waiting) {
      if (--waiting.unmet == 0) become_ready(user);
    } else if (!present && (waiting.state == BuildState::waiting || waiting.state == BuildState::ready)) {
      ++waiting.unmet;
      if (waiting.state == BuildState::ready) agenda_.withdrawn.push_back(user);
      set_state(user, BuildState::waiting);
    }
  });
}

BuildPlan::Block BuildPlan::block_by(NodeId input) {
  const Node& node = at(input);
  if (node.state != BuildState::finished || node.kind == OutcomeKind::succeeded) return {};
  return {blocked_by(node.kind), node.roots.value != 0 ? node.roots : root_sets_.single(input)};
}

void BuildPlan::add_block(Block& block, const Block& other) {
  if (strength(other.kind) < strength(block.kind)) return;
  block.roots = strength(other.kind) > strength(block.kind) ? other.roots : root_sets_.merged(graph_, block.roots, other.roots);
  block.kind = other.kind;
}

void BuildPlan::block_user(NodeId id, const Block& block) {
  const Node& user = at(id);
  const bool is_blocked = user.state == BuildState::finished && user.roots.value != 0;
  if (user.state != BuildState::waiting && !is_blocked) return;
  Block now = is_blocked ? Block{user.kind, user.roots} : Block{};
  const Block before = now;
  add_block(now, block);
  if (now.kind == before.kind && now.roots == before.roots) return;
  set_kind(id, now.kind, now.roots);
  set_state(id, BuildState::finished);
  queue_block(id);
  if (user.is_expanded && !user.is_doomed) doomed_.push_back(id);
}

void BuildPlan::block_users() {
  while (!block_queue_.empty()) {
    const NodeId id = block_queue_.top();
    block_queue_.pop();
    at(id).is_in_block_queue = false;
    const Block block = block_by(id);
    if (block.kind == OutcomeKind::succeeded) continue;
    for_each_user(id, [&](NodeId user) { block_user(user, block); });
  }
  lower_needs();
}

void BuildPlan::lower_needs() {
  for (const NodeId id : std::exchange(doomed_, {})) {
    if (!at(id).is_expanded || at(id).is_doomed) continue;
    at(id).is_doomed = true;
    for (const NodeId input : graph_.inputs(id)) {
      if (--at(input).output_needs == 0) spare(input);
    }
  }
}

/// Ends what is made again for its outputs, which nobody needs any more, and does not run yet.
void BuildPlan::spare(NodeId id) {
  const Node& node = at(id);
  if (!node.has_kind || node.kind != OutcomeKind::succeeded) return;
  switch (node.state) {
    case BuildState::unknown:
    case BuildState::asking_outcome:
    case BuildState::running:
    case BuildState::storing:
    case BuildState::finished:
      return;
    case BuildState::asking_validity:
    case BuildState::asking_traits:
    case BuildState::waiting:
    case BuildState::ready:
    case BuildState::backing_off:
      end(id, OutcomeKind::succeeded);
  }
}

void BuildPlan::queue_block(NodeId id) {
  if (at(id).is_in_block_queue) return;
  at(id).is_in_block_queue = true;
  block_queue_.push(id);
}

void BuildPlan::queue_urgency(NodeId id) {
  if (at(id).is_in_urgency_queue) return;
  at(id).is_in_urgency_queue = true;
  urgency_queue_.push(id);
}

std::vector<NodeId> BuildPlan::take_reranked() {
  std::vector<NodeId> reranked;
  while (!urgency_queue_.empty()) {
    const NodeId id = urgency_queue_.top();
    urgency_queue_.pop();
    Node& node = at(id);
    node.is_in_urgency_queue = false;
    if (node.state == BuildState::ready) reranked.push_back(id);
    if (!node.is_expanded) continue;
    for (const NodeId input : graph_.inputs(id)) {
      if (at(input).urgency.absorb(node.urgency, node.time)) queue_urgency(input);
    }
  }
  return reranked;
}

std::vector<NodeId> BuildPlan::chosen(std::vector<NodeId>& nodes, BuildState state) const {
  std::vector<NodeId> taken;
  taken.swap(nodes);
  std::erase_if(taken, [&](NodeId node) { return at(node).state != state; });
  sort_unique(taken);
  return taken;
}

BuildAgenda BuildPlan::take_agenda() {
  BuildAgenda taken{.find_outcome = chosen(agenda_.find_outcome, BuildState::asking_outcome),
                    .ask_validity = chosen(agenda_.ask_validity, BuildState::asking_validity),
                    .place = chosen(agenda_.place, BuildState::asking_traits),
                    .withdrawn = std::exchange(agenda_.withdrawn, {}),
                    .ready = chosen(agenda_.ready, BuildState::ready),
                    .stop = chosen(agenda_.stop, BuildState::running),
                    .found_valid = std::exchange(agenda_.found_valid, {}),
                    .outcome_changed = std::exchange(agenda_.outcome_changed, {})};
  std::erase_if(taken.withdrawn, [&](NodeId node) { return at(node).state == BuildState::ready; });
  std::erase_if(taken.stop, [&](NodeId node) { return is_needed(node) && !is_cancelled_; });
  std::erase_if(taken.outcome_changed, [&](NodeId node) { return !at(node).has_kind; });
  for (std::vector<NodeId>* nodes : {&taken.withdrawn, &taken.found_valid, &taken.outcome_changed}) sort_unique(*nodes);
  return taken;
}

// Reads.

std::optional<OutcomeKind> BuildPlan::outcome(NodeId node) const {
  if (!is_known(node) || !at(node).has_kind) return std::nullopt;
  return at(node).kind;
}

std::span<const NodeId> BuildPlan::roots(NodeId node) const {
  return is_known(node) ? root_sets_.nodes(at(node).roots) : std::span<const NodeId>();
}

BuildRank BuildPlan::rank(NodeId id) const {
  const Node& node = at(id);
  const std::uint64_t chain = std::uint64_t{node.urgency.above} + node.time;
  return {.priority = node.urgency.priority,
          .seconds = static_cast<std::uint32_t>(chain / 1000),
          .width = node.urgency.reach.width(),
          .order = node.urgency.order};
}

std::size_t BuildPlan::memory_bytes() const { return nodes_.capacity() * sizeof(Node) + links_.capacity() * sizeof(Link); }

}  // namespace ekaci::engine
