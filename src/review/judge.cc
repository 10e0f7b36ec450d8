#include "review/judge.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "review/findings.h"
#include "review/wording.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;

/// Names in a sentence: more would hide its point.
constexpr std::size_t kNamed = 3;

bool is_merged(const Review& review) { return review.merged_tree.has_value() && review.conflicts.empty(); }

std::string base_name_of(const Review& review) {
  return review.base_name.empty() ? review.base.brief() : clip(printable_line(review.base_name), 60);
}

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

std::uint64_t count_of(const Findings& found, ChangeKind kind) {
  const auto entry = found.counts.find(kind);
  return entry == found.counts.end() ? 0 : entry->second;
}

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
  if (failing.empty()) return fmt::format("all of {}, on both sides", counted(found.attributes, "attribute"));
  return fmt::format("every job, on both sides; of {}, {}", counted(found.attributes, "attribute"), enumerated(failing, failing.size()));
}

Requirement evaluates(const Review& review, const Findings& found) {
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
  if (found.added_jobs.size() == review.jobs.size()) return requirement(State::unknown, "no job of the base was evaluated");
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

Requirement nothing_removed(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"nothing-removed", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated");
  if (found.removed == 0) return requirement(State::met, "no derivation's attribute is removed");
  return requirement(State::unknown, fmt::format("{} gone: a person has to say if rightly", counted(found.removed, "attribute", "is/are")));
}

Requirement built(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"built", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated, so nothing was built");
  if (found.rebuild_count > 0) {
    return requirement(State::unknown, fmt::format("nothing was built; {} new", counted(found.rebuild_count, "derivation", "is/are")));
  }
  if (found.rebuilt + found.gained > 0) {
    return requirement(State::unknown, fmt::format("nothing was built; {} a derivation that the base has elsewhere",
                                                   counted(found.rebuilt + found.gained, "attribute", "has/have")));
  }
  return requirement(State::met, "nothing was built, and nothing had to be");
}

/// What of the configuration differs, as a list in words; empty where nothing does.
std::string difference_in_words(const ConfigurationDifference& configuration, const Findings& found) {
  std::string words;
  const auto append = [&words](std::string_view verb, const std::vector<std::string>& names) {
    if (!names.empty()) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", verb, enumerated(names, kNamed));
  };
  append("adds", configuration.added.empty() && configuration.changed.empty() ? found.added_jobs : configuration.added);
  append("removes", configuration.removed.empty() && configuration.changed.empty() ? found.removed_jobs : configuration.removed);
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
  if (difference.empty()) return {"configuration-unchanged", State::met, "the jobs are the base's own"};
  return {"configuration-unchanged", State::pending,
          fmt::format("the change alters which jobs there are ({}); only someone with write access can accept that", difference)};
}

Decision decide(const std::vector<Requirement>& requirements) {
  const auto any = [&requirements](State state) {
    return std::ranges::find(requirements, state, &Requirement::state) != requirements.end();
  };
  if (any(State::not_met)) return Decision::do_not_merge;
  if (any(State::unknown)) return Decision::cannot_tell;
  if (any(State::pending)) return Decision::wait;
  return Decision::merge;
}

/// The attributes that differ, but for errors, in words; empty where none do.
std::string changes_in_words(const Findings& found) {
  std::vector<std::string> parts;
  const auto append = [&](ChangeKind kind, std::string_view what) {
    if (const std::uint64_t number = count_of(found, kind); number > 0) parts.push_back(fmt::format("{} {}", grouped(number), what));
  };
  append(ChangeKind::removed, "removed");
  append(ChangeKind::rebuilt, "rebuilt");
  append(ChangeKind::metadata_only, "changed in metadata only");
  append(ChangeKind::added, "added");
  append(ChangeKind::error_fixed, "fixed");
  append(ChangeKind::newly_refused, "newly refused");
  append(ChangeKind::no_longer_refused, "no longer refused");
  return enumerated(parts, parts.size());
}

std::string refusal_sentence(const Review& review, const Findings& found) {
  if (!is_merged(review)) {
    const std::size_t files = review.conflicts.size();
    if (files == 0)
      return fmt::format("The change cannot be merged into {}; nothing was evaluated and nothing was built.", base_name_of(review));
    return fmt::format("{} with {}; nothing was evaluated and nothing was built.", counted(files, "file", "conflicts/conflict"),
                       base_name_of(review));
  }
  if (!found.broken_jobs.empty()) {
    return fmt::format("With the change, nothing evaluates any more in job {}; nothing was built.", enumerated(found.broken_jobs, kNamed));
  }
  if (found.newly_erroring > 0) {
    const std::string changes = changes_in_words(found);
    const std::string more = found.undecided == 0 ? "" : fmt::format(", {} more stopped by a limit", grouped(found.undecided));
    return fmt::format("{} to evaluate{}{}; nothing was built.", counted(found.newly_erroring, "attribute", "newly fails/newly fail"), more,
                       changes.empty() ? "" : " (besides, " + changes + ")");
  }
  if (!found.removed_jobs.empty()) {
    return fmt::format("The change removes job {}; nothing was built.", enumerated(found.removed_jobs, kNamed));
  }
  return "With the change, the configuration cannot be read; nothing was built.";
}

std::string doubt_sentence(const Review& review, const Findings& found) {
  if (review.jobs.empty()) return "No job was evaluated, so nothing is known of the change; nothing was built.";
  if (!found.unexamined_jobs.empty()) {
    return fmt::format("Nothing can be said of job {}; nothing was built.", enumerated(found.unexamined_jobs, kNamed));
  }
  if (found.resource_failures > 0) {
    return fmt::format("{} stopped by a limit of this run, so the comparison is not whole; nothing was built.",
                       counted(found.resource_failures, "evaluation", "was/were"));
  }
  if (!found.lacking_jobs.empty()) {
    return fmt::format("Something was missing when job {} was evaluated, so the comparison is not whole; nothing was built.",
                       enumerated(found.lacking_jobs, kNamed));
  }
  const std::string changes = changes_in_words(found);
  if (found.rebuild_count > 0) {
    return fmt::format("Nothing was built, and {} new: of {}, {}.", counted(found.rebuild_count, "derivation", "is/are"),
                       counted(found.attributes, "attribute"), changes.empty() ? "none differs" : changes);
  }
  if (!changes.empty()) return fmt::format("Of {}, {}; nothing was built.", counted(found.attributes, "attribute"), changes);
  return "No job of the base was evaluated; nothing was built.";
}

std::string consent_sentence(const Findings& found) {
  const std::string changes = changes_in_words(found);
  const std::uint64_t failing = count_of(found, ChangeKind::still_erroring);
  const std::string seen = (failing == 0 ? "" : grouped(found.attributes - failing) + " of ") + counted(found.attributes, "attribute");
  const std::string unseen =
      failing == 0 ? "" : fmt::format(", and the other {} on both sides", failing == 1 ? "one fails" : grouped(failing) + " fail");
  return fmt::format("No derivation is new in {}{}{}; nothing was built, and nothing had to be.", seen,
                     changes.empty() ? "" : " (" + changes + ")", unseen);
}

std::string sentence_for(Decision decision, const Review& review, const Findings& found) {
  switch (decision) {
    case Decision::do_not_merge:
      return refusal_sentence(review, found);
    case Decision::cannot_tell:
      return doubt_sentence(review, found);
    case Decision::wait:
      return "The change alters the configuration, which someone with write access has to accept; nothing was built.";
    case Decision::merge:
      return consent_sentence(found);
  }
  return {};
}

}  // namespace

ConfigurationDifference compare_configurations(const RepositoryConfiguration& base, const RepositoryConfiguration& head) {
  std::map<std::string, std::pair<const Job*, const Job*>> by_name;
  for (const Job& job : base.jobs) by_name[job.name].first = &job;
  for (const Job& job : head.jobs) by_name[job.name].second = &job;
  ConfigurationDifference difference;
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
  verdict.requirements = {no_conflict(review),
                          evaluates(review, found),
                          nothing_newly_unevaluable(review, found),
                          nothing_removed(review, found),
                          built(review, found),
                          configuration_unchanged(review, configuration, found)};
  verdict.decision = decide(verdict.requirements);
  verdict.sentence = sentence_for(verdict.decision, review, found);
  return verdict;
}

}  // namespace ekaci::review
