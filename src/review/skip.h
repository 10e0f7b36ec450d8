#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"
#include "model/review.h"

/// Changes that a repository's maintainers said need no review: documentation and such.
namespace ekaci::review {

/// The requirement that a review which evaluated nothing for that reason has.
inline constexpr std::string_view kNothingToReview = "nothing-to-review";

/// The patterns of base's `skip.paths` that say of every one of these paths that it needs no review, in the order of the configuration.
/// Empty where a path has to be looked at: the last pattern that matches it is an exception, or none does; it is what tells what is
/// evaluated (the configuration, a job's file, any Nix file, flake.lock), whatever a pattern says; or there are too many to be worth it.
/// Nothing at all is no change that could be skipped.
std::vector<std::string> skipping_patterns(const RepositoryConfiguration& base, std::span<const std::string> changed_paths);

/// Why nothing was evaluated.
struct SkipReason {
  std::string file{};                   ///< the configuration that says so, of base
  std::vector<std::string> patterns{};  ///< as skipping_patterns() found them
};

/// The answer for such a change: nothing stands against merging it, as far as the maintainers' rule goes. Reads the review's merged tree,
/// its names and the number of changed files.
Verdict judge_skipped(const Review& review, const SkipReason& reason);

/// Whether a review answered by such a rule alone: it merges, and nothing was evaluated.
bool is_skipped(const Review& review);

}  // namespace ekaci::review
