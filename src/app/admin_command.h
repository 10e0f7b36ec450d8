#pragma once

#include "app/command_line.h"
#include "app/exit_status.h"
#include "base/result.h"

namespace ekaci::app {

/// `ekaci admin`: says who administers the server of a configuration, or changes that, in its database: also while the server runs, which
/// asks the database anew each time, and where none does. Whoever may write there may, so nothing has to be asked of the server. not_found
/// where someone is to be removed who is none, or where the server has no state directory yet.
Result<ExitStatus> administer(const AdminCommand& command);

}  // namespace ekaci::app
