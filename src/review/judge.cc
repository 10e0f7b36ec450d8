#include "review/judge.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "review/wording.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;

/// Names in a sentence: more would hide its point.
constexpr std::size_t kNamed = 3;

/// What all jobs together show, as far as the verdict depends on it.
struct Findings {
  std::uint64_t attributes = 0;
  std::uint64_t newly_erroring = 0;     ///< in jobs of base, for a reason of the tree
  std::uint64_t undecided = 0;          ///< in jobs of base: whether they newly fail is hidden by a limit
  std::uint64_t resource_failures = 0;  ///< on either side, in any job
  std::uint64_t rebuilt = 0;
  std::uint64_t gained = 0;  ///< a derivation at head and none at base
  std::uint64_t removed = 0;
  std::uint64_t newly_refused = 0;
  std::uint64_t rebuild_count = 0;
  std::vector<std::string> removed_jobs;
  std::vector<std::string> added_jobs;
  std::vector<std::string> broken_jobs;      ///< the whole of it fails to evaluate at head and did not at base
  std::vector<std::string> unexamined_jobs;  ///< nothing can be said of them
};

std::string name_of(const JobReview& job) {
  return fmt::format("'{}' on {}", clip(printable_line(job.job), 40), printable_line(job.system));
}

template <class Kind>
const Kind* side_as(const std::optional<AttributeResult>& side) {
  return side ? std::get_if<Kind>(&*side) : nullptr;
}

bool ended_by_limit(const std::optional<AttributeResult>& side) {
  const auto* error = side_as<EvaluationError>(side);
  return error != nullptr && is_resource_failure(error->failure);
}

bool is_error(const std::optional<AttributeResult>& side) { return side_as<EvaluationError>(side) != nullptr; }
bool is_derivation(const std::optional<AttributeResult>& side) { return side_as<EvaluatedDerivation>(side) != nullptr; }

void add_evaluation(Findings& findings, const Change& change) {
  if (!is_error(change.head)) return;
  const bool hidden = ended_by_limit(change.head) ? !is_error(change.base) || ended_by_limit(change.base) : ended_by_limit(change.base);
  if (hidden) {
    ++findings.undecided;
  } else if (!is_error(change.base)) {
    ++findings.newly_erroring;
  }
}

void add_derivations(Findings& findings, const Change& change) {
  const bool before = is_derivation(change.base);
  const bool after = is_derivation(change.head);
  if (before && after && change.kind != ChangeKind::unchanged) ++findings.rebuilt;
  if (!before && after) ++findings.gained;
  if (before && !after && change.kind == ChangeKind::removed) ++findings.removed;
  if (change.kind == ChangeKind::newly_refused) ++findings.newly_refused;
}

void add_change(Findings& findings, const Change& change, JobReview::Presence presence) {
  if (ended_by_limit(change.base)) ++findings.resource_failures;
  if (ended_by_limit(change.head)) ++findings.resource_failures;
  if (presence != JobReview::Presence::added) add_evaluation(findings, change);
  add_derivations(findings, change);
}

/// The root is listed only where it is a derivation itself or could not be evaluated, so it is the first attribute.
const Change* failed_root(const JobReview& job) {
  if (job.changes.empty() || !job.changes.front().path.is_root()) return nullptr;
  const Change& root = job.changes.front();
  return is_error(root.base) || is_error(root.head) ? &root : nullptr;
}

/// Whether the comparison can be about all that was evaluated: a report that lost attributes must not read as harmless.
bool is_complete(const JobReview& job) {
  const std::uint64_t least = std::max(job.base.attributes, job.head.attributes);
  return !job.changes.empty() && job.changes.size() >= least;
}

void add_job(Findings& findings, const JobReview& job) {
  findings.attributes += job.changes.size();
  findings.rebuild_count += job.rebuild_count;
  for (const Change& change : job.changes) add_change(findings, change, job.presence);
  switch (job.presence) {
    case JobReview::Presence::added:
      findings.added_jobs.push_back(name_of(job));
      return;
    case JobReview::Presence::removed:
      findings.removed_jobs.push_back(name_of(job));
      return;
    case JobReview::Presence::both:
      break;
  }
  const Change* root = failed_root(job);
  if (root != nullptr && !is_error(root->base) && !ended_by_limit(root->head)) {
    findings.broken_jobs.push_back(name_of(job));
  } else if (root != nullptr) {
    const std::string_view why = is_error(root->base) ? "its base does not evaluate" : "a limit of this run stopped it";
    findings.unexamined_jobs.push_back(fmt::format("{} ({})", name_of(job), why));
  } else if (!is_complete(job)) {
    const std::string_view why = job.changes.empty() ? "it has no attributes" : "its comparison is not whole";
    findings.unexamined_jobs.push_back(fmt::format("{} ({})", name_of(job), why));
  }
}

Findings examine(const std::vector<JobReview>& jobs) {
  Findings findings;
  for (const JobReview& job : jobs) add_job(findings, job);
  return findings;
}

bool is_merged(const Review& review) { return review.merged_tree.has_value() && review.conflicts.empty(); }

