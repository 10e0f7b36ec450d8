#include "review/findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace ekaci::review {
namespace {

std::string name_of(const JobReview& job) {
  return fmt::format("'{}' on {}", clip(printable_line(job.job), 40), printable_line(job.system));
}

bool ended_by_limit(const std::optional<AttributeResult>& side) {
  const EvaluationError* error = error_of(side);
  return error != nullptr && is_resource_failure(error->failure);
}

bool is_error(const std::optional<AttributeResult>& side) { return error_of(side) != nullptr; }

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
  const bool before = derivation_of(change.base) != nullptr;
  const bool after = derivation_of(change.head) != nullptr;
  if (change.kind == ChangeKind::rebuilt) ++findings.rebuilt;
  if (!before && after) ++findings.gained;
  if (before && !after && change.kind == ChangeKind::removed) ++findings.removed;
}

void add_build(Findings& findings, const BuildChange& build, JobReview::Presence presence) {
  // What head adds of its own accord cannot stand against it.
  if (presence == JobReview::Presence::added && build.transition == Transition::added_failing) return;
  ++findings.transitions[build.transition];
  if (build.transition == Transition::unknown) ++findings.unknown[build.head];
}

void add_change(Findings& findings, const Change& change, JobReview::Presence presence) {
  if (change.build) add_build(findings, *change.build, presence);
  if (ended_by_limit(change.base)) ++findings.resource_failures;
  if (ended_by_limit(change.head)) ++findings.resource_failures;
  ++findings.counts[change.kind];
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

/// Where base has errors and nothing else, no comparison with it says anything of the change.
bool fails_altogether(const SideSummary& base) { return base.errors > 0 && base.derivations + base.refusals == 0; }

/// Why nothing can be said of a job that both sides have; empty where something can.
std::string_view reason_unexamined(const JobReview& job) {
  if (const Change* root = failed_root(job); root != nullptr)
    return is_error(root->base) ? "its base does not evaluate" : "a limit of this run stopped it";
  if (job.changes.empty()) return "it has no attributes";
  if (!is_complete(job)) return "its comparison is not whole";
  return fails_altogether(job.base) ? "nothing in it evaluates at its base" : "";
}

bool lacks_something(const SideSummary& side) { return !side.repeatable && side.errors > 0; }

void add_sizes(Findings& findings, const JobReview& job) {
  if (!job.size_check || job.presence == JobReview::Presence::added) return;
  const bool is_seen = job.presence == JobReview::Presence::both && failed_root(job) == nullptr && reason_unexamined(job).empty();
  if (!is_seen) findings.sizes.unseen_jobs.push_back(name_of(job));
  add_growth(findings.sizes, job);
}

void add_job(Findings& findings, const JobReview& job) {
  findings.attributes += job.changes.size();
  // All jobs together have no fewer than one of them: what a review says too little of is not believed.
  findings.rebuild_count = std::max(findings.rebuild_count, job.rebuild_count);
  for (const Change& change : job.changes) add_change(findings, change, job.presence);
  add_sizes(findings, job);
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
  } else if (const std::string_view why = reason_unexamined(job); !why.empty()) {
    findings.unexamined_jobs.push_back(fmt::format("{} ({})", name_of(job), why));
  } else if (lacks_something(job.base) || lacks_something(job.head)) {
    findings.lacking_jobs.push_back(name_of(job));
  }
}

}  // namespace

std::uint64_t Findings::changed_derivations() const {
  std::uint64_t sum = 0;
  for (const auto& [transition, number] : transitions) sum += number;
  return sum;
}

bool Findings::fails_to_build() const {
  return transitions.contains(Transition::newly_failing) || transitions.contains(Transition::added_failing);
}

Findings examine(const Review& review) {
  Findings findings;
  findings.rebuild_count = review.rebuild_count;
  for (const JobReview& job : review.jobs) add_job(findings, job);
  return findings;
}

}  // namespace ekaci::review
