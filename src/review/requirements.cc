#include "review/requirements.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "review/verdict_words.h"
#include "review/wording.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;

}  // namespace

Requirement no_conflict(const Review& review) {
  if (is_merged(review)) return {"no-conflict", State::met, fmt::format("merges cleanly into {}", base_name_of(review))};
  const std::size_t files = review.conflicts.size();
  if (files == 0) return {"no-conflict", State::not_met, fmt::format("merging into {} gave no tree", base_name_of(review))};
  std::vector<std::string> paths;
  paths.reserve(files);
  for (const ConflictingFile& file : review.conflicts) paths.push_back(file.path);
  return {"no-conflict", State::not_met,
          fmt::format("{} cannot be merged into {}: {}", counted(files, "file"), base_name_of(review), enumerated(paths, kNamed))};
}

namespace {

/// How much of what was wanted was evaluated.
std::string coverage_in_words(const Findings& found) {
  std::vector<std::string> failing;
  const auto append = [&](ChangeKind kind, std::string_view where) {
    const std::uint64_t number = count_of(found, kind);
    if (number > 0) failing.push_back(fmt::format("{} {} {}", grouped(number), number == 1 ? "fails" : "fail", where));
  };
  append(ChangeKind::newly_erroring, "at head only");
  append(ChangeKind::error_fixed, "at the base only");
  append(ChangeKind::still_erroring, "on both sides");
  const std::string given_up =
      found.given_up_jobs.empty() ? "" : fmt::format(", but for job {}, which the change removes", enumerated(found.given_up_jobs, kNamed));
  if (failing.empty()) return fmt::format("all of {}, on both sides{}", counted(found.attributes, "attribute"), given_up);
  return fmt::format("every job, on both sides{}; of {}, {}", given_up, counted(found.attributes, "attribute"),
                     enumerated(failing, failing.size()));
}

Requirement evaluates(const Review& review, const ConfigurationDifference& configuration, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"evaluates", state, std::move(text)}; };
  if (!is_merged(review)) return requirement(State::unknown, "there is no merged tree to evaluate");
  if (review.jobs.empty()) return requirement(State::unknown, "no job was evaluated");
  if (!found.broken_jobs.empty()) {
    return requirement(State::not_met, fmt::format("with the change, nothing evaluates in job {}", enumerated(found.broken_jobs, kNamed)));
  }
  if (!found.removed_jobs.empty()) {
    return requirement(State::not_met,
                       fmt::format("not evaluated with the change, which removes it: job {}", enumerated(found.removed_jobs, kNamed)));
  }
  if (!found.unexamined_jobs.empty()) {
    return requirement(State::unknown, fmt::format("nothing can be said of job {}", enumerated(found.unexamined_jobs, kNamed)));
  }
  if (found.resource_failures > 0) {
    return requirement(State::unknown,
                       fmt::format("{} stopped by a limit of this run", counted(found.resource_failures, "evaluation", "was/were")));
  }
  if (!found.lacking_jobs.empty()) {
    return requirement(State::unknown, fmt::format("attributes fail, and something was missing (see the notes), in job {}",
                                                   enumerated(found.lacking_jobs, kNamed)));
  }
  if (found.lacks_jobs_of_base(review)) return requirement(State::unknown, "no job of the base was evaluated");
  if (!configuration.unexamined.empty()) {
    return requirement(State::unknown, fmt::format("the change adds more jobs than are examined; not examined: {}",
                                                   enumerated(configuration.unexamined, kNamed)));
  }
  return requirement(State::met, coverage_in_words(found));
}

Requirement nothing_newly_unevaluable(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"nothing-newly-unevaluable", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated");
  if (found.newly_erroring > 0) {
    return requirement(State::not_met, fmt::format("{} to evaluate", counted(found.newly_erroring, "attribute", "newly fails/newly fail")));
  }
  if (!found.removed_jobs.empty()) {
    return requirement(State::not_met, fmt::format("the change removes job {}", enumerated(found.removed_jobs, kNamed)));
  }
  if (found.undecided > 0) {
    return requirement(State::unknown,
                       fmt::format("not known for {}: a limit of this run stopped the evaluation", counted(found.undecided, "attribute")));
  }
  if (!found.unexamined_jobs.empty()) {
    return requirement(State::unknown, fmt::format("not known for job {}", enumerated(found.unexamined_jobs, kNamed)));
  }
  return requirement(State::met, "no new evaluation error");
}