std::string base_name_of(const Review& review) {
  return review.base_name.empty() ? review.base.brief() : clip(printable_line(review.base_name), 60);
}

Requirement no_conflict(const Review& review) {
  if (is_merged(review)) return {"no-conflict", State::met, fmt::format("merges cleanly into {}", base_name_of(review))};
  const std::size_t files = review.conflicts.size();
  if (files == 0) return {"no-conflict", State::not_met, fmt::format("merging into {} gave no tree", base_name_of(review))};
  std::vector<std::string> paths;
  for (const ConflictingFile& file : review.conflicts) paths.push_back(file.path);
  return {"no-conflict", State::not_met,
          fmt::format("{} cannot be merged into {}: {}", counted(files, "file"), base_name_of(review), enumerated(paths, kNamed))};
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
    return requirement(State::unknown, fmt::format("{} stopped by a limit of this run (memory, time, output) or a crash",
                                                   counted(found.resource_failures, "evaluation", "was/were")));
  }
  if (found.added_jobs.size() == review.jobs.size()) return requirement(State::unknown, "no job of the base was evaluated");
  return requirement(State::met,
                     fmt::format("every job of the base was evaluated on both sides ({})", counted(found.attributes, "attribute")));
}

Requirement nothing_newly_unevaluable(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"nothing-newly-unevaluable", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated");
  if (found.newly_erroring > 0) {
    return requirement(State::not_met,
                       fmt::format("{} with an evaluation error that the base does not have", counted(found.newly_erroring, "attribute")));
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
  return requirement(State::met, "no attribute has an evaluation error that the base does not have");
}

Requirement nothing_removed(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"nothing-removed", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated");
  if (found.removed == 0) return requirement(State::met, "no attribute that has a derivation is removed");
  return requirement(State::unknown,
                     fmt::format("{} gone; whether that is wanted, only a person can say", counted(found.removed, "attribute", "is/are")));
}

Requirement built(const Review& review, const Findings& found) {
  const auto requirement = [](State state, std::string text) { return Requirement{"built", state, std::move(text)}; };
  if (!is_merged(review) || review.jobs.empty()) return requirement(State::unknown, "nothing was evaluated, so nothing was built");
  if (found.rebuild_count > 0) {
    return requirement(State::unknown,
                       fmt::format("nothing was built, and {} not in the base", counted(found.rebuild_count, "derivation", "is/are")));
  }
  if (found.rebuilt + found.gained > 0) {
    return requirement(State::unknown, fmt::format("nothing was built, and {} a derivation that the base has elsewhere",
                                                   counted(found.rebuilt + found.gained, "attribute", "has/have")));
  }
  return requirement(State::met, "nothing was built, and nothing had to be: no derivation is new");
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

Requirement configuration_unchanged(const ConfigurationDifference& configuration, const Findings& found) {
  if (!configuration.head_problem.empty()) {
    return {"configuration-unchanged", State::not_met,
            "with the change, the configuration cannot be read: " + clip(printable_line(configuration.head_problem), 200)};
  }
  const std::string difference = difference_in_words(configuration, found);
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

/// The attributes that differ, in words; empty where none do.
std::string changes_in_words(const Findings& found) {
  std::vector<std::string> parts;
  const auto append = [&parts](std::uint64_t number, std::string_view what) {
    if (number > 0) parts.push_back(fmt::format("{} {}", grouped(number), what));
  };
  append(found.rebuilt, "rebuilt");
  append(found.gained, "added");
  append(found.removed, "removed");
  append(found.newly_refused, "newly refused");
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
    return fmt::format("{} to evaluate that did not at the base{}; nothing was built.",
                       counted(found.newly_erroring, "attribute", "fails/fail"), changes.empty() ? "" : " (" + changes + ")");
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
  const std::string changes = changes_in_words(found);
  if (found.rebuild_count > 0) {
    return fmt::format("{} to build ({} of {}), and nothing was built.", counted(found.rebuild_count, "derivation"), changes,
                       counted(found.attributes, "attribute"));
  }
  if (!changes.empty()) return fmt::format("{} of {}; nothing was built.", changes, counted(found.attributes, "attribute"));
  return "No job of the base was evaluated; nothing was built.";
}

std::string consent_sentence(const Findings& found) {
  const std::string refused = found.newly_refused == 0 ? "" : fmt::format(", {} newly refused", grouped(found.newly_refused));
  return fmt::format("No derivation changes in {}{}; nothing was built, and nothing had to be.", counted(found.attributes, "attribute"),
                     refused);
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
  const Findings found = examine(review.jobs);
  Verdict verdict;
  verdict.requirements = {no_conflict(review),
                          evaluates(review, found),
                          nothing_newly_unevaluable(review, found),
                          nothing_removed(review, found),
                          built(review, found),
                          configuration_unchanged(configuration, found)};
  verdict.decision = decide(verdict.requirements);
  verdict.sentence = sentence_for(verdict.decision, review, found);
  return verdict;
}

}  // namespace ekaci::review
