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

void add_evaluation(JobFindings& findings, const Change& change) {
  for (const std::optional<AttributeResult>* side : {&change.base, &change.head}) {
    if (!ended_by_limit(*side)) continue;
    ++findings.resource_failures;
    if (error_of(*side)->failure == EvaluationFailure::timed_out) ++findings.time_limits;
  }
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
}

/// Attributes whose derivations are gone. Where head was not looked at, nobody knows whether they are.
std::uint64_t count_removed(const JobReview& job, JobFindings::State state) {
  if (state == JobFindings::State::broken || state == JobFindings::State::unexamined) return 0;
  const auto is_removed = [](const Change& change) {
    return change.kind == ChangeKind::removed && derivation_of(change.base) != nullptr && derivation_of(change.head) == nullptr;
  };
  return static_cast<std::uint64_t>(std::ranges::count_if(job.changes, is_removed));
}

void add_build(Findings& findings, const BuildChange& build, JobReview::Presence presence) {
  // What head adds of its own accord cannot stand against it.
  if (presence == JobReview::Presence::added && build.transition == Transition::added_failing) return;
  ++findings.transitions[build.transition];
  if (build.transition == Transition::unknown) ++findings.unknown[build.head];
}

void add_change(Findings& findings, const Change& change, JobReview::Presence presence) {
  if (change.build) add_build(findings, *change.build, presence);
  ++findings.counts[change.kind];
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

/// Whether every error of base is a limit's.
bool fails_by_limits(const JobReview& job) {
  return std::ranges::all_of(job.changes, [](const Change& change) { return !is_error(change.base) || ended_by_limit(change.base); });
}

/// Why nothing can be said of a job.
struct Unexamined {
  std::string_view why{};
  bool by_limit = false;
};

/// Of a job that does not evaluate at all on one of its sides, where that is not the change's doing.
std::optional<Unexamined> unexamined_root(const Change& root) {
  if (!is_error(root.base)) {
    if (!ended_by_limit(root.head)) return std::nullopt;
    return Unexamined{"a limit of this run stopped it", true};
  }
  const bool is_decided_at_head = is_error(root.head) && !ended_by_limit(root.head);
  if (ended_by_limit(root.base)) return Unexamined{"a limit of this run stopped it at its base", !is_decided_at_head};
  return Unexamined{"its base does not evaluate"};
}

/// Nullopt where something can be said of the job.
std::optional<Unexamined> reason_unexamined(const JobReview& job) {
  if (const Change* root = failed_root(job); root != nullptr) return unexamined_root(*root);
  if (job.changes.empty()) return Unexamined{"it has no attributes"};
  if (!is_complete(job)) return Unexamined{"its comparison is not whole"};
  if (fails_altogether(job.base)) return Unexamined{"nothing in it evaluates at its base", fails_by_limits(job)};
  return std::nullopt;
}

bool lacks_something(const SideSummary& side) { return !side.repeatable && side.errors > 0; }

/// The job as far as whole sides tell; attributes are still to be counted.
JobFindings sides_of(const JobReview& job) {
  using State = JobFindings::State;
  if (job.presence == JobReview::Presence::removed) return {.state = State::removed};
  if (const auto unexamined = reason_unexamined(job)) {
    return {.state = State::unexamined, .why_unexamined = unexamined->why, .is_unexamined_by_limit = unexamined->by_limit};
  }
  if (failed_root(job) != nullptr) return {.state = State::broken};
  return {.state = lacks_something(job.base) || lacks_something(job.head) ? State::lacking : State::examined};
}

void add_sizes(Findings& findings, const JobReview& job, JobFindings::State state) {
  using State = JobFindings::State;
  if (!job.size_check || job.presence == JobReview::Presence::added) return;
  if (state != State::examined && state != State::lacking) findings.sizes.unseen_jobs.push_back(name_of(job));
  add_growth(findings.sizes, job);
}

/// What stands against knowing all of the change; what head adds of its own accord may fail.
void add_shortage(Findings& findings, const JobReview& job, const JobFindings& own) {
  const bool is_added = job.presence == JobReview::Presence::added;
  if (is_added ? own.resource_failures == 0 : own.is_good()) return;
  const bool lacks_only_time = is_added ? own.time_limits == own.resource_failures : own.lacks_only_time();
  ++(lacks_only_time ? findings.jobs_short_of_time : findings.jobs_short_otherwise);
}

/// Takes down the name of a job that base has.
void add_name(Findings& findings, const JobReview& job, const JobFindings& own) {
  switch (own.state) {
    case JobFindings::State::examined:
      return;
    case JobFindings::State::removed:
      findings.removed_jobs.push_back(name_of(job));
      return;
    case JobFindings::State::broken:
      findings.broken_jobs.push_back(name_of(job));
      return;
    case JobFindings::State::unexamined:
      findings.unexamined_jobs.push_back(fmt::format("{} ({})", name_of(job), own.why_unexamined));
      return;
    case JobFindings::State::lacking:
      findings.lacking_jobs.push_back(name_of(job));
      return;
  }
}

void add_job(Findings& findings, const JobReview& job) {
  if (job.presence == JobReview::Presence::removed && findings.accepted == Accepted::yes) {
    findings.given_up_jobs.push_back(name_of(job));
    return;
  }
  findings.attributes += job.changes.size();
  // All jobs together have no fewer than one of them: what a review says too little of is not believed.
  findings.rebuild_count = std::max(findings.rebuild_count, job.rebuild_count);
  const JobFindings own = examine_job(job);
  findings.resource_failures += own.resource_failures;
  findings.removed += count_removed(job, own.state);
  for (const Change& change : job.changes) add_change(findings, change, job.presence);
  add_sizes(findings, job, own.state);
  add_shortage(findings, job, own);
  if (job.presence == JobReview::Presence::added) {
    findings.added_jobs.push_back(name_of(job));
    return;
  }
  findings.newly_erroring += own.newly_erroring;
  findings.undecided += own.undecided;
  add_name(findings, job, own);
}

}  // namespace

bool JobFindings::is_good() const { return state == State::examined && newly_erroring == 0 && resource_failures == 0; }

bool JobFindings::lacks_only_time() const {
  const bool is_otherwise_well = state == State::examined || (state == State::unexamined && is_unexamined_by_limit);
  return is_otherwise_well && newly_erroring == 0 && time_limits > 0 && time_limits == resource_failures;
}

JobFindings examine_job(const JobReview& job) {
  JobFindings findings = sides_of(job);
  for (const Change& change : job.changes) add_evaluation(findings, change);
  return findings;
}

std::uint64_t Findings::changed_derivations() const {
  std::uint64_t sum = 0;
  for (const auto& [transition, number] : transitions) sum += number;
  return sum;
}

bool Findings::fails_to_build() const {
  return transitions.contains(Transition::newly_failing) || transitions.contains(Transition::added_failing);
}

std::vector<std::string> Findings::unseen_jobs() const {
  std::vector<std::string> names = broken_jobs;
  for (const std::vector<std::string>* more : {&removed_jobs, &unexamined_jobs}) names.insert(names.end(), more->begin(), more->end());
  return names;
}

bool Findings::lacks_jobs_of_base(const Review& review) const { return added_jobs.size() + given_up_jobs.size() == review.jobs.size(); }

Findings examine(const Review& review, Accepted accepted) {
  Findings findings;
  findings.accepted = accepted;
  findings.rebuild_count = review.rebuild_count;
  for (const JobReview& job : review.jobs) add_job(findings, job);
  return findings;
}

}  // namespace ekaci::review
