#pragma once

#include <cstddef>
#include <string>

#include "model/review.h"
#include "report/layout.h"

namespace ekaci::report {

/// How much a terminal report says.
enum class Verbosity {
  brief,    ///< the verdict and its requirements
  normal,   ///< and the counts, and the first of every kind of change
  verbose,  ///< and what still fails or is still refused, whole messages, and the cost of each evaluation
};

struct TerminalStyle {
  std::size_t columns = 80;
  Colour colour = Colour::off;
  std::size_t rows = 10;  ///< of each list; how many are left out is said
  Verbosity verbosity = Verbosity::normal;
};

/// The review for a person at a terminal: the verdict first, its requirements, the counts, then the worst. No line is wider than the
/// style's columns (at least 20). Strangers' text is shown printable: it can neither colour, move, break nor reorder a line.
std::string to_terminal(const Review& review, const TerminalStyle& style);

}  // namespace ekaci::report
