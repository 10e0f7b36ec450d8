#include "app/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/files.h"
#include "base/text.h"
#include "process/child.h"

namespace ekaci::app {
namespace {

constexpr std::uint64_t kLargest = std::uint64_t{64} << 10U;
constexpr std::chrono::seconds kCommandTime{10};
constexpr std::size_t kShownOfStandardError = 500;
/// A shorter secret can stand in any message by chance.
constexpr std::size_t kRecognisable = 4;

Result<Secret> checked(Secret secret, const config::SecretSource& source) {
  if (secret.is_empty()) return fail(ErrorCode::invalid_argument, "{} is empty", to_string(source));
  if (secret.size() <= kLargest) return secret;
  return fail(ErrorCode::resource_exhausted, "{} has {} bytes; at most {} are read", to_string(source), secret.size(), kLargest);
}

void remove_line_end(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

Result<Secret> read_file_secret(const std::string& path, const config::SecretSource& source) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    const int error = errno;
    const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::not_found : ErrorCode::permission_denied;
    return fail(code, "cannot open {}: {}", printable_line(path), std::generic_category().message(error));
  }
  if (S_ISREG(status.st_mode) && (status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return fail(ErrorCode::permission_denied,
                "others can read or write {}: do away with that (chmod o-rw), and with the secret if others have used that",
                printable_line(path));
  }
  // By its descriptor, so that it is the file that was looked at.
  Result<std::string> read = read_file(fmt::format("/proc/self/fd/{}", fd.get()), kLargest);
  if (!read)
    return fail(read.error().code(), "{} cannot be read: it must be a regular file of at most {} bytes", printable_line(path), kLargest);
  remove_line_end(*read);
  return checked(Secret(std::move(*read)), source);
}

/// What a command said of its failure, unless a line of the secret is in it.
std::string told(const std::string& error, std::string_view output) {
  const auto holds = [&error](std::string_view line) {
    return trim(line).size() >= kRecognisable && error.find(trim(line)) != std::string::npos;
  };
  if (std::ranges::any_of(split(output, '\n'), holds)) return " (what it said of it holds what it printed)";
  const std::string line = clip(printable_line(error), kShownOfStandardError);
  return line.empty() ? "" : ": " + line;
}

struct Read {
  const SecretSurroundings& surroundings;
  const config::SecretSource& source;

  Result<Secret> operator()(const config::EnvironmentSecret& environment) const {
    std::optional<std::string> value = surroundings.variable(environment.variable);
    if (!value) return fail(ErrorCode::not_found, "{} is not set", to_string(source));
    return checked(Secret(std::move(*value)), source);
  }

  Result<Secret> operator()(const config::FileSecret& file) const { return read_file_secret(file.path, source); }

  Result<Secret> operator()(const config::CredentialSecret& credential) const {
    const std::optional<std::string> directory = surroundings.variable("CREDENTIALS_DIRECTORY");
    if (!directory || directory->empty()) {
      return fail(ErrorCode::not_found, "{}: $CREDENTIALS_DIRECTORY is not set; systemd sets it where the unit has LoadCredential={}:…",
                  to_string(source), printable_line(credential.name));
    }
    return read_file_secret(*directory + "/" + credential.name, source);
  }

  Result<Secret> operator()(const config::CommandSecret& command) const {
    const process::Command whole{.arguments = command.arguments, .environment = surroundings.command_environment};
    Result<process::Completed> run = process::run(whole, "", {.time = kCommandTime, .output = kLargest}, surroundings.cancel);
    if (!run) return fail(run.error());
    remove_line_end(run->output);
    Secret output(std::move(run->output));
    const process::ExitStatus& status = run->ended.status;
    if (status.succeeded()) return checked(std::move(output), source);
    return fail(ErrorCode::unavailable, "{} {}{}", to_string(source), status.to_string(), told(run->error, output.reveal()));
  }
};

}  // namespace

Result<Secret> read_secret(const config::SecretSource& source, const SecretSurroundings& surroundings) {
  return std::visit(Read{surroundings, source}, source);
}

std::vector<NamedSecret> secrets_of(const config::ServerConfiguration& configuration) {
  std::vector<NamedSecret> secrets;
  const config::GithubSettings& github = configuration.github;
  if (github.private_key) secrets.push_back({"github.private_key", *github.private_key});
  if (github.webhook_secret) secrets.push_back({"github.webhook_secret", *github.webhook_secret});
  if (github.previous_webhook_secret) secrets.push_back({"github.previous_webhook_secret", *github.previous_webhook_secret});
  return secrets;
}

std::map<std::string, std::string> command_environment(const config::ServerConfiguration& configuration,
                                                       std::map<std::string, std::string> environment) {
  for (const NamedSecret& secret : secrets_of(configuration)) {
    if (const auto* const variable = std::get_if<config::EnvironmentSecret>(&secret.source)) environment.erase(variable->variable);
  }
  return environment;
}

SecretSurroundings surroundings_of_process(const config::ServerConfiguration& configuration) {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  const auto variable = [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing of ours writes the environment
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return {.variable = variable, .command_environment = command_environment(configuration, std::move(environment))};
}

}  // namespace ekaci::app
