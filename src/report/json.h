#pragma once

#include <string>

#include "model/review.h"

namespace ekaci::report {

/// The whole review as JSON, schema `ekaci.review/1` (docs/report.md, docs/schema/review-1.json). Deterministic, printable ASCII
/// only, one line for each changed attribute, each root failure, each retained dependency, each origin and each derivation on the ways down
/// to them, a line feed at the end. Bytes that are not UTF-8 become U+FFFD, one for each; it never fails.
std::string to_json(const Review& review);

}  // namespace ekaci::report
