#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "model/review.h"
#include "model/transition.h"

namespace ekaci::review {

/// What is known of a derivation; nullptr where nothing was asked. What it points to lives as long as the function.
using FindOutcome = std::function<const Outcome*(const StorePath&)>;

/// Whether an outcome is held against the package: failed, for a dependency or by itself, or timed out.
bool is_failure(OutcomeKind kind);

/// What building says of one attribute; nullopt where head has no derivation there, or the one that base has.
std::optional<BuildChange> build_change(const Change& change, const FindOutcome& outcomes);

/// Sets every change's `build`, and each job's `transitions`.
void apply_outcomes(std::span<JobReview> jobs, const FindOutcome& outcomes);

/// The derivations that keep head's changed attributes from succeeding, each once over all jobs, with what they keep: first those
/// that explain the most newly failing attributes, then those with the most affected ones, then in path order. What an attempt
/// would tell (`result`, `message`, the log) is the caller's to fill in. Wants apply_outcomes() first.
std::vector<RootFailure> root_failures(std::span<const JobReview> jobs, const FindOutcome& outcomes);

}  // namespace ekaci::review
