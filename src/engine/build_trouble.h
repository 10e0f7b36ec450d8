#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/build_ports.h"

namespace ekaci::engine {

/// Why an attempt came to nothing that says anything of its derivation, for people: `disk full: No space left on device`. One line,
/// printable, bounded.
std::string reason_of(const AttemptReport& report);

/// Likewise of what could not be asked or stored.
std::string reason_of(const Error& error);

}  // namespace ekaci::engine
