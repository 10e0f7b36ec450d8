#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci review`: makes the adapters, runs the review, prints its report. Call from the main thread, before others are made.
Result<ExitStatus> review(const ReviewCommand& command);

}  // namespace ekaci::app
