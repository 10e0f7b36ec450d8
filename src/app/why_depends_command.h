#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci why-depends`: prints what the runtime closure of a reviewed attribute gained, lost or keeps in another version, or the way in
/// references by which it keeps one dependency on each side. Asks the store, and the memory for what the store has no more. Exit
/// status 0; not_found where no attribute has this path, nothing is known of its outputs, or no closure has the dependency.
Result<ExitStatus> why_depends(const WhyDependsCommand& command);

}  // namespace ekaci::app
