#include "review/judge.h"

#include <algorithm>
#include <map>
#include <utility>

#include "review/findings.h"
#include "review/requirements.h"
#include "review/sentence.h"

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

}  // namespace

ConfigurationDifference compare_configurations(const RepositoryConfiguration& base, const RepositoryConfiguration& head) {
  std::map<std::string, std::pair<const Job*, const Job*>> by_name;
  for (const Job& job : base.jobs) by_name[job.name].first = &job;
  for (const Job& job : head.jobs) by_name[job.name].second = &job;
  ConfigurationDifference difference{.skip_differs = base.skip != head.skip};
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

Verdict judge(const Review& review, const ConfigurationDifference& configuration) {
  const Findings found = examine(review);
  Verdict verdict;
  verdict.requirements = requirements_of(review, configuration, found);
  verdict.decision = decide(verdict.requirements);
  verdict.sentence = sentence_for(verdict.decision, review, found);
  return verdict;
}

std::optional<std::uint64_t> known_rebuilds(const Review& review) {
  const auto evaluates = std::ranges::find(review.verdict.requirements, "evaluates", &Requirement::name);
  if (evaluates == review.verdict.requirements.end() || evaluates->state != State::met) return std::nullopt;
  return review.rebuild_count;
}

}  // namespace ekaci::review
