#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/fd.h"
#include "net/server.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): its name
}

namespace ekaci::net {

/// One connection of a client. Owned by the core from start() to its end. Any thread.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection(Connection&&) = delete;
  Connection& operator=(Connection&&) = delete;
  virtual ~Connection() = default;

  virtual void start() = 0;
  /// Closes it if it waits for a request.
  virtual void close_if_idle() = 0;
  virtual void close() = 0;
};

/// The atomic twin of ServerCounters.
struct Counting {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> accept_failures{0};
  std::atomic<std::uint64_t> requests{0};
  std::array<std::atomic<std::uint64_t>, 5> responses{};
  std::atomic<std::uint64_t> bytes_received{0};
  std::atomic<std::uint64_t> bytes_sent{0};
  std::atomic<std::uint64_t> body_bytes{0};
};

/// What all connections of a server share; owns them. It lives as long as the server or a responder needs it. Any thread.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  explicit ServerCore(ServerOptions options);
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;
  ServerCore(ServerCore&&) = delete;
  ServerCore& operator=(ServerCore&&) = delete;
  ~ServerCore();

  [[nodiscard]] const ServerOptions& options() const { return options_; }
  [[nodiscard]] const ServerLimits& limits() const { return options_.limits; }
  [[nodiscard]] boost::asio::io_context& context() { return *context_; }
  [[nodiscard]] Counting& counting() { return counting_; }
  [[nodiscard]] ServerCounters counters() const;
  [[nodiscard]] bool is_stopping() const { return stopping_; }

  /// Whether one more connection would be kept.
  [[nodiscard]] bool has_room() const;
  /// Keeps and starts a connection; false where there is room for no other, or the server stops.
  bool adopt(const std::shared_ptr<Connection>& connection);
  /// It has closed.
  void forget(const std::shared_ptr<Connection>& connection);

  /// Takes so many bytes out of what all bodies may have together; false, and takes none, where there is not that much left.
  bool hold_body_bytes(std::uint64_t bytes);
  void release_body_bytes(std::uint64_t bytes) { counting_.body_bytes -= bytes; }

  /// From now on no connection is adopted, and none waits for a further request.
  void begin_stopping();
  /// Waits until all have closed, at most so long.
  void wait_until_empty(std::chrono::milliseconds longest);
  void close_all();

 private:
  [[nodiscard]] std::set<std::shared_ptr<Connection>> all() const;

  const ServerOptions options_;
  std::unique_ptr<boost::asio::io_context> context_;  ///< outlives the connections: their sockets belong to it
  Counting counting_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::set<std::shared_ptr<Connection>> connections_;  ///< under mutex_
};

/// A connection on a socket that was accepted; `family` is the address's.
std::shared_ptr<Connection> make_connection(ServerCore& core, Fd socket, int family, std::string peer);

}  // namespace ekaci::net
