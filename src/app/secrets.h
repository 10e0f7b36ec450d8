#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/server_configuration.h"

namespace ekaci::app {

/// What secrets are read from.
struct SecretSurroundings {
  /// The value of an environment variable of this process; nullopt where it is not set.
  std::function<std::optional<std::string>(const std::string&)> variable{};
  /// The whole environment of commands that print secrets, see command_environment().
  std::map<std::string, std::string> command_environment{};
  CancelToken cancel{};
};

/// Reads a secret from where it is. A line feed at its end (not of a variable) is not a part of it; an empty one is refused, as is one of
/// more than 64 KiB. A file that others than its owner and group can read or write is refused: permission_denied. A command has
/// 10 s; what it prints on standard error is in the error where it fails, and what it prints on standard output never is. May block.
Result<Secret> read_secret(const config::SecretSource& source, const SecretSurroundings& surroundings);

/// A secret that a configuration names.
struct NamedSecret {
  std::string key;  ///< `github.private_key`
  config::SecretSource source;
};
/// Those that are there, in the order of the documentation.
std::vector<NamedSecret> secrets_of(const config::ServerConfiguration& configuration);

/// An environment without the variables that the configuration says are secrets: no command sees another's.
std::map<std::string, std::string> command_environment(const config::ServerConfiguration& configuration,
                                                       std::map<std::string, std::string> environment);

/// Those of this process. Nothing writes the environment.
SecretSurroundings surroundings_of_process(const config::ServerConfiguration& configuration);

}  // namespace ekaci::app
