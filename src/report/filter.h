#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/attribute_path.h"
#include "model/review.h"

namespace ekaci::report {

/// Which changes someone wants to see. Of several values of one kind one has to fit, of several kinds each; an empty list asks nothing.
struct Filter {
  std::vector<std::string> maintainers{};  ///< as a package names them on either side; ASCII case and a leading `@` do not matter
  std::vector<AttributePath> sets{};       ///< package sets, from parse_set(); the root stands for the top level
  std::set<ChangeKind> kinds{};
};

/// A package set as it is written on a command line: `python3Packages`, `python3Packages.*`, or `.` for the top level, which is what
/// stands in no set. Fails with invalid_argument, saying what to write.
Result<AttributePath> parse_set(std::string_view text);

/// The review with only those changes that pass, and the counts of those; it has a note that says how many are hidden. The verdict, its
/// requirements, the root failures, the origins and the number of new derivations are still those of all changes. A filter that asks
/// nothing changes nothing.
Review filtered(Review review, const Filter& filter);

}  // namespace ekaci::report
