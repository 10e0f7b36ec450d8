#pragma once

#include <cstddef>
#include <vector>

#include "model/review.h"
#include "report/layout.h"

namespace ekaci::report {

/// A table: kinds of change by job and system, at most `most_columns` of them and what they are in total.
void print_counts(Page& page, const Review& review, std::size_t most_columns);

/// The same of transitions; nothing where nothing was to be built.
void print_transitions(Page& page, const Review& review, std::size_t most_columns);

/// The same as one sentence for each job and system, with the transitions that there are.
void print_counts_in_words(Page& page, const std::vector<JobReview>& jobs);

}  // namespace ekaci::report
