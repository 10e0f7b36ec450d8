#pragma once

#include <vector>

#include "model/review.h"
#include "report/layout.h"
#include "report/terminal.h"

/// What the change does to sizes and runtime closures, at the terminal. Each prints nothing where nothing was to be built.
namespace ekaci::report {

/// How many attributes grow and shrink, those whose runtime closures differ most, and why of some it is not known.
void print_sizes(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style);

/// Attributes whose builds take longer or less long than base's; nothing where none does.
void print_times(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style);

/// What runtime closures gained, lost or keep in another version.
void print_retained(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style);

}  // namespace ekaci::report
