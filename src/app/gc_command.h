#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci gc`: drops what is too old or beyond the bounds, of a server's state directory or of this user's cache, and says what. A server
/// that runs does it itself.
Result<ExitStatus> collect(const GcCommand& command);

}  // namespace ekaci::app
