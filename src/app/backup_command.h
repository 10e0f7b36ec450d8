#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci backup`: copies a server's database, whether or not the server runs.
Result<ExitStatus> back_up(const BackupCommand& command);

}  // namespace ekaci::app
