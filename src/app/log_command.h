#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci log`: prints the log of an attempt at building a derivation, made safe for terminals unless it is asked for as it is.
Result<ExitStatus> log(const LogCommand& command);

}  // namespace ekaci::app
