#include "report/facts_builds.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/facts.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

std::size_t rank_of(Transition transition) {
  return static_cast<std::size_t>(std::ranges::find(kTransitionsInOrder, transition) - kTransitionsInOrder.begin());
}

}  // namespace

Standing standing_of(Transition transition) {
  switch (transition) {
    case Transition::newly_failing:
    case Transition::failing_base_unknown:
    case Transition::still_failing:
    case Transition::added_failing:
      return Standing::failing;
    case Transition::unknown:
      return Standing::unknown;
    case Transition::newly_succeeding:
    case Transition::still_succeeding:
    case Transition::succeeding_base_not_built:
    case Transition::added_succeeding:
      return Standing::succeeding;
  }
  return Standing::unknown;
}

std::string_view transition_in_words(Transition transition) {
  switch (transition) {
    case Transition::newly_failing:
      return "newly failing";
    case Transition::failing_base_unknown:
      return "failing, base unknown";
    case Transition::still_failing:
      return "still failing";
    case Transition::newly_succeeding:
      return "newly succeeding";
    case Transition::still_succeeding:
      return "still succeeding";
    case Transition::succeeding_base_not_built:
      return "succeeding, base not built";
    case Transition::added_succeeding:
      return "added and building";
    case Transition::added_failing:
      return "added and failing";
    case Transition::unknown:
      return "unknown";
  }
  return "unknown";
}

bool tells(Transition transition, ChangeKind kind) { return transition_in_words(transition).starts_with(kind_in_words(kind)); }

std::uint64_t count_of(const JobReview& job, Transition transition) {
  const auto found = job.transitions.find(transition);
  return found == job.transitions.end() ? 0 : found->second;
}

std::uint64_t count_of(const std::vector<JobReview>& jobs, Transition transition) {
  std::uint64_t sum = 0;
  for (const JobReview& job : jobs) sum += count_of(job, transition);
  return sum;
}

std::vector<Transition> occurring_transitions(const std::vector<JobReview>& jobs) {
  std::vector<Transition> occurring;
  for (const Transition transition : kTransitionsInOrder) {
    if (count_of(jobs, transition) > 0) occurring.push_back(transition);
  }
  return occurring;
}

std::optional<Transition> trouble_of(const Change& change) {
  if (!change.build || standing_of(change.build->transition) == Standing::succeeding) return std::nullopt;
  return change.build->transition;
}

std::string with_trouble(const std::string& detail, const std::optional<Transition>& trouble) {
  if (!trouble) return detail;
  const std::string words = *trouble == Transition::unknown ? "build unknown" : std::string(transition_in_words(*trouble));
  return detail.empty() || detail == "rebuilt" ? words : fmt::format("{}: {}", words, detail);
}

std::string troubles_in_words(const std::map<Transition, std::uint64_t>& counts) {
  std::string words;
  for (const Transition transition : kTransitionsInOrder) {
    const auto count = counts.find(transition);
    if (count == counts.end()) continue;
    words += fmt::format("{}{} {}", "; ", review::grouped(count->second), transition_in_words(transition));
  }
  return words;
}

Troubles troubles_of(const std::vector<JobReview>& jobs) {
  Troubles troubles;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      const std::optional<Transition> trouble = trouble_of(change);
      if (!trouble) continue;
      Transition& worst = troubles.try_emplace(change.path, *trouble).first->second;
      if (rank_of(*trouble) < rank_of(worst)) worst = *trouble;
    }
  }
  return troubles;
}

std::string builds_in_words(const BuildSummary& builds) {
  return fmt::format("built {}, reused {}, fetched {}", review::counted(builds.built, "derivation"), review::grouped(builds.reused),
                     review::grouped(builds.substituted));
}

}  // namespace ekaci::report
