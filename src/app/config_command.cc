#include "app/config_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include "app/output.h"
#include "base/files.h"
#include "base/text.h"
#include "config/server_document.h"

namespace ekaci::app {
namespace {

constexpr std::uint64_t kLargestConfiguration = std::uint64_t{1} << 20U;

Result<ExitStatus> print(const std::string& text, ExitStatus status) {
  if (!write_text(STDOUT_FILENO, text)) return fail(ErrorCode::io, "cannot write to standard output");
  return status;
}

std::string app_of(const config::ServerConfiguration& configuration) {
  const config::GithubSettings& github = configuration.github;
  if (!github.app_id) return "the App that is registered through it";
  return fmt::format("App {} of {}", *github.app_id, printable_line(github.web));
}

}  // namespace

std::string configuration_summary(const config::ServerConfiguration& configuration) {
  const config::ServerSettings& server = configuration.server;
  const std::string reached = server.url ? fmt::format(", reached as {}", printable_line(*server.url)) : "";
  return fmt::format("listens on {}{}; is {}; keeps its state in {}", printable_line(server.listen.to_string()), reached,
                     app_of(configuration), printable_line(server.state.string()));
}

SecretReport report_secrets(const config::ServerConfiguration& configuration, const SecretSurroundings& surroundings) {
  SecretReport report;
  for (const NamedSecret& named : secrets_of(configuration)) {
    const Result<Secret> secret = read_secret(named.source, surroundings);
    if (secret) {
      report.lines += fmt::format("{}: {}: {} bytes\n", named.key, to_string(named.source), secret->size());
    } else {
      report.lines += fmt::format("{}: cannot be read: {}\n", named.key, secret.error().to_string());
      report.all_read = false;
    }
  }
  return report;
}

Result<config::ServerConfiguration> read_server_configuration(const std::string& file) {
  const Result<std::string> text = read_file(file, kLargestConfiguration);
  if (!text) return fail(text.error());
  return config::parse_server_configuration(*text, file);
}

Result<ExitStatus> check_configuration(const ConfigCheckCommand& command) {
  const Result<config::ServerConfiguration> configuration = read_server_configuration(command.file);
  if (!configuration) return fail(configuration.error());
  const std::string summary = fmt::format("{}: {}\n", printable_line(command.file), configuration_summary(*configuration));
  if (!command.secrets) return print(summary, ExitStatus::merge);
  const SecretReport secrets = report_secrets(*configuration, surroundings_of_process(*configuration));
  return print(summary + secrets.lines, secrets.all_read ? ExitStatus::merge : ExitStatus::could_not_run);
}

Result<ExitStatus> print_example_configuration() { return print(config::example_server_configuration(), ExitStatus::merge); }

}  // namespace ekaci::app
