#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "model/review.h"

namespace ekaci::report {

/// Longer reports are refused.
inline constexpr std::size_t kLargestReport = std::size_t{1} << 30U;

/// The review that to_json() wrote: of what it writes nothing is lost, so to_json() of the result gives the same text. Attributes that
/// are unchanged or no derivation are not in the text and so only in the counts. The text may be anybody's: it is checked for being
/// whole and consistent (counts sum, indices are in range, ways lead down), and memory is bounded by its length. Keys that are not
/// known are passed over, as docs/report.md asks of readers. Every error is invalid_argument and says where in the text.
Result<Review> from_json(std::string_view text);

}  // namespace ekaci::report
