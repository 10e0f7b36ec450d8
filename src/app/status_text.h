#pragma once

#include <string>

#include "api/standing.h"
#include "report/terminal.h"

namespace ekaci::app {

/// How a server stands, for a person at a terminal: what is stuck first, with what helps; then GitHub, what is not sent, what is under
/// review, what waits and why, and what was decided. Lists are as long as the style's rows. Strangers' text is shown printable.
std::string status_text(const api::ServerStanding& standing, const report::TerminalStyle& style);

/// The reviews under way, and those that wait, in their order.
std::string queue_text(const api::ServerStanding& standing, const report::TerminalStyle& style);

}  // namespace ekaci::app
