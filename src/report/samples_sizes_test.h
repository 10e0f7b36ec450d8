#pragma once

#include <vector>

#include "report/samples_test.h"

/// Constructed reviews that measured.
namespace ekaci::report {

/// A library grows, most of what is built from it with it; some of base is not known.
Review sizes_sample();

/// Names, versions and sizes that mean harm, on two systems.
Review hostile_sizes_sample();

/// The two of them.
std::vector<Sample> size_samples();

}  // namespace ekaci::report