/// Names the jobs of which nothing is known with head's tree: `not known for job 'ci' on x86_64-linux`; empty where there are none.
std::string unseen_in_words(const Findings& found) {
  const std::vector<std::string> unseen = found.unseen_jobs();
  return unseen.empty() ? "" : fmt::format("not known for job {}", enumerated(unseen, kNamed));
}

Requirement nothing_removed(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"nothing-removed", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated");
  const std::string gone = counted(found.removed, "attribute", "is/are") + " gone";
  if (const std::string unseen = unseen_in_words(found); !unseen.empty()) {
    return requirement(State::unknown, found.removed == 0 ? unseen : gone + "; " + unseen);
  }
  if (found.removed == 0) return requirement(State::met, "no derivation's attribute is removed");
  return requirement(found.accepted == Accepted::yes ? State::met : State::unknown, gone);
}

Requirement nothing_newly_failing(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"nothing-newly-failing", state, std::move(text)}; };
  const std::uint64_t newly = count_of(found, Transition::newly_failing);
  const std::uint64_t added = count_of(found, Transition::added_failing);
  if (newly > 0) {
    return requirement(State::not_met,
                       fmt::format("{} to build{}", counted(newly, "attribute", "newly fails/newly fail"), because_of(review)));
  }
  if (added > 0) return requirement(State::not_met, fmt::format("{} to build", counted(added, "new attribute", "fails/fail")));
  if (const std::uint64_t unclear = count_of(found, Transition::failing_base_unknown); unclear > 0) {
    return requirement(State::unknown,
                       fmt::format("{} to build; whether base did is not known", counted(unclear, "attribute", "fails/fail")));
  }
  if (const std::uint64_t unknown = count_of(found, Transition::unknown); unknown > 0) {
    return requirement(State::unknown, fmt::format("not known for {}", counted(unknown, "changed attribute")));
  }
  if (std::string unseen = unseen_in_words(found); !unseen.empty()) return requirement(State::unknown, std::move(unseen));
  return requirement(State::met, "no new build failure");
}

/// With building asked for: whether all that is wanted has an outcome of its own.
Requirement everything_built(const Review& review, const Findings& found) {
  std::uint64_t wanted = 0;
  for (const auto& [transition, number] : found.transitions) wanted += number;
  const std::uint64_t unknown = count_of(found, Transition::unknown);
  if (unknown > 0) {
    return {"built", State::unknown,
            fmt::format("of {}, {} known: {}", counted(wanted, "changed attribute"),
                        unknown == 1 ? "one is not" : grouped(unknown) + " are not", unknown_in_words(review, found))};
  }
  if (const std::string unseen = unseen_in_words(found); !unseen.empty()) {
    return {"built", State::unknown, fmt::format("what would have to be built is {}", unseen)};
  }
  if (wanted == 0) return {"built", State::met, "nothing had to be built"};
  return {"built", State::met, fmt::format("all of {}: {}", counted(wanted, "changed attribute"), builds_in_words(found))};
}

Requirement built(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"built", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated, so nothing was built");
  if (review.builds) return everything_built(review, found);
  if (found.rebuild_count > 0) {
    return requirement(State::unknown, fmt::format("nothing was built; {} new", counted(found.rebuild_count, "derivation", "is/are")));
  }
  if (found.rebuilt + found.gained > 0) {
    return requirement(State::unknown, fmt::format("nothing was built; {} a derivation that the base has elsewhere",
                                                   counted(found.rebuilt + found.gained, "attribute", "has/have")));
  }
  if (const std::string unseen = unseen_in_words(found); !unseen.empty()) {
    return requirement(State::unknown, fmt::format("nothing was built; what would have to be is {}", unseen));
  }
  return requirement(State::met, "nothing was built, and nothing had to be");
}

