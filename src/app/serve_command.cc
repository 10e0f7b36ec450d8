#include "app/serve_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "app/config_command.h"
#include "app/interrupt.h"
#include "app/output.h"
#include "app/secrets.h"
#include "app/server.h"

namespace ekaci::app {
namespace {

Result<AppSecrets> read_secrets(const config::ServerConfiguration& configuration) {
  const SecretSurroundings surroundings = surroundings_of_process(configuration);
  AppSecrets secrets;
  for (const NamedSecret& named : secrets_of(configuration)) {
    Result<Secret> secret = read_secret(named.source, surroundings);
    if (!secret) return fail(secret.error(), named.key);
    if (named.key == "github.private_key") {
      secrets.private_key = std::move(*secret);
    } else {
      secrets.webhook_secrets.push_back(std::move(*secret));
    }
  }
  return secrets;
}

void wait_for(const CancelToken& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

}  // namespace

Result<ExitStatus> serve(const ServeCommand& command) {
  const Interrupt interrupt;
  const SystemClock clock;
  const Result<config::ServerConfiguration> configuration = read_server_configuration(command.configuration);
  if (!configuration) return fail(configuration.error());
  if (!configuration->github.app_id) {
    return fail(ErrorCode::invalid_argument, "{}: no GitHub App is configured: set app_id, private_key and webhook_secret in [github]",
                command.configuration);
  }
  Result<AppSecrets> secrets = read_secrets(*configuration);
  if (!secrets) return fail(secrets.error());
  const auto server = Server::start(*configuration, std::move(*secrets), clock, interrupt.token());
  if (!server) return fail(server.error());
  const std::string host = configuration->server.listen.host;
  const std::string ready = fmt::format("listening on {}\n", config::ListenAddress{.host = host, .port = (*server)->port()}.to_string());
  if (!write_text(STDOUT_FILENO, ready)) return fail(ErrorCode::io, "cannot write to standard output");
  wait_for(interrupt.token());
  return ExitStatus::merge;
}

}  // namespace ekaci::app
