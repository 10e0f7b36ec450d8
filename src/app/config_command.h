#pragma once

#include <string>

#include "app/command_line.h"
#include "app/exit_status.h"
#include "app/secrets.h"
#include "base/result.h"

namespace ekaci::app {

/// A server's configuration from its file. Errors name the file, and where in it something is wrong.
Result<config::ServerConfiguration> read_server_configuration(const std::string& file);

/// `ekaci config check`: prints one line with what a server of this configuration would do, and where secrets are asked for, one for each:
/// that it could be read and how long it is, or why not. Exit status 0; 4 where a secret could not be read. A configuration that is wrong
/// is invalid_argument.
Result<ExitStatus> check_configuration(const ConfigCheckCommand& command);

/// `127.0.0.1:8080, …`: the line that says what a server would do.
std::string configuration_summary(const config::ServerConfiguration& configuration);

/// A line for each secret of the configuration, none with a byte of it.
struct SecretReport {
  std::string lines{};
  bool all_read = true;
};
SecretReport report_secrets(const config::ServerConfiguration& configuration, const SecretSurroundings& surroundings);

/// `ekaci config example`: prints a complete configuration with comments. Exit status 0.
Result<ExitStatus> print_example_configuration();

}  // namespace ekaci::app
