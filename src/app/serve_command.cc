#include "app/serve_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "app/app_of_server.h"
#include "app/config_command.h"
#include "app/interrupt.h"
#include "app/output.h"
#include "app/server.h"
#include "app/world.h"
#include "base/files.h"
#include "base/memory.h"

namespace ekaci::app {
namespace {

void wait_for(const CancelToken& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

}  // namespace

Result<ExitStatus> serve(const ServeCommand& command) {
  keep_little_freed_memory();
  const Interrupt interrupt;
  const SystemClock clock;
  const Result<config::ServerConfiguration> configuration = read_server_configuration(command.configuration);
  if (!configuration) return fail(configuration.error());
  const Result<FileLock> state = take_state_directory(configuration->server.state);
  if (!state) return fail(state.error());
  Result<std::optional<ServerToBe>> found = find_app(*configuration, command.configuration, clock, interrupt.token());
  if (!found) return fail(found.error());
  std::optional<ServerToBe>& app = *found;
  if (!app) return ExitStatus::merge;
  const auto server = Server::start(app->configuration, std::move(app->secrets), clock, interrupt.token());
  if (!server) return fail(server.error());
  const std::string host = configuration->server.listen.host;
  const std::string ready = fmt::format("listening on {}\n", config::ListenAddress{.host = host, .port = (*server)->port()}.to_string());
  if (!write_text(STDOUT_FILENO, ready)) return fail(ErrorCode::io, "cannot write to standard output");
  wait_for(interrupt.token());
  return ExitStatus::merge;
}

}  // namespace ekaci::app
