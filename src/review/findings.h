#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/review.h"
#include "review/growth.h"
#include "review/judge.h"

namespace ekaci::review {

/// What the evaluation of one job and system shows.
struct JobFindings {
  enum class State {
    examined,    ///< it was looked at, though single attributes may have failed
    removed,     ///< head does not have it
    broken,      ///< the whole of it fails to evaluate at head and did not at base
    unexamined,  ///< nothing can be said of it
    lacking,     ///< attributes fail, and something was missing that another run may have
  };
  State state = State::examined;
  std::string_view why_unexamined{};    ///< in words of ours; empty in every other state
  bool is_unexamined_by_limit = false;  ///< nothing but limits of the run kept it from being examined
  std::uint64_t newly_erroring = 0;     ///< attributes with an error at head that they did not have, for a reason of the tree
  std::uint64_t undecided = 0;          ///< attributes of which a limit hides whether they newly fail
  std::uint64_t resource_failures = 0;  ///< evaluations of an attribute, on either side, that a limit ended
  std::uint64_t time_limits = 0;        ///< of them, those that took too long

  /// All of it was looked at, and nothing newly fails to evaluate.
  [[nodiscard]] bool is_good() const;
  /// It would be looked at in whole if evaluating had been given more time, and nothing else stands against it.
  [[nodiscard]] bool lacks_only_time() const;
};

/// Looks at a job of a review that was made, not read from a report: that leaves attributes out.
JobFindings examine_job(const JobReview& job);

/// What all jobs of a review together show, as far as the verdict depends on it.
struct Findings {
  std::uint64_t attributes = 0;
  std::uint64_t newly_erroring = 0;     ///< in jobs of base, for a reason of the tree
  std::uint64_t undecided = 0;          ///< in jobs of base: whether they newly fail is hidden by a limit
  std::uint64_t resource_failures = 0;  ///< on either side, in any job
  std::uint64_t rebuilt = 0;            ///< another derivation at head
  std::uint64_t gained = 0;             ///< a derivation at head and none at base
  std::uint64_t removed = 0;            ///< a derivation at base; at head nothing, not even a refusal or an error
  std::map<ChangeKind, std::uint64_t> counts;
  std::uint64_t rebuild_count = 0;  ///< distinct derivations that are new in some job
  std::vector<std::string> removed_jobs;
  std::vector<std::string> added_jobs;
  std::vector<std::string> broken_jobs;      ///< the whole of it fails to evaluate at head and did not at base
  std::vector<std::string> unexamined_jobs;  ///< nothing can be said of them
  std::vector<std::string> lacking_jobs;     ///< attributes fail, and something was missing that another run may have
  std::vector<std::string> given_up_jobs;    ///< removed as well, and accepted: counted nowhere else
  std::uint64_t jobs_short_of_time = 0;      ///< that lack nothing but time to be evaluated in
  std::uint64_t jobs_short_otherwise = 0;    ///< that were not looked at in whole for another reason
  Accepted accepted = Accepted::no;          ///< what only a person can accept
  /// Of the changes that building says something of, in jobs of base; of jobs that only head has, all that succeed or are unknown.
  std::map<Transition, std::uint64_t> transitions;
  std::map<OutcomeKind, std::uint64_t> unknown;  ///< why those that are unknown are so
  SizeFindings sizes;                            ///< of jobs of base

  /// Attributes that `transitions` counts.
  [[nodiscard]] std::uint64_t changed_derivations() const;
  /// Whether building found something that the change broke.
  [[nodiscard]] bool fails_to_build() const;
  /// The jobs of base of which nothing was looked at, with head's tree.
  [[nodiscard]] std::vector<std::string> unseen_jobs() const;
  /// Whether no job of base was evaluated with head's tree because there is none, or head has none of them.
  [[nodiscard]] bool lacks_jobs_of_base(const Review& review) const;
};

/// Looks at every change once.
Findings examine(const Review& review, Accepted accepted);

}  // namespace ekaci::review
