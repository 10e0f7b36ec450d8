#include "engine/build_run.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "review/transitions.h"

namespace ekaci::engine {
namespace {

void append(std::vector<BuildEffect>& effects, std::vector<BuildEffect> more) {
  effects.insert(effects.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<BuildEffect> BuildRun::start(Clock::Instant now, std::span<const BuilderDescription> builders) {
  std::vector<BuildEffect> effects;
  std::uint32_t id = 0;
  for (const BuilderDescription& builder : builders) append(effects, tell(now, BuilderPresent{BuilderId{id++}, builder}));
  return effects;
}

std::vector<BuildEffect> BuildRun::want(Clock::Instant now, BuildWish wish) {
  graph_ = std::move(wish.graph);
  base_ = wish.base;
  std::vector<BuildEffect> effects;
  for (const Need need : {Need::outcome, Need::outputs}) append(effects, tell(now, head_wanted(wish.pairs, need)));
  for (const BuildPair& pair : wish.pairs) {
    if (!pair.base) continue;
    bases_.insert(*pair.base);
    base_of_.emplace(pair.head, Counterpart{*pair.base, pair.purpose, pair.base_need});
    // Of one that was wanted before, all may be known already.
    changed_.push_back(pair.head);
  }
  append(effects, want_base(now));
  return effects;
}

Wanted BuildRun::head_wanted(std::span<const BuildPair> pairs, Need need) {
  Wanted head{.graph = graph_, .roots = {}, .priority = Priority::head, .need = need};
  std::unordered_set<graph::NodeId>& wanted = need == Need::outcome ? heads_ : measured_heads_;
  for (const BuildPair& pair : pairs) {
    if (pair.head_need != need) continue;
    if (wanted.insert(pair.head).second) head.roots.push_back(pair.head);
  }
  std::ranges::sort(head.roots);
  return head;
}

std::vector<BuildEffect> BuildRun::handle(Clock::Instant now, const BuildEvent& event) {
  std::vector<BuildEffect> effects = tell(now, event);
  append(effects, want_base(now));
  return effects;
}

std::vector<BuildEffect> BuildRun::tell(Clock::Instant now, const BuildEvent& event) {
  std::vector<BuildEffect> effects = builds_.handle(now, event);
  for (const BuildEffect& effect : effects) note(effect);
  return effects;
}

void BuildRun::note(const BuildEffect& effect) {
  if (const auto* changed = std::get_if<OutcomesChanged>(&effect)) {
    changed_.insert(changed_.end(), changed->nodes.begin(), changed->nodes.end());
  }
  if (const auto* stored = std::get_if<StoreAttempt>(&effect)) note_attempt(*stored);
}

void BuildRun::note_attempt(const StoreAttempt& effect) {
  attempts_[effect.node] = effect.outcome.attempts;
  if (effect.attempt.result == AttemptResult::built) ++built_;
  if (effect.attempt.result == AttemptResult::substituted) ++substituted_;
}

void BuildRun::sort_base_of(graph::NodeId head, BaseWants& wants) {
  const std::optional<OutcomeKind> kind = builds_.outcome(head);
  auto [base, last] = base_of_.equal_range(head);
  while (kind && base != last) {
    const std::optional<Priority> priority = priority_of(base->second, *kind);
    if (priority) {
      const bool is_measured = *kind == OutcomeKind::succeeded && base->second.need == Need::outputs;
      Wanted& deciding = is_measured ? wants.measured : wants.deciding;
      (*priority == Priority::base_deciding ? deciding : wants.sizes).roots.push_back(base->second.node);
      base = base_of_.erase(base);
    } else {
      ++base;
    }
  }
}

std::optional<Priority> BuildRun::priority_of(const Counterpart& base, OutcomeKind head) const {
  if (review::is_failure(head)) return Priority::base_deciding;
  if (head != OutcomeKind::succeeded) return std::nullopt;
  if (base.purpose == BuildPurpose::size_check) return Priority::base_deciding;
  return base_ == BaseBuilds::all ? std::optional(Priority::base_sizes) : std::nullopt;
}

std::vector<BuildEffect> BuildRun::want_base(Clock::Instant now) {
  std::vector<BuildEffect> effects;
  if (base_ == BaseBuilds::none) {
    changed_.clear();
    return effects;
  }
  // Wanting base can make outcomes known at once, of nodes that are at head too.
  while (!changed_.empty()) {
    BaseWants wants{.deciding = {.graph = graph_, .roots = {}, .priority = Priority::base_deciding},
                    .measured = {.graph = graph_, .roots = {}, .priority = Priority::base_deciding, .need = Need::outputs},
                    .sizes = {.graph = graph_, .roots = {}, .priority = Priority::base_sizes}};
    for (const graph::NodeId head : std::exchange(changed_, {})) sort_base_of(head, wants);
    for (const Wanted& wanted : {std::cref(wants.deciding), std::cref(wants.measured), std::cref(wants.sizes)}) {
      if (!wanted.roots.empty()) append(effects, tell(now, wanted));
    }
  }
  return effects;
}

void BuildRun::add_outcome(graph::NodeId node, BuildFindings& findings) const {
  const auto [place, is_first] = findings.outcomes.try_emplace(graph_.path(node));
  if (!is_first) return;
  Outcome outcome{.kind = builds_.outcome(node).value_or(OutcomeKind::not_built)};
  if (const auto attempts = attempts_.find(node); attempts != attempts_.end()) outcome.attempts = attempts->second;
  for (const graph::NodeId root : builds_.roots(node)) outcome.roots.push_back(graph_.path(root));
  place->second = std::move(outcome);
  if (const std::string_view reason = builds_.reason(node); !reason.empty()) findings.reasons.emplace(graph_.path(node), reason);
  for (const graph::NodeId root : builds_.roots(node)) add_outcome(root, findings);
}

BuildFindings BuildRun::findings() const {
  BuildFindings findings{.built = built_, .substituted = substituted_};
  for (const graph::NodeId head : heads_) add_outcome(head, findings);
  for (const graph::NodeId head : measured_heads_) add_outcome(head, findings);
  for (const graph::NodeId base : bases_) add_outcome(base, findings);
  // What has an outcome of its own without an attempt of this run was known before.
  const BuildCounts& counts = builds_.counts();
  std::uint64_t known = counts.of(OutcomeKind::succeeded) + counts.of(OutcomeKind::failed) + counts.of(OutcomeKind::timed_out);
  for (const auto& [node, attempts] : attempts_) {
    const std::optional<OutcomeKind> kind = builds_.outcome(node);
    const bool counted = kind == OutcomeKind::succeeded || kind == OutcomeKind::failed || kind == OutcomeKind::timed_out;
    if (counted && known > 0) --known;
  }
  findings.reused = known;
  return findings;
}

}  // namespace ekaci::engine
