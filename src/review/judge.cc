#include "review/judge.h"

#include <algorithm>
#include <map>
#include <utility>

#include "review/findings.h"
#include "review/requirements.h"
#include "review/sentence.h"
#include "review/verdict_words.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;

Decision decide(const std::vector<Requirement>& requirements) {
  const auto any = [&requirements](State state) {
    return std::ranges::find(requirements, state, &Requirement::state) != requirements.end();
  };
  if (any(State::not_met)) return Decision::do_not_merge;
  if (any(State::unknown)) return Decision::cannot_tell;
  if (any(State::pending)) return Decision::wait;
  return Decision::merge;
}

/// What is left of a requirement is met, where acceptance leaves nothing of it.
State state_in(const std::vector<Requirement>& requirements, const std::string& name) {
  const auto found = std::ranges::find(requirements, name, &Requirement::name);
  return found == requirements.end() ? State::met : found->state;
}

/// Says of each requirement what acceptance does for it: the one that is met with it and not without.
void mark(std::vector<Requirement>& requirements, const std::vector<Requirement>& otherwise, Accepted accepted) {
  for (Requirement& requirement : requirements) {
    const State other = state_in(otherwise, requirement.name);
    const bool is_accepted = accepted == Accepted::yes && requirement.state == State::met && other != State::met;
    const bool is_awaited = accepted == Accepted::no && requirement.state != State::met && other == State::met;
    if (is_accepted) {
      requirement.acceptance = Requirement::Acceptance::given;
      requirement.text += ": accepted by someone with write access";
    } else if (is_awaited) {
      requirement.acceptance = Requirement::Acceptance::awaited;
      requirement.text += "; only someone with write access can accept that";
    }
  }
}

Findings findings_of(const Review& judged) {
  const bool is_accepted = std::ranges::find(judged.verdict.requirements, Requirement::Acceptance::given, &Requirement::acceptance) !=
                           judged.verdict.requirements.end();
  return examine(judged, is_accepted ? Accepted::yes : Accepted::no);
}

}  // namespace

ConfigurationDifference compare_configurations(const RepositoryConfiguration& base, const RepositoryConfiguration& head) {
  std::map<std::string, std::pair<const Job*, const Job*>> by_name;
  for (const Job& job : base.jobs) by_name[job.name].first = &job;
  for (const Job& job : head.jobs) by_name[job.name].second = &job;
  ConfigurationDifference difference{.skip_differs = base.skip != head.skip, .trust_differs = base.trust != head.trust};
  for (const auto& [name, sides] : by_name) {
    const auto& [before, after] = sides;
    if (before == nullptr) {
      difference.added.push_back(name);
    } else if (after == nullptr) {
      difference.removed.push_back(name);
    } else if (*before != *after) {
      difference.changed.push_back(name);
    }
  }
  return difference;
}

Verdict judge(const Review& review, const ConfigurationDifference& configuration, Accepted accepted) {
  const Findings found = examine(review, accepted);
  const Findings other = examine(review, accepted == Accepted::yes ? Accepted::no : Accepted::yes);
  Verdict verdict;
  verdict.requirements = requirements_of(review, configuration, found);
  mark(verdict.requirements, requirements_of(review, configuration, other), accepted);
  verdict.decision = decide(verdict.requirements);
  verdict.sentence = sentence_for(verdict, review, configuration, found);
  return verdict;
}

bool needs_only_acceptance(const Verdict& verdict) {
  const auto is_open = [](const Requirement& requirement) { return requirement.state != State::met; };
  const auto is_awaited = [](const Requirement& requirement) { return requirement.acceptance == Requirement::Acceptance::awaited; };
  return verdict.decision != Decision::merge && std::ranges::any_of(verdict.requirements, is_open) &&
         std::ranges::all_of(verdict.requirements, [&](const Requirement& each) { return !is_open(each) || is_awaited(each); });
}

std::string acceptance_in_words(const Review& review, Requirement::Acceptance acceptance) {
  return acceptance_in_words(review.verdict, acceptance, findings_of(review));
}

bool lacks_only_time(const Review& review) {
  const std::vector<Requirement>& judged = review.verdict.requirements;
  if (review.verdict.decision != Decision::cannot_tell || state_in(judged, "configuration-unchanged") != State::met) return false;
  Findings found = findings_of(review);
  if (found.jobs_short_of_time == 0 || found.jobs_short_otherwise > 0) return false;
  // All of this is for want of time, then: would anything else be left?
  found.unexamined_jobs.clear();
  found.sizes.unseen_jobs.clear();
  found.resource_failures = 0;
  found.undecided = 0;
  return std::ranges::all_of(requirements_of(review, {}, found), [](const Requirement& each) { return each.state == State::met; });
}

std::optional<std::uint64_t> known_rebuilds(const Review& review) {
  const auto evaluates = std::ranges::find(review.verdict.requirements, "evaluates", &Requirement::name);
  if (evaluates == review.verdict.requirements.end() || evaluates->state != State::met) return std::nullopt;
  return review.rebuild_count;
}

}  // namespace ekaci::review
