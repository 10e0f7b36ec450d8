#include "review/transitions.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace ekaci::review {
namespace {

/// Names of attributes that a root failure repeats.
constexpr std::size_t kNamedAttributes = 20;

OutcomeKind kind_of(const EvaluatedDerivation& derivation, const FindOutcome& outcomes) {
  const Outcome* outcome = outcomes(derivation.path);
  return outcome == nullptr ? OutcomeKind::not_built : outcome->kind;
}

Transition added_transition(OutcomeKind head) {
  if (head == OutcomeKind::succeeded) return Transition::added_succeeding;
  return is_failure(head) ? Transition::added_failing : Transition::unknown;
}

Transition transition_between(OutcomeKind base, OutcomeKind head) {
  const bool base_succeeded = base == OutcomeKind::succeeded;
  if (head == OutcomeKind::succeeded) {
    if (base_succeeded) return Transition::still_succeeding;
    return is_failure(base) ? Transition::newly_succeeding : Transition::succeeding_base_not_built;
  }
  if (!is_failure(head)) return Transition::unknown;
  if (base_succeeded) return Transition::newly_failing;
  return is_failure(base) ? Transition::still_failing : Transition::failing_base_unknown;
}

/// Whether the change makes it fail: what base had none of has nothing to fall behind.
bool is_newly_failing(Transition transition) { return transition == Transition::newly_failing; }

/// Collects what each root keeps from succeeding.
class Roots {
 public:
  Roots(const JobReview& job, const FindOutcome& outcomes, std::map<StorePath, RootFailure>& found)
      : job_(job), outcomes_(outcomes), found_(found) {}

  void add(const Change& change) {
    const EvaluatedDerivation* head = derivation_of(change.head);
    if (head == nullptr || !change.build || change.build->head == OutcomeKind::succeeded) return;
    const Outcome* outcome = outcomes_(head->path);
    if (outcome == nullptr) return;
    const Affected affected{.attribute = change.path.to_string(), .derivation = head->path, .transition = change.build->transition};
    if (outcome->roots.empty()) note(head->path, affected);
    for (const StorePath& root : outcome->roots) note(root, affected);
  }

 private:
  /// An attribute that does not succeed.
  struct Affected {
    std::string attribute{};
    StorePath derivation;  ///< its own, at head
    Transition transition = Transition::unknown;
  };

  void note(const StorePath& derivation, const Affected& affected) {
    RootFailure& root = found_.try_emplace(derivation, RootFailure{.derivation = derivation, .system = job_.system}).first->second;
    if (const Outcome* outcome = outcomes_(derivation)) {
      root.kind = outcome->kind;
      root.attempts = outcome->attempts;
    }
    ++root.affected;
    if (is_newly_failing(affected.transition)) ++root.newly_failing;
    if (affected.derivation == derivation) {
      root.attributes.insert(root.attributes.begin(), affected.attribute);
    } else if (root.attributes.size() < kNamedAttributes) {
      root.attributes.push_back(affected.attribute);
    }
  }

  const JobReview& job_;
  const FindOutcome& outcomes_;
  std::map<StorePath, RootFailure>& found_;
};

}  // namespace

bool is_failure(OutcomeKind kind) {
  return kind == OutcomeKind::failed || kind == OutcomeKind::dependency_failed || kind == OutcomeKind::timed_out;
}

std::optional<BuildChange> build_change(const Change& change, const FindOutcome& outcomes) {
  const EvaluatedDerivation* head = derivation_of(change.head);
  const EvaluatedDerivation* base = derivation_of(change.base);
  if (head == nullptr || (base != nullptr && base->path == head->path)) return std::nullopt;
  BuildChange build{.head = kind_of(*head, outcomes)};
  if (base == nullptr) {
    build.transition = added_transition(build.head);
    return build;
  }
  build.base = kind_of(*base, outcomes);
  build.transition = transition_between(*build.base, build.head);
  return build;
}

void apply_outcomes(std::span<JobReview> jobs, const FindOutcome& outcomes) {
  for (JobReview& job : jobs) {
    job.transitions.clear();
    for (Change& change : job.changes) {
      change.build = build_change(change, outcomes);
      if (change.build) ++job.transitions[change.build->transition];
    }
  }
}

std::vector<RootFailure> root_failures(std::span<const JobReview> jobs, const FindOutcome& outcomes) {
  std::map<StorePath, RootFailure> found;
  for (const JobReview& job : jobs) {
    Roots roots(job, outcomes, found);
    for (const Change& change : job.changes) roots.add(change);
  }
  std::vector<RootFailure> ranked;
  ranked.reserve(found.size());
  for (auto& [path, root] : found) {
    root.attributes.resize(std::min(root.attributes.size(), kNamedAttributes));
    ranked.push_back(std::move(root));
  }
  std::ranges::sort(ranked, [](const RootFailure& left, const RootFailure& right) {
    return std::tie(right.newly_failing, right.affected, left.derivation) < std::tie(left.newly_failing, left.affected, right.derivation);
  });
  return ranked;
}

}  // namespace ekaci::review
