#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/review.h"

namespace ekaci::app {

/// The most names that nearest_names() gives.
inline constexpr std::size_t kMostNames = 3;

/// Attributes of the jobs that someone may have meant who asked for one that is not there, likeliest first, printable: those with the
/// same last name, for people leave out the set; then those that are written almost alike, with or without their set. ASCII case does
/// not matter.
std::vector<std::string> nearest_names(const std::vector<JobReview>& jobs, const AttributePath& wanted);

/// Those of the names that are written almost as the wanted one, likeliest first, printable.
std::vector<std::string> nearest_texts(std::span<const std::string> names, const std::string& wanted);

/// `; do you mean a, b`, for the end of an error's message; empty where there is nothing to suggest.
std::string suggestion_of(std::span<const std::string> names);

/// The error that an attribute is not in a review, with those that may have been meant. not_found.
Failure no_such_attribute(const Review& review, const AttributePath& wanted);

/// How many bytes have to be put in, left out, changed or swapped with their neighbour to make one text the other; nullopt where that
/// is more than `limit`. Time and memory are bounded by the texts' length times the limit.
std::optional<std::size_t> edit_distance(std::string_view one, std::string_view other, std::size_t limit);

}  // namespace ekaci::app
