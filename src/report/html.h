#pragma once

#include <string>

#include "model/review.h"

namespace ekaci::report {

/// The review as one HTML page that needs nothing else: no network (its Content-Security-Policy allows only its own style and script, by
/// their hashes), readable without script, in light and dark, on narrow screens and on paper. With script it has a table of all changes
/// with filters, and draws for each rebuilt attribute the way down to where the change entered.
///
/// Text of strangers is escaped for the place it stands in, control and bidirectional characters are spelled out. Long lists are
/// bounded where they are written out, and say so; the table has kMaxPageRows rows.
std::string to_html(const Review& review);

}  // namespace ekaci::report
