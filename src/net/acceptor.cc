#include "net/acceptor.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace ekaci::net {
namespace {

namespace asio = boost::asio;
using ErrorOfAsio = boost::system::error_code;

/// Between two attempts where there is no descriptor or no memory for a connection.
constexpr std::chrono::milliseconds kPause{100};
/// Then it is others' turn on the thread.
constexpr int kAcceptedInOneTurn = 64;

struct Accepted {
  Fd socket{};
  sockaddr_storage address{};
  int error = 0;
};

Accepted accept_one(int listening) {
  Accepted accepted;
  socklen_t size = sizeof accepted.address;
  auto* const address = reinterpret_cast<sockaddr*>(&accepted.address);  // NOLINT(*-reinterpret-cast): how the socket interface is made
  accepted.socket = Fd(::accept4(listening, address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!accepted.socket) accepted.error = errno;
  return accepted;
}

bool is_end_of_queue(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// Whether accept() speaks of the connection, which is gone, and not of us; accept(2) lists them.
bool is_of_the_connection(int error) {
  constexpr std::array kErrors{EINTR,     ECONNABORTED, EPROTO,       EPERM,      ENETDOWN,    ENOPROTOOPT,
                               EHOSTDOWN, ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, ETIMEDOUT};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

/// Who connected over a Unix socket, as the kernel noted it then (unix(7)).
std::string peer_name_of_user(const Fd& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return "unix";
  return fmt::format("unix:{}", credentials.uid);
}

std::string peer_name(const Fd& socket, const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);  // NOLINT(*-reinterpret-cast): how the socket interface is made
    ::inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
    return fmt::format("{}:{}", text.data(), ntohs(ipv4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);  // NOLINT(*-reinterpret-cast): likewise
    ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
    return fmt::format("[{}]:{}", text.data(), ntohs(ipv6.sin6_port));
  }
  return peer_name_of_user(socket);
}

/// A short answer waits for no more of it.
void send_at_once(const Fd& socket, const sockaddr_storage& address) {
  if (address.ss_family == AF_UNIX) return;
  const int on = 1;
  static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

/// What fits into the socket's empty buffer; whoever it is does not get more of our time.
void refuse(const Fd& socket) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nContent-Type: application/json\r\n"
      "Content-Length: 35\r\n\r\n{\"error\": \"too many connections\"}\r\n";
  static_cast<void>(::send(socket.get(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  static_cast<void>(::shutdown(socket.get(), SHUT_WR));
}

class SocketAcceptor final : public Acceptor, public std::enable_shared_from_this<SocketAcceptor> {
 public:
  explicit SocketAcceptor(ServerCore& core)
      : core_(core), strand_(asio::make_strand(core.context())), listening_(strand_), pause_(strand_) {}

  bool assign(Fd listening) {
    ErrorOfAsio error;
    listening_.assign(listening.get(), error);
    if (error) return false;
    static_cast<void>(listening.release());
    return true;
  }

  void start() {
    asio::post(strand_, [self = shared_from_this()] { self->await(); });
  }

  void close() override {
    asio::post(strand_, [self = shared_from_this()] {
      ErrorOfAsio ignored;
      self->listening_.close(ignored);
      self->pause_.cancel();
    });
  }

 private:
  void await() {
    if (!listening_.is_open()) return;
    listening_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const ErrorOfAsio& error) {
      if (error) {
        self->pause();
        return;
      }
      self->accept_some();
    });
  }

  void accept_some() {
    for (int i = 0; i < kAcceptedInOneTurn && listening_.is_open(); ++i) {
      Accepted accepted = accept_one(listening_.native_handle());
      if (accepted.socket) {
        is_short_ = false;
        take(std::move(accepted));
      } else if (is_end_of_queue(accepted.error)) {
        break;
      } else if (!is_of_the_connection(accepted.error)) {
        tell(accepted.error);
        pause();
        return;
      }
    }
    await();
  }

  void take(Accepted accepted) {
    ++core_.counting().accepted;
    send_at_once(accepted.socket, accepted.address);
    if (!core_.has_room()) {
      ++core_.counting().refused;
      refuse(accepted.socket);
      return;
    }
    std::string peer = peer_name(accepted.socket, accepted.address);
    auto connection = make_connection(core_, std::move(accepted.socket), accepted.address.ss_family, std::move(peer));
    if (connection == nullptr || !core_.adopt(connection)) ++core_.counting().refused;
  }

  /// Once, until it goes on.
  void tell(int error) {
    ++core_.counting().accept_failures;
    if (std::exchange(is_short_, true)) return;
    core_.options().log.warning("cannot accept connections now, and will go on: {}",
                                std::error_code(error, std::generic_category()).message());
  }

  void pause() {
    if (!listening_.is_open()) return;
    pause_.expires_after(kPause);
    pause_.async_wait([self = shared_from_this()](const ErrorOfAsio&) { self->await(); });
  }

  ServerCore& core_;
  asio::strand<asio::io_context::executor_type> strand_;
  // All below: on the strand.
  asio::posix::stream_descriptor listening_;
  asio::steady_timer pause_;
  bool is_short_ = false;  ///< of descriptors or memory
};

}  // namespace

Result<std::shared_ptr<Acceptor>> Acceptor::start(ServerCore& core, Fd listening) {
  auto acceptor = std::make_shared<SocketAcceptor>(core);
  if (!acceptor->assign(std::move(listening))) return fail(ErrorCode::unavailable, "cannot wait for connections: epoll refuses the socket");
  acceptor->start();
  return acceptor;
}

}  // namespace ekaci::net
