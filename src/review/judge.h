#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/job.h"
#include "model/review.h"

namespace ekaci::review {

/// How head's configuration differs from base's: names of jobs, sorted.
struct ConfigurationDifference {
  std::vector<std::string> added{};    ///< only head has them
  std::vector<std::string> removed{};  ///< only base has them
  std::vector<std::string> changed{};  ///< both have them, and anything but the name differs
  bool skip_differs = false;           ///< which paths need no review
  bool trust_differs = false;          ///< whose pull requests are built without an approval
  /// Jobs that only head has and that were not examined, for there are too many: `name (system)`.
  std::vector<std::string> unexamined{};
  /// Why head's configuration could not be read; empty where it could be. The rest says nothing then.
  std::string head_problem{};
  friend bool operator==(const ConfigurationDifference&, const ConfigurationDifference&) = default;
};

/// Jobs are matched by name. Notes are not compared.
ConfigurationDifference compare_configurations(const RepositoryConfiguration& base, const RepositoryConfiguration& head);

/// Whether someone with write access accepted the change, as far as that is for a person to say.
enum class Accepted { no, yes };

/// The answer that the evidence supports, with every requirement, always in the same order. Reads the review's conflicts, merged
/// tree, names and jobs; what its verdict held before is of no account.
///
/// Requirements, and what each state means here:
/// - `no-conflict`: not met where merging gave no tree.
/// - `evaluates`: every job of base was evaluated on both sides, and the text says how many of its attributes fail. An attribute that
///   fails on both sides does not stand against merging: the change cannot break what nobody has. Not met where the change keeps a
///   whole job from evaluating or removes it; unknown where a limit of the run stopped an attribute, an attribute fails where something
///   was missing that another run may have (such as an input that could not be fetched), nothing evaluates at the base, nothing was
///   looked at, or head adds more jobs than were examined.
/// - `nothing-newly-unevaluable`: not met where an attribute of a job of base has an error that it did not have, or such a job
///   is removed. A failure by a limit is never held against the change: it makes this unknown.
/// - `nothing-removed`: unknown where an attribute that had a derivation is gone, for only a person can say whether that is wanted; and
///   where nothing can be said of a job.
/// - `built`: met where there is nothing to build, or all changed attributes have an outcome of their own; unknown where one was not
///   built, was stopped, has no builder or met trouble that is not its own, where building was not asked for, and where nothing can be said
///   of a job.
/// - `nothing-newly-failing`, only where building was asked for: not met where an attribute fails that succeeded at base, or that base
///   does not have; unknown where one fails of which base is not known, or nothing is known of one or of a job.
/// - `sizes-within-bounds`, only where a job of base has a size_check: not met where the runtime closure of a changed attribute of such
///   a job grew by a larger part than it allows; from nothing is more than anything. Unknown where the closure of an attribute that has
///   a derivation on both sides is not known on one of them, unless one of them is known to fail, and where such a job cannot be
///   compared or is removed.
/// - `configuration-unchanged`: pending where jobs, path rules or trust differ, until someone with write access accepts it; not met where
/// head's
///   configuration cannot be read.
///
/// Decision, in this order: something not met, `do not merge`; something unknown, `cannot tell`; something pending, `wait`; else
/// `merge`. So it fails closed. Refusals are counted and do not stand against merging. Jobs that only head's configuration has
/// cannot make a requirement on evaluation or building fail, and cannot be merged without acceptance either.
///
/// Acceptance meets what only a person can say: a changed configuration and what is removed, attributes and whole jobs; it never meets a
/// conflict, an error, a failure or what is not known. A job that is given up is left out of all requirements then, by name, but one of
/// base has to be left. Each requirement says of itself what acceptance did for it, or would do.
Verdict judge(const Review& review, const ConfigurationDifference& configuration, Accepted accepted = Accepted::no);

/// Of a review that was judged: whether acceptance by someone with write access is all that it needs for being merged.
bool needs_only_acceptance(const Verdict& verdict);

/// Of a review that was judged: what of it awaits acceptance, or was accepted, in words: `the removal of 2 attributes and a changed
/// configuration`; empty where nothing does. Printable.
std::string acceptance_in_words(const Review& review, Requirement::Acceptance acceptance);

/// Of a review that was judged: whether its verdict is `cannot tell` for no other reason than that evaluations took too long.
bool lacks_only_time(const Review& review);

/// How many derivations the change makes new, by a review that was judged; nullopt where that is not known: both sides were not
/// evaluated, or not wholly.
std::optional<std::uint64_t> known_rebuilds(const Review& review);

}  // namespace ekaci::review
