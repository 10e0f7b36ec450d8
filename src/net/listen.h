#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "base/fd.h"
#include "base/result.h"

namespace ekaci::net {

/// An address and a port of TCP.
struct HostPort {
  std::string host{};      ///< a name or an address; an IPv6 address without brackets
  std::uint16_t port = 0;  ///< 0: one that is free
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// A socket in the file system; only this user can connect (mode 0600).
struct UnixSocket {
  std::filesystem::path path{};
  friend bool operator==(const UnixSocket&, const UnixSocket&) = default;
};

using ListenAddress = std::variant<HostPort, UnixSocket>;

/// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`; invalid_argument for all else. The host is not looked up.
Result<HostPort> parse_host_port(std::string_view text);

/// `127.0.0.1:8080`, `[::1]:8080`, or the socket's path.
std::string to_string(const ListenAddress& address);

/// A socket that takes connections.
struct Listening {
  Fd socket{};              ///< non-blocking
  std::uint16_t port = 0;   ///< of TCP, the one that is used in fact
  ListenAddress address{};  ///< what was asked for
};

/// Begins to listen; of several addresses of a name the first that can be used counts. A socket file where nobody answers is replaced.
/// Errors name the address: conflict where somebody else listens there, permission_denied, not_found where the name or the directory
/// does not exist, unavailable.
Result<Listening> listen_on(const ListenAddress& address);

}  // namespace ekaci::net