/// Which sides of what is not known were not measured: `2 not measured at the base and 1 at head`.
std::string unmeasured_in_words(const SizeFindings& sizes) {
  std::vector<std::string> sides;
  if (sizes.unknown_base > 0) sides.push_back(grouped(sizes.unknown_base) + " not measured at the base");
  if (sizes.unknown_head > 0)
    sides.push_back(fmt::format("{}{} at head", grouped(sizes.unknown_head), sides.empty() ? " not measured" : ""));
  return enumerated(sides, sides.size());
}

Requirement sizes_within_bounds(const Review& review, const Findings& found) {
  const SizeFindings& sizes = found.sizes;
  const auto requirement = [](State state, std::string text) { return Requirement{"sizes-within-bounds", state, std::move(text)}; };
  if (!is_merged(review)) return requirement(State::unknown, "nothing was evaluated, so nothing was measured");
  if (sizes.exceeding > 0) return requirement(State::not_met, growth_in_words(found));
  if (!sizes.unseen_jobs.empty()) {
    return requirement(State::unknown, fmt::format("not known for job {}", enumerated(sizes.unseen_jobs, kNamed)));
  }
  if (sizes.unknown > 0) {
    return requirement(State::unknown,
                       fmt::format("not known for {}: {}", counted(sizes.unknown, "changed attribute"), unmeasured_in_words(sizes)));
  }
  if (sizes.measured == 0) return requirement(State::met, "no closure had to be measured");
  return requirement(State::met,
                     fmt::format("{} measured; none grew by more than is allowed", counted(sizes.measured, "closure", "was/were")));
}

/// What of the configuration differs, as a list in words; empty where nothing does.
std::string difference_in_words(const ConfigurationDifference& configuration, const Findings& found) {
  std::string words;
  const auto append = [&words](std::string_view verb, const std::vector<std::string>& names) {
    if (!names.empty()) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", verb, enumerated(names, kNamed));
  };
  const std::vector<std::string>& removed = found.accepted == Accepted::yes ? found.given_up_jobs : found.removed_jobs;
  append("adds", configuration.added.empty() && configuration.changed.empty() ? found.added_jobs : configuration.added);
  append("removes", configuration.removed.empty() && configuration.changed.empty() ? removed : configuration.removed);
  append("changes", configuration.changed);
  return words;
}

Requirement configuration_unchanged(const Review& review, const ConfigurationDifference& configuration, const Findings& found) {
  if (!configuration.head_problem.empty()) {
    return {"configuration-unchanged", State::not_met,
            "with the change, the configuration cannot be read: " + clip(printable_line(configuration.head_problem), 200)};
  }
  const std::string difference = difference_in_words(configuration, found);
  if (!is_merged(review)) return {"configuration-unchanged", State::unknown, "there is no merged tree to read it from"};
  std::string altered;
  const auto append = [&altered](std::string_view what) { altered += fmt::format("{}{}", altered.empty() ? "" : " and ", what); };
  if (!difference.empty()) append(fmt::format("which jobs there are ({})", difference));
  if (configuration.skip_differs) append("which paths need no review");
  if (configuration.trust_differs) append("whose builds need no approval");
  if (altered.empty()) return {"configuration-unchanged", State::met, "the jobs are the base's own"};
  return {"configuration-unchanged", found.accepted == Accepted::yes ? State::met : State::pending,
          fmt::format("the change alters {}", altered)};
}

}  // namespace

std::vector<Requirement> requirements_of(const Review& review, const ConfigurationDifference& configuration, const Findings& found) {
  std::vector<Requirement> requirements{no_conflict(review), evaluates(review, configuration, found),
                                        nothing_newly_unevaluable(review, found), nothing_removed(review, found), built(review, found)};
  if (review.builds && is_merged(review)) requirements.push_back(nothing_newly_failing(review, found));
  if (found.sizes.wanted) requirements.push_back(sizes_within_bounds(review, found));
  requirements.push_back(configuration_unchanged(review, configuration, found));
  return requirements;
}

}  // namespace ekaci::review
