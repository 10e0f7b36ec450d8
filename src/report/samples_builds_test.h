#pragma once

#include <vector>

#include "report/samples_test.h"

/// Constructed reviews that built.
namespace ekaci::report {

/// One package fails, newly, below nearly all that the change rebuilds.
Review broken_root_sample();

/// Every transition and every way in which a derivation does not succeed, on two systems.
Review mixed_builds_sample();

/// Logs, messages and phases that mean harm.
Review hostile_builds_sample();

/// The three of them.
std::vector<Sample> build_samples();

}  // namespace ekaci::report
