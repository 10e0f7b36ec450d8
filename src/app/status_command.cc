#include "app/status_command.h"

#include <unistd.h>

#include "app/config_command.h"
#include "app/output.h"
#include "net/client.h"

namespace ekaci::app {

Result<ExitStatus> show_status(const StatusCommand& command) {
  const Result<config::ServerConfiguration> configuration = read_server_configuration(command.configuration);
  if (!configuration) return fail(configuration.error());
  const auto socket = configuration->server.control_socket();
  const auto client = net::HttpClient::make({.unix_socket = socket});
  if (!client) return fail(client.error());
  const Result<net::ClientResponse> response = (*client)->send({.url = "http://ekaci/status"}, {});
  if (!response) return fail(ErrorCode::unavailable, "no server answers on {}: {}", socket.string(), response.error().message());
  if (response->status != 200) return fail(ErrorCode::unavailable, "the server answers with status {}", response->status);
  if (!write_text(STDOUT_FILENO, response->body + "\n")) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

}  // namespace ekaci::app
