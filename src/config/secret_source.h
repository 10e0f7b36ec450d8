#pragma once

#include <string>
#include <variant>
#include <vector>

namespace ekaci::config {

/// A secret is never in the configuration; the configuration says where it is.
struct EnvironmentSecret {
  std::string variable{};  ///< an environment variable of the server
  friend bool operator==(const EnvironmentSecret&, const EnvironmentSecret&) = default;
};
struct FileSecret {
  std::string path{};  ///< absolute
  friend bool operator==(const FileSecret&, const FileSecret&) = default;
};
/// systemd's LoadCredential= and its companions (systemd.exec(5)).
struct CredentialSecret {
  std::string name{};  ///< a file's name, without any directory
  friend bool operator==(const CredentialSecret&, const CredentialSecret&) = default;
};
struct CommandSecret {
  std::vector<std::string> arguments{};  ///< a program that prints it, with its arguments; never given to a shell
  friend bool operator==(const CommandSecret&, const CommandSecret&) = default;
};

using SecretSource = std::variant<EnvironmentSecret, FileSecret, CredentialSecret, CommandSecret>;

/// Where it is, for people: `the environment variable EKACI_KEY`. Printable. Of a command it says the program alone.
std::string to_string(const SecretSource& source);

}  // namespace ekaci::config
