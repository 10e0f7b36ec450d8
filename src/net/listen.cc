#include "net/listen.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/text.h"

namespace ekaci::net {
namespace {

/// An errno as an error of ours.
ErrorCode code_of(int error) {
  switch (error) {
    case EADDRINUSE:
      return ErrorCode::conflict;
    case EACCES:
    case EPERM:
      return ErrorCode::permission_denied;
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorCode::resource_exhausted;
    default:
      return ErrorCode::unavailable;
  }
}

std::string reason_of(int error) { return std::error_code(error, std::generic_category()).message(); }

Failure cannot_listen(const ListenAddress& address, int error) {
  return fail(code_of(error), "cannot listen on {}: {}", to_string(address), reason_of(error));
}

Fd make_socket(int family) { return Fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<AddressList> look_up(const HostPort& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error == 0) return AddressList(found, &::freeaddrinfo);
  const bool is_unknown = error == EAI_NONAME;
  return fail(is_unknown ? ErrorCode::not_found : ErrorCode::unavailable, "cannot listen on {}: {}", to_string(address),
              ::gai_strerror(error));
}

/// Binds and listens; the errno where it cannot.
std::optional<int> begin_listening(int socket, const sockaddr* address, socklen_t size) {
  if (::bind(socket, address, size) != 0 || ::listen(socket, SOMAXCONN) != 0) return errno;
  return std::nullopt;
}

std::uint16_t port_of(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);  // NOLINT(*-reinterpret-cast): how the socket interface is made
  if (::getsockname(socket, address, &size) != 0) return 0;
  // NOLINTNEXTLINE(*-reinterpret-cast): likewise
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);  // NOLINT(*-reinterpret-cast): likewise
}

Result<Listening> listen_on_host(const HostPort& address) {
  const Result<AddressList> found = look_up(address);
  if (!found) return fail(found.error());
  int error = EADDRNOTAVAIL;
  for (const addrinfo* each = found->get(); each != nullptr; each = each->ai_next) {
    Fd socket = make_socket(each->ai_family);
    const int on = 1;
    // Connections of the last run that still end do not keep the next one from starting.
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
      error = errno;
      continue;
    }
    const std::optional<int> failed = begin_listening(socket.get(), each->ai_addr, each->ai_addrlen);
    if (!failed) {
      const std::uint16_t port = port_of(socket.get());
      return Listening{.socket = std::move(socket), .port = port, .address = address};
    }
    error = *failed;
  }
  return cannot_listen(address, error);
}

Result<sockaddr_un> socket_address(const UnixSocket& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string& path = address.path.native();
  if (path.empty() || path.size() >= sizeof name.sun_path || path.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, "cannot listen on {}: the path of a socket has 1 to {} bytes", printable_line(path),
                sizeof name.sun_path - 1);
  }
  path.copy(static_cast<char*>(name.sun_path), path.size());
  return name;
}

const sockaddr* generic(const sockaddr_un& name) {
  return reinterpret_cast<const sockaddr*>(&name);  // NOLINT(*-reinterpret-cast): how the socket interface is made
}

/// Removes a socket file that nobody listens on any more. Nothing where there is no file.
Status remove_stale(const UnixSocket& address, const sockaddr_un& name) {
  struct stat found{};
  if (::lstat(address.path.c_str(), &found) != 0) return errno == ENOENT ? Status() : cannot_listen(address, errno);
  if (!S_ISSOCK(found.st_mode))
    return fail(ErrorCode::conflict, "cannot listen on {}: there is a file that is no socket", to_string(address));
  const Fd socket = make_socket(AF_UNIX);
  if (!socket) return cannot_listen(address, errno);
  const bool answers = ::connect(socket.get(), generic(name), sizeof name) == 0 || errno == EAGAIN;
  if (answers) return fail(ErrorCode::conflict, "cannot listen on {}: another process does", to_string(address));
  if (errno != ECONNREFUSED) return cannot_listen(address, errno);
  if (::unlink(address.path.c_str()) != 0 && errno != ENOENT) return cannot_listen(address, errno);
  return {};
}

Result<Listening> listen_on_path(const UnixSocket& address) {
  const Result<sockaddr_un> name = socket_address(address);
  if (!name) return fail(name.error());
  // Two that start at once would each find the other's file stale, between bind() and listen().
  const Result<FileLock> lock = FileLock::acquire(address.path.native() + ".lock");
  if (!lock) return fail(lock.error(), "listening on " + to_string(address));
  if (auto removed = remove_stale(address, *name); !removed) return fail(std::move(removed).error());
  Fd socket = make_socket(AF_UNIX);
  if (!socket || ::bind(socket.get(), generic(*name), sizeof *name) != 0) return cannot_listen(address, errno);
  // Nobody can connect before listen(), so nobody does who may not.
  if (::chmod(address.path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) return cannot_listen(address, errno);
  return Listening{.socket = std::move(socket), .address = address};
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::invalid_argument, "{}: no address to listen on; write host:port, such as 127.0.0.1:8080 or [::1]:8080",
                printable_line(text));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  const std::string_view forbidden = has_brackets ? "[]/@ " : "[]/@ :";
  if (host.empty() || host.find_first_of(forbidden) != std::string_view::npos || printable_line(host) != host) return bad();
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return bad();
  return HostPort{.host = std::string(host), .port = port};
}

std::string to_string(const ListenAddress& address) {
  if (const auto* unix_socket = std::get_if<UnixSocket>(&address)) return printable_line(unix_socket->path.native());
  const auto& [host, port] = std::get<HostPort>(address);
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<Listening> listen_on(const ListenAddress& address) {
  if (const auto* unix_socket = std::get_if<UnixSocket>(&address)) return listen_on_path(*unix_socket);
  return listen_on_host(std::get<HostPort>(address));
}

}  // namespace ekaci::net
