#include "config/secret_source.h"

#include <fmt/core.h>

#include "base/text.h"

namespace ekaci::config {
namespace {

struct Describe {
  std::string operator()(const EnvironmentSecret& source) const {
    return fmt::format("the environment variable {}", printable_line(source.variable));
  }
  std::string operator()(const FileSecret& source) const { return fmt::format("the file {}", printable_line(source.path)); }
  std::string operator()(const CredentialSecret& source) const { return fmt::format("the credential {}", printable_line(source.name)); }
  std::string operator()(const CommandSecret& source) const {
    return fmt::format("the command {}", source.arguments.empty() ? "" : printable_line(source.arguments.front()));
  }
};

}  // namespace

std::string to_string(const SecretSource& source) { return std::visit(Describe{}, source); }

}  // namespace ekaci::config
