#include "net/server.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "net/acceptor.h"
#include "net/server_core.h"

namespace ekaci::net {
namespace {

namespace asio = boost::asio;

/// Until there is nothing left to do. What throws is a defect: it is told, and costs what it happened to.
void serve(ServerCore& core) {
  while (true) {
    try {
      core.context().run();
      return;
    } catch (const std::exception& defect) {
      core.options().log.error("a connection ended by a defect: {}", defect.what());
    }
  }
}

/// Removes the socket file while nobody else can have made one in its place.
void remove_socket_file(const ListenAddress& address) {
  const auto* const unix_socket = std::get_if<UnixSocket>(&address);
  if (unix_socket == nullptr) return;
  std::error_code ignored;
  std::filesystem::remove(unix_socket->path, ignored);
}

}  // namespace

class HttpServer::Implementation {
 public:
  explicit Implementation(ServerOptions options)
      : core_(std::make_shared<ServerCore>(std::move(options))), work_(core_->context().get_executor()) {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  Implementation(Implementation&&) = delete;
  Implementation& operator=(Implementation&&) = delete;
  ~Implementation() { stop(std::chrono::milliseconds(0)); }

  Status start() {
    Result<Listening> listening = listen_on(core_->options().address);
    if (!listening) return fail(std::move(listening).error());
    port_ = listening->port;
    Result<std::shared_ptr<Acceptor>> acceptor = Acceptor::start(*core_, std::move(listening->socket));
    if (!acceptor) return fail(std::move(acceptor).error());
    acceptor_ = std::move(*acceptor);
    for (std::size_t i = 0; i < std::max<std::size_t>(core_->options().threads, 1); ++i) {
      threads_.emplace_back([core = core_] { serve(*core); });
    }
    return {};
  }

  void stop(std::chrono::milliseconds grace) {
    std::call_once(stopped_, [&] { stop_now(grace); });
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] ServerCounters counters() const { return core_->counters(); }

 private:
  void stop_now(std::chrono::milliseconds grace) {
    if (acceptor_) {
      remove_socket_file(core_->options().address);
      acceptor_->close();
    }
    core_->begin_stopping();
    core_->wait_until_empty(grace);
    core_->close_all();
    work_.reset();
    for (std::thread& thread : threads_) thread.join();
  }

  std::shared_ptr<ServerCore> core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<Acceptor> acceptor_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
  std::once_flag stopped_;
};

HttpServer::HttpServer(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options) {
  if (!options.handler) return fail(ErrorCode::invalid_argument, "a server needs a handler");
  auto implementation = std::make_unique<Implementation>(std::move(options));
  if (auto started = implementation->start(); !started) return fail(std::move(started).error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(implementation)));  // NOLINT(*-owning-memory): a private constructor
}

std::uint16_t HttpServer::port() const { return implementation_->port(); }

ServerCounters HttpServer::counters() const { return implementation_->counters(); }

void HttpServer::stop(std::chrono::milliseconds grace) { implementation_->stop(grace); }

}  // namespace ekaci::net
