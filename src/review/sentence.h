#pragma once

#include <string>

#include "model/review.h"
#include "review/findings.h"
#include "review/judge.h"

namespace ekaci::review {

/// A verdict in one sentence, by its decision and requirements. Printable.
std::string sentence_for(const Verdict& verdict, const Review& review, const ConfigurationDifference& configuration, const Findings& found);

}  // namespace ekaci::review
