#include "app/control_client.h"

#include "app/config_command.h"
#include "base/text.h"
#include "net/url.h"

namespace ekaci::app {
namespace {

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
      return ErrorCode::invalid_argument;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    default:
      return ErrorCode::unavailable;
  }
}

}  // namespace

Result<ControlClient> ControlClient::open(const std::string& configuration) {
  const Result<config::ServerConfiguration> read = read_server_configuration(configuration);
  if (!read) return fail(read.error());
  const auto socket = read->server.control_socket();
  auto http = net::HttpClient::make({.unix_socket = socket});
  if (!http) return fail(http.error());
  return ControlClient(socket.string(), std::move(*http));
}

Result<net::ClientResponse> ControlClient::get(const std::string& path, const Query& query, const CancelToken& cancel) {
  return ask(net::Method::get, path, query, cancel);
}

Result<net::ClientResponse> ControlClient::post(const std::string& path, const Query& query) {
  return ask(net::Method::post, path, query, {});
}

Result<net::ClientResponse> ControlClient::ask(net::Method method, const std::string& path, const Query& query, const CancelToken& cancel) {
  net::ClientRequest request{.method = method, .url = "http://ekaci" + path};
  if (!query.empty()) request.url += "?" + net::encode_query(query);
  Result<net::ClientResponse> response = http_->send(request, cancel);
  if (!response) {
    if (response.error().code() == ErrorCode::cancelled) return fail(response.error());
    return fail(ErrorCode::unavailable, "no server answers on {}: {}", socket_, response.error().message());
  }
  if (response->status == 200) return response;
  return fail(code_of(response->status), "{}", printable_line(trim(response->body)));
}

}  // namespace ekaci::app
