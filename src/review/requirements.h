#pragma once

#include <vector>

#include "model/review.h"
#include "review/findings.h"
#include "review/judge.h"

namespace ekaci::review {

/// Whether merging gave a tree.
Requirement no_conflict(const Review& review);

/// Every requirement with its state and evidence, in the order in which judge() documents them.
std::vector<Requirement> requirements_of(const Review& review, const ConfigurationDifference& configuration, const Findings& found);

}  // namespace ekaci::review
