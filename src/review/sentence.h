#pragma once

#include <string>

#include "model/review.h"
#include "review/findings.h"

namespace ekaci::review {

/// The verdict in one sentence. Printable.
std::string sentence_for(Decision decision, const Review& review, const Findings& found);

}  // namespace ekaci::review
