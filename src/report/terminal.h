#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/review.h"
#include "report/layout.h"

namespace ekaci::report {

/// How much a terminal report says.
enum class Verbosity : std::uint8_t {
  quiet,   ///< the verdict and the counts
  normal,  ///< and the requirements, what the change does itself, why the rest is rebuilt, and the first of every list
  all,     ///< and all of every list, what still fails or is still refused, whole messages, and the cost of each evaluation
};

struct TerminalStyle {
  std::size_t columns = 80;
  Colour colour = Colour::off;
  std::size_t rows = 10;  ///< of each list; how many are left out is said
  Verbosity verbosity = Verbosity::normal;
};

/// The review for a person at a terminal who has a minute: the verdict, its requirements, what building found with the root failures, the
/// counts, what the change itself does, new problems, sizes, retained dependencies and build times, why the rest is rebuilt, the rest in
/// groups, and last what is as bad as before. No line is wider than the style's columns (at least 20). Strangers' text is shown printable:
/// it can neither colour, move, break nor reorder a line.
std::string to_terminal(const Review& review, const TerminalStyle& style);

}  // namespace ekaci::report
