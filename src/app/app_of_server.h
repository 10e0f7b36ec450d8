#pragma once

#include <optional>
#include <string>

#include "app/server.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "config/server_configuration.h"

namespace ekaci::app {

/// What a server is to be told before it can start.
struct ServerToBe {
  config::ServerConfiguration configuration{};  ///< with an App's number
  AppSecrets secrets{};
};

/// The App that a configuration names; else the one that was registered through the server; else one that is registered now, by an operator
/// who is told on standard output where, and whom this waits for. nullopt where it was asked to stop before. `file` is the
/// configuration's, for errors. Who registered the App is an administrator afterwards.
Result<std::optional<ServerToBe>> find_app(config::ServerConfiguration configuration, const std::string& file, const Clock& clock,
                                           const CancelToken& stop);

}  // namespace ekaci::app
