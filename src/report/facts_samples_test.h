#pragma once

#include <cstdint>
#include <string>

#include "model/review.h"

/// Constructed reviews for the renderings that are made for pages.
namespace ekaci::report {

/// Hostile in every place that takes text: markup of HTML and markdown, mentions, references, fences, terminal and bidi controls.
std::string hostile_text(std::uint32_t seed);

/// A library with a new version and three packages built from it, on two systems; metadata of one more changes.
Review bump_sample();

/// A compression library's new version that rebuilds as many attributes, by chains of up to some twenty steps.
Review mass_sample(std::uint32_t attributes);

/// New errors, some of packages whose names are hostile, additions, removals and refusals.
Review hostile_sample();

/// A change that cannot be merged.
Review conflict_sample();

}  // namespace ekaci::report
