#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "net/http.h"

namespace ekaci::net {

/// How long an exchange may take. Whichever passes first ends it with unavailable.
struct ClientDeadlines {
  std::chrono::milliseconds connect = std::chrono::seconds(10);  ///< looking the name up, TCP and TLS
  std::chrono::milliseconds total = std::chrono::seconds(60);    ///< from the call to the end of the answer
  /// Slower than low_speed bytes a second for low_speed_time, in either direction.
  std::uint64_t low_speed = 64;
  std::chrono::seconds low_speed_time = std::chrono::seconds(30);
};

struct ClientRequest {
  Method method = Method::get;
  std::string url{};  ///< absolute, http or https, without user name and password
  Headers headers{};  ///< User-Agent, Host and Content-Length come by themselves
  std::string body{};
  ClientDeadlines deadlines{};
  std::uint64_t largest_answer = std::uint64_t{32} << 20U;  ///< bytes of body
  /// How many are followed; one more is an error (unavailable). 0: a redirection is an answer like any other. Headers go along, so leave
  /// it 0 with secrets in any but Authorization and Cookie.
  std::size_t redirects = 0;
};

/// Any answer: what a status means is the caller's to say.
struct ClientResponse {
  int status = 0;
  Headers headers{};
  std::string body{};
};

struct ClientOptions {
  std::string user_agent = "EkaCI";
  std::filesystem::path certificates{};  ///< a file of authorities (PEM) to trust; the system's where empty
  std::filesystem::path unix_socket{};   ///< where set, every connection goes there, and a URL's host is only a name
};

/// An HTTPS client. Verifies TLS always; takes proxies from the environment as curl does; keeps connections for later requests. Asks
/// for no compression. Any threads, each blocked as long as its exchange takes. The process has to ignore SIGPIPE (TLS writes to
/// sockets without the flag against it).
///
/// Errors name method, origin and path, and never a query, header or body, which may hold secrets.
class HttpClient {
 public:
  /// The first call in a process sets libcurl up for all of them.
  static Result<std::unique_ptr<HttpClient>> make(ClientOptions options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  HttpClient(HttpClient&&) = delete;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  /// One exchange. What is not a GET or HEAD is sent once: where a kept connection breaks before an answer, that is `unavailable`. Errors:
  /// invalid_argument (URL, header, a body where none can be), unavailable (name, connection, TLS, a deadline; the server may have acted on
  /// it all the same), resource_exhausted (the answer is larger than allowed), corrupt (it is not HTTP), cancelled.
  Result<ClientResponse> send(const ClientRequest& request, const CancelToken& cancel);

 private:
  class Implementation;
  explicit HttpClient(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ekaci::net
