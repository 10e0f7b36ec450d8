#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "net/http.h"
#include "net/listen.h"
#include "net/responder.h"

namespace ekaci::net {

/// What one client, and all of them together, may take. Whatever goes beyond is answered, where it can be, and closed.
struct ServerLimits {
  /// Of a request's line and head. GitHub's are about 1 KiB; a browser's cookies may be 4 KiB each. Beyond: 431.
  std::size_t header_bytes = std::size_t{16} << 10U;
  /// Of a request's body, where ServerOptions::body_limit says nothing else: more than any form or command of ours. Beyond: 413.
  std::uint64_t body_bytes = std::uint64_t{1} << 20U;
  /// Of all bodies that were received and not yet answered, so that many large ones at once cannot take the machine. Beyond: 503.
  std::uint64_t body_bytes_in_all = std::uint64_t{256} << 20U;
  /// At once. Each costs a descriptor, of which a process often has 1024, and some 20 KiB. Beyond: 503.
  std::size_t connections = 512;
  /// Then the connection is closed, so that a proxy in front shares its requests out again.
  std::size_t requests_per_connection = 10'000;
  /// From a connection's or a head's first byte to the end of the head: who sends byte by byte (slowloris) is cut. Then: 408.
  std::chrono::milliseconds header_time = std::chrono::seconds(10);
  /// A body gets this time, and a second more for each body_rate bytes that have come. Then: 408.
  std::chrono::milliseconds body_time = std::chrono::seconds(15);
  std::uint64_t body_rate = std::uint64_t{16} << 10U;
  /// From the whole request to the handler's answer. Handlers have bounds of their own, this one is the last. Then: 504.
  std::chrono::milliseconds answer_time = std::chrono::minutes(2);
  /// A response gets this time, and a second more for each write_rate bytes of it, until the client has taken it.
  std::chrono::milliseconds write_time = std::chrono::seconds(15);
  std::uint64_t write_rate = std::uint64_t{16} << 10U;
  /// Between two requests of a connection. Longer than a proxy in front keeps its own, which is 60 s as a rule.
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);
  /// How long a connection that was refused while it was still sending is read and dropped, so that the answer is not lost.
  std::chrono::milliseconds linger_time = std::chrono::seconds(2);
};

/// The most bytes of a body that this request may have; ServerLimits::body_bytes where it is not set. Called on an I/O thread when the
/// head is whole, before any of the body is read.
using BodyLimit = std::function<std::uint64_t(Method, const Target&)>;

/// Hears of each request that was refused before a handler saw it, but after its head was read: too large, too slow, no room. With the
/// status that was answered. Called on an I/O thread; must not block.
using RefusalListener = std::function<void(Method, const Target&, int status)>;

struct ServerOptions {
  ListenAddress address = HostPort{.host = "127.0.0.1"};
  Handler handler{};
  BodyLimit body_limit{};
  RefusalListener refused{};
  ServerLimits limits{};
  std::size_t threads = 1;  ///< I/O threads; 1 is enough for some ten thousand requests a second
  Log log{LogLevel::info};
};

/// What a server has done since it was started, and what it has now; for metrics.
struct ServerCounters {
  std::uint64_t connections = 0;  ///< now
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;                 ///< connections beyond the limit
  std::uint64_t accept_failures = 0;         ///< for want of descriptors or memory; the server waits and goes on
  std::uint64_t requests = 0;                ///< that reached the handler
  std::array<std::uint64_t, 5> responses{};  ///< by class of status: [0] is 1xx, [4] is 5xx; refusals count
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t body_bytes = 0;  ///< now in memory, see ServerLimits::body_bytes_in_all
};

/// An HTTP/1.1 and 1.0 server. Plain HTTP: TLS is a proxy's in front of it. Any thread may call it, but no handler may call stop() or
/// destroy it.
class HttpServer {
 public:
  /// Listens, and serves from threads of its own. Errors are those of listen_on().
  static Result<std::unique_ptr<HttpServer>> start(ServerOptions options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  HttpServer(HttpServer&&) = delete;
  HttpServer& operator=(HttpServer&&) = delete;
  /// As stop() without any grace.
  ~HttpServer();

  /// Of TCP, also where the one asked for was 0; 0 for a Unix socket.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] ServerCounters counters() const;

  /// Takes no more connections, closes those that wait for a request, lets requests that have begun end within the grace, and closes
  /// all others then. Returns when all is closed and the threads are joined. Responders that are left answer nobody. The socket file
  /// is removed. Calls after the first do nothing.
  void stop(std::chrono::milliseconds grace);

 private:
  class Implementation;
  explicit HttpServer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ekaci::net
