#pragma once

#include <string>

#include "model/review.h"
#include "review/findings.h"

namespace ekaci::review {

/// A verdict in one sentence, by its decision and requirements. Printable.
std::string sentence_for(const Verdict& verdict, const Review& review, const Findings& found);

}  // namespace ekaci::review
