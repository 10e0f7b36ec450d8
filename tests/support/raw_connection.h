#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"

namespace ekaci::testing {

/// A client that sends what bytes it likes, whole or not, and sees what comes back byte by byte. Every wait ends after a minute.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : RawConnection() { connect_to(port); }
  explicit RawConnection(const std::filesystem::path& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.native().copy(static_cast<char*>(name.sun_path), sizeof name.sun_path - 1);
    // NOLINTNEXTLINE(*-reinterpret-cast): how the socket interface is made
    is_connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  }
  /// Not connected yet, but with its descriptor.
  RawConnection() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

  void connect_to(std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(*-reinterpret-cast): how the socket interface is made
    is_connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  }

  [[nodiscard]] bool is_connected() const { return is_connected_; }

  /// False where the other side did not take it all.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!wait_for(POLLOUT)) return false;
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Says that nothing more will be sent, and still listens.
  void half_close() { ::shutdown(socket_.get(), SHUT_WR); }

  /// All that comes until the other side closes.
  std::string read_all() {
    while (read_some()) {
    }
    return std::exchange(received_, "");
  }

  /// Up to and with `end`; all that came where it does not come.
  std::string read_until(std::string_view end) {
    std::size_t at = received_.find(end);
    while (at == std::string::npos && read_some()) at = received_.find(end);
    return take(at == std::string::npos ? received_.size() : at + end.size());
  }

  struct Answer {
    int status = 0;  ///< 0 where none came
    std::string head{};
    std::string body{};
  };
  /// One response, by its Content-Length.
  Answer read_answer() {
    Answer answer = read_head();
    const std::size_t at = answer.head.find("Content-Length: ");
    if (at == std::string::npos) return answer;
    const std::size_t size = std::strtoul(answer.head.c_str() + at + std::string_view("Content-Length: ").size(), nullptr, 10);
    while (received_.size() < size && read_some()) {
    }
    answer.body = take(std::min(size, received_.size()));
    return answer;
  }
  /// One response without a body, as that to HEAD.
  Answer read_head() {
    Answer answer{.head = read_until("\r\n\r\n")};
    constexpr std::string_view kVersion = "HTTP/1.1 ";
    if (answer.head.starts_with(kVersion))
      answer.status = std::atoi(answer.head.c_str() + kVersion.size());  // NOLINT(cert-err34-c): 0 is none
    return answer;
  }

  Answer ask(std::string_view request) {
    send(request);
    return read_answer();
  }

 private:
  bool wait_for(short events) const {
    constexpr int kMinute = 60'000;
    pollfd poll{.fd = socket_.get(), .events = events, .revents = 0};
    return ::poll(&poll, 1, kMinute) == 1;
  }

  bool read_some() {
    std::string part(std::size_t{64} << 10U, '\0');
    if (!wait_for(POLLIN)) return false;
    const ssize_t read = ::recv(socket_.get(), part.data(), part.size(), 0);
    if (read <= 0) return false;
    received_.append(part, 0, static_cast<std::size_t>(read));
    return true;
  }

  std::string take(std::size_t size) {
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  Fd socket_;
  std::string received_;
  bool is_connected_ = false;
};

}  // namespace ekaci::testing
