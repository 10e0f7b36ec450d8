#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "net/client.h"

namespace ekaci::app {

/// Asks a running server over its control socket (app/server_control.h). One thread.
class ControlClient {
 public:
  /// Of the server with this configuration's file. Errors as read_server_configuration().
  static Result<ControlClient> open(const std::string& configuration);

  using Query = std::vector<std::pair<std::string, std::string>>;
  /// The answer, where it is one; else its text as the error: invalid_argument, not_found, conflict, or unavailable, which says also that
  /// no server answers. cancelled.
  Result<net::ClientResponse> get(const std::string& path, const Query& query, const CancelToken& cancel = {});
  Result<net::ClientResponse> post(const std::string& path, const Query& query);

 private:
  ControlClient(std::string socket, std::unique_ptr<net::HttpClient> http) : socket_(std::move(socket)), http_(std::move(http)) {}
  Result<net::ClientResponse> ask(net::Method method, const std::string& path, const Query& query, const CancelToken& cancel);

  std::string socket_;
  std::unique_ptr<net::HttpClient> http_;
};

}  // namespace ekaci::app
