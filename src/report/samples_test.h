#pragma once

#include <string>
#include <vector>

#include "model/review.h"

namespace ekaci::report {

/// A constructed review and the name that its golden files bear.
struct Sample {
  std::string name;
  Review review;
};

/// One of each kind of review that a report has to carry.
std::vector<Sample> samples();

/// Compares with `tests/data/report/<file>`, which EKACI_UPDATE_GOLDEN=1 in the environment rewrites instead.
void expect_golden(const std::string& file, const std::string& text);

}  // namespace ekaci::report
