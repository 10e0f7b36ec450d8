#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci status`: prints what the server of a configuration says of itself on its control socket, as JSON.
Result<ExitStatus> show_status(const StatusCommand& command);

}  // namespace ekaci::app
