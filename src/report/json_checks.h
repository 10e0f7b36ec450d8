#pragma once

#include <cstdint>
#include <vector>

#include "model/review.h"
#include "report/json_node.h"

/// Whether what was read of a report fits together. What does not is added to the nodes' problems.
namespace ekaci::report {

/// Ways have to lead down, step by step, to where they say; whatever names a record of its job by number has to find it there.
void check_indices(const JobReview& job, const JsonNode& node);
/// As many changes of each kind as are counted.
void check_counts(const JobReview& job, const JsonNode& node);
/// Counts the transitions; they are compared where the report says them: those of earlier versions, and of reviews that built nothing,
/// do not.
void set_transitions(JobReview& job, const JsonNode& node);

/// Sums over the jobs.
void check_totals(const JsonNode& totals, const std::vector<JobReview>& jobs);
/// Derivations that are new, each once in however many jobs it is; reports of earlier versions have the sum.
std::uint64_t rebuild_count_from(const JsonNode& node, const std::vector<JobReview>& jobs);

}  // namespace ekaci::report
