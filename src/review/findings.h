#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/review.h"
#include "review/growth.h"

namespace ekaci::review {

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
  /// Of the changes that building says something of, in jobs of base; of jobs that only head has, all that succeed or are unknown.
  std::map<Transition, std::uint64_t> transitions;
  std::map<OutcomeKind, std::uint64_t> unknown;  ///< why those that are unknown are so
  SizeFindings sizes;                            ///< of jobs of base

  /// Attributes that `transitions` counts.
  [[nodiscard]] std::uint64_t changed_derivations() const;
  /// Whether building found something that the change broke.
  [[nodiscard]] bool fails_to_build() const;
};

/// Looks at every change once.
Findings examine(const Review& review);

}  // namespace ekaci::review
