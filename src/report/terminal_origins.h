#pragma once

#include <vector>

#include "model/review.h"
#include "report/layout.h"
#include "report/terminal.h"

namespace ekaci::report {

/// Why attributes are rebuilt: where the change entered, ranked, and what differs there.
void print_origins(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style);

/// A step by its name and what became of its version: `xz 5.4.1 → 5.4.2`, `fix.patch (new)`. Printable.
std::string step_in_words(const RebuiltDerivation& step);

}  // namespace ekaci::report
