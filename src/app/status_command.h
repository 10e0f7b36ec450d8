#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci status` and `ekaci queue`: what the server of a configuration says of itself on its control socket.
Result<ExitStatus> show_status(const StatusCommand& command);

/// `ekaci retry` and `ekaci cancel`: has a running server do it, and prints what comes of it.
Result<ExitStatus> give_order(const OrderCommand& command);

/// `ekaci log` of a build that a running server made or makes.
Result<ExitStatus> show_server_log(const ServerLogCommand& command);

}  // namespace ekaci::app
