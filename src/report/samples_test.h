#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/review.h"
#include "review/compare.h"
#include "review/judge.h"

namespace ekaci::report {

/// A constructed review and the name that its golden files bear.
struct Sample {
  std::string name;
  Review review;
};

/// One of each kind of review that a report has to carry.
std::vector<Sample> samples();

/// A derivation of that name; another for every seed.
EvaluatedDerivation sample_derivation(const std::string& name, std::uint32_t seed);

/// A judged review of these jobs.
Review sample_review(std::vector<JobReview> jobs, const review::ConfigurationDifference& configuration = {});

/// A new version of one package that one other is built from; metadata, and the way down to its source.
Review leaf_sample();

/// A new version of a package that nearly everything is built from, and every kind of change beside it.
Review world_sample();

/// Compares with `tests/data/report/<file>`, which EKACI_UPDATE_GOLDEN=1 in the environment rewrites instead.
void expect_golden(const std::string& file, const std::string& text);

}  // namespace ekaci::report
