#pragma once

#include <string>

#include "model/review.h"
#include "report/terminal.h"

namespace ekaci::report {

/// Why an attribute is what it is at head, for a person at a terminal: what the change does to it, and for a new derivation the way
/// down to the origin, each step with its derivations, and there the difference in full, the position and the changed lines. `change`
/// is one of the job's; any kind will do. Of the style, `columns` and `colour` count. No line is wider than the columns (at least
/// 20), but nothing is left out; strangers' text is shown printable.
std::string why_to_terminal(const JobReview& job, const Change& change, const TerminalStyle& style);

}  // namespace ekaci::report
