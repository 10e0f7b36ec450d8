#pragma once

#include "model/review.h"
#include "report/layout.h"
#include "report/terminal.h"

/// What building found, at the terminal. Each prints nothing where nothing was built.
namespace ekaci::report {

/// The derivations that keep attributes from succeeding, worst first, with the ends of their logs.
void print_root_failures(Page& page, const Review& review, const TerminalStyle& style);

/// How much was built, and by whom.
void print_builds(Page& page, const Review& review, const TerminalStyle& style);

}  // namespace ekaci::report
