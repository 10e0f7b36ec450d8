#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"
#include "model/review.h"

namespace ekaci::app {

/// Makes the adapters and the review, and keeps it for `ekaci show`. Says on standard error how it goes. Call from the main thread,
/// before others are made.
Result<Review> make_review(const ReviewCommand& command);

/// `ekaci review`: makes the review and prints its report. As make_review().
Result<ExitStatus> review(const ReviewCommand& command);

}  // namespace ekaci::app
