#pragma once

#include <vector>

#include "model/review.h"
#include "report/layout.h"
#include "report/listing.h"
#include "report/terminal.h"

/// The lists of a terminal report. Each prints nothing where it has nothing to say.
namespace ekaci::report {

/// What the change does to packages themselves, a row for each definition: new versions, licences, maintainers, marks, additions.
void print_direct_changes(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style);

/// New evaluation errors.
void print_problems(Page& page, const std::vector<Section>& sections, const TerminalStyle& style);

/// What else changed, by kind.
void print_other_changes(Page& page, const std::vector<Section>& sections, const TerminalStyle& style);

/// What is rebuilt only because of what it is built from, by package set.
void print_rebuilt_sets(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style);

/// Who maintains what the change itself is about.
void print_maintainers(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style);

/// What fails or is refused as before: counted, and listed where everything is.
void print_unchanged_failures(Page& page, const std::vector<Section>& sections, const TerminalStyle& style);

}  // namespace ekaci::report
