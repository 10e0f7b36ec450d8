#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci show`: prints a review that was made before, in any form. The exit status is that of its verdict; for a list, 0.
Result<ExitStatus> show(const ShowCommand& command);

/// `ekaci why`: prints why attributes are what they are at head. Exit status 0; not_found where no attribute has this path.
Result<ExitStatus> why(const WhyCommand& command);

}  // namespace ekaci::app
