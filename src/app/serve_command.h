#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci serve`: returns when it was told to stop. Says on standard output, in a line, where it listens, once it does; and before, where
/// the server is no App yet, where one is registered.
Result<ExitStatus> serve(const ServeCommand& command);

}  // namespace ekaci::app
