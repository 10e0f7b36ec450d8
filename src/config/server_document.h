#pragma once

#include <string>

namespace ekaci::config {

/// A complete configuration with a comment for each key. What stands in it is the defaults; keys without default are commented out.
std::string example_server_configuration();

/// The tables of docs/server-configuration.md: one of markdown for each of TOML, with its keys.
std::string server_configuration_reference();

}  // namespace ekaci::config
