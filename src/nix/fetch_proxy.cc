#include "nix/fetch_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "nix/fetch_address.h"

namespace ekaci::nix {
namespace {

constexpr std::size_t kLargestRequest = 8192;
/// Bytes that wait in one direction of one connection before its sender is made to wait.
constexpr std::size_t kLargestBacklog = std::size_t{256} * 1024;
constexpr std::size_t kRefusalsKept = 8;
constexpr std::size_t kMostAddresses = 8;

std::string message_of(int error) { return std::generic_category().message(error); }

/// A socket address of either family, as the kernel takes it.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address copy_of(const void* address, std::size_t size) {
  Address copy;
  std::memcpy(&copy.storage, address, std::min(size, sizeof copy.storage));
  copy.size = static_cast<socklen_t>(size);
  return copy;
}

Address local_address(std::uint16_t port) {
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(port);
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return copy_of(&local, sizeof local);
}

/// sockaddr is C's base class: the only way to hand any address to the kernel.
const sockaddr* as_socket_address(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}
sockaddr* as_socket_address(Address& address) {
  return reinterpret_cast<sockaddr*>(&address.storage);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

bool is_public(const Address& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address.storage, sizeof four);
    std::memcpy(bytes.data(), &four.sin_addr, 4);
    return is_public_address(std::span(bytes).first(4));
  }
  if (address.storage.ss_family != AF_INET6) return false;
  sockaddr_in6 six{};
  std::memcpy(&six, &address.storage, sizeof six);
  std::memcpy(bytes.data(), &six.sin6_addr, 16);
  return is_public_address(bytes);
}

Result<std::vector<Address>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), "443", &hints, &list);
  if (failed != 0) return fail(ErrorCode::unavailable, "its name cannot be resolved: {}", ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* entry = list; entry != nullptr && addresses.size() < kMostAddresses; entry = entry->ai_next) {
    const Address address = copy_of(entry->ai_addr, entry->ai_addrlen);
    if (is_public(address)) addresses.push_back(address);
  }
  if (addresses.empty()) return fail(ErrorCode::permission_denied, "is not on the public internet");
  return addresses;
}

struct Target {
  std::string host;
  std::string port;
  [[nodiscard]] std::string to_string() const { return host + ":" + port; }
};

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '_';
}

/// From `CONNECT host:port HTTP/1.1`; the host may be an IPv6 address in brackets.
std::optional<Target> parse_request(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  if (words.size() != 3 || words[0] != "CONNECT" || !words[2].starts_with("HTTP/1.")) return std::nullopt;
  const std::size_t colon = words[1].rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = words[1].substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > 253 || !std::ranges::all_of(host, is_host_character)) return std::nullopt;
  return Target{.host = std::string(host), .port = std::string(words[1].substr(colon + 1))};
}

/// One end of a connection, and the bytes that wait to be written to it.
struct End {
  Fd fd{};
  std::string backlog{};
  bool finished = false;  ///< nothing more is read from it
};

enum class Stage {
  request,     ///< the client's request is being read
  connecting,  ///< upstream is being connected
  open,        ///< bytes pass
  refused,     ///< the answer is being written, then it ends
};

/// One client's connection.
struct Tunnel {
  Stage stage = Stage::request;
  End client{};
  End upstream{};
  std::string request{};
  Target target{};
  std::vector<Address> addresses{};  ///< still to be tried, the next one last
  bool over = false;
};

bool would_block(int error) { return error == EAGAIN || error == EINTR; }

/// Reads once; false where the connection broke.
bool receive(End& from, std::string& into, std::uint64_t& counted) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(from.fd.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) return would_block(errno);
  from.finished = got == 0;
  into.append(buffer.data(), static_cast<std::size_t>(got));
  counted += static_cast<std::uint64_t>(got);
  return true;
}

/// Writes what it takes; false where the connection broke.
bool transmit(End& to) {
  const ssize_t written = ::send(to.fd.get(), to.backlog.data(), to.backlog.size(), MSG_NOSIGNAL);
  if (written < 0) return would_block(errno);
  to.backlog.erase(0, static_cast<std::size_t>(written));
  return true;
}

short wanted(const End& end, const End& other) {
  const bool reads = !end.finished && other.backlog.size() < kLargestBacklog;
  return static_cast<short>((reads ? POLLIN : 0) | (end.backlog.empty() ? 0 : POLLOUT));
}

/// The connections of a proxy, and what each of them does next. Used by the proxy's thread only.
class Tunnels {
 public:
  Tunnels(const FetchPolicy& policy, Sync<FetchReport>& report) : policy_(policy), report_(report) {}

  [[nodiscard]] bool has_room() const { return tunnels_.size() < policy_.connections; }
  void add(Fd client) {
    tunnels_.emplace_back();
    tunnels_.back().client.fd = std::move(client);
  }

  /// Two entries for each, client and upstream; poll() ignores negative descriptors.
  void append_polls(std::vector<pollfd>& polls) const {
    for (const Tunnel& tunnel : tunnels_) {
      const bool connecting = tunnel.stage == Stage::connecting;
      polls.push_back({tunnel.client.fd.get(), connecting ? short{0} : wanted(tunnel.client, tunnel.upstream), 0});
      polls.push_back({tunnel.upstream.fd.get(), connecting ? short{POLLOUT} : wanted(tunnel.upstream, tunnel.client), 0});
    }
  }

  void handle(std::span<const pollfd> polls) {
    // A tunnel that was accepted after polling has no entry yet.
    for (std::size_t i = 0; i < tunnels_.size() && 2 * i + 1 < polls.size(); ++i) {
      step(tunnels_[i], polls[2 * i].revents, polls[2 * i + 1].revents);
    }
    std::erase_if(tunnels_, [](const Tunnel& tunnel) { return tunnel.over; });
    bool reached = false;
    report_.with([&](FetchReport& report) {
      report.bytes = bytes_;
      report.limit_reached = report.limit_reached || bytes_ > policy_.bytes;
      reached = report.limit_reached;
    });
    if (reached) tunnels_.clear();
  }

 private:
  void step(Tunnel& tunnel, int client, int upstream) {
    switch (tunnel.stage) {
      case Stage::request:
        if (client != 0) read_request(tunnel);
        return;
      case Stage::connecting:
        if (client != 0) tunnel.over = true;
        if (upstream != 0) finish_connecting(tunnel);
        return;
      case Stage::refused:
        if (client != 0) tunnel.over = !transmit(tunnel.client) || tunnel.client.backlog.empty();
        return;
      case Stage::open:
        pass(tunnel, client, upstream);
        return;
    }
  }

  void read_request(Tunnel& tunnel) {
    if (!receive(tunnel.client, tunnel.request, bytes_) || tunnel.client.finished) {
      tunnel.over = true;
      return;
    }
    const std::size_t end = tunnel.request.find("\r\n\r\n");
    if (end == std::string::npos) {
      tunnel.over = tunnel.request.size() > kLargestRequest;
      return;
    }
    const std::string_view request = tunnel.request;
    const std::optional<Target> target = parse_request(request.substr(0, request.find("\r\n")));
    if (!target) {
      refuse(tunnel, "405 Method Not Allowed", "only CONNECT to an https server is done");
      return;
    }
    tunnel.target = *target;
    tunnel.upstream.backlog = request.substr(end + 4);
    open(tunnel);
  }

  void open(Tunnel& tunnel) {
    if (tunnel.target.port != "443") {
      refuse(tunnel, "403 Forbidden", "is not the https port");
      return;
    }
    if (const auto local = policy_.local_ports.find(tunnel.target.host); local != policy_.local_ports.end()) {
      tunnel.addresses = {local_address(local->second)};
    } else {
      Result<std::vector<Address>> addresses = look_up(tunnel.target.host);
      if (!addresses) {
        const bool forbidden = addresses.error().code() == ErrorCode::permission_denied;
        refuse(tunnel, forbidden ? "403 Forbidden" : "502 Bad Gateway", addresses.error().message());
        return;
      }
      tunnel.addresses.assign(addresses->rbegin(), addresses->rend());
    }
    connect_next(tunnel);
  }

  void connect_next(Tunnel& tunnel) {
    while (!tunnel.addresses.empty()) {
      const Address address = tunnel.addresses.back();
      tunnel.addresses.pop_back();
      tunnel.upstream.fd = Fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (!tunnel.upstream.fd) continue;
      const int failed = ::connect(tunnel.upstream.fd.get(), as_socket_address(address), address.size);
      if (failed == 0 || errno == EINPROGRESS) {
        tunnel.stage = Stage::connecting;
        return;
      }
    }
    refuse(tunnel, "502 Bad Gateway", "cannot be connected to");
  }

  void finish_connecting(Tunnel& tunnel) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(tunnel.upstream.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      connect_next(tunnel);
      return;
    }
    tunnel.stage = Stage::open;
    tunnel.client.backlog = "HTTP/1.1 200 Connection established\r\n\r\n";
  }

  void pass(Tunnel& tunnel, int client, int upstream) {
    bool well = true;
    if ((client & POLLOUT) != 0) well = well && transmit(tunnel.client);
    if ((upstream & POLLOUT) != 0) well = well && transmit(tunnel.upstream);
    if ((client & (POLLIN | POLLHUP)) != 0 && !tunnel.client.finished) {
      well = well && receive(tunnel.client, tunnel.upstream.backlog, bytes_);
    }
    if ((upstream & (POLLIN | POLLHUP)) != 0 && !tunnel.upstream.finished) {
      well = well && receive(tunnel.upstream, tunnel.client.backlog, bytes_);
    }
    // https ends both directions at once: what either end still has to say once the other is gone, nobody reads.
    const bool client_done = tunnel.client.finished && tunnel.upstream.backlog.empty();
    const bool upstream_done = tunnel.upstream.finished && tunnel.client.backlog.empty();
    const bool broken = ((client | upstream) & (POLLERR | POLLNVAL)) != 0 || (client & POLLHUP) != 0;
    tunnel.over = !well || broken || client_done || upstream_done;
  }

  void refuse(Tunnel& tunnel, std::string_view status, std::string_view why) {
    report_.with([&](FetchReport& report) {
      if (report.refusals.size() < kRefusalsKept) report.refusals.push_back(tunnel.target.to_string() + " " + std::string(why));
    });
    tunnel.upstream.fd.reset();
    tunnel.client.backlog = fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    tunnel.client.finished = true;
    tunnel.stage = Stage::refused;
  }

  const FetchPolicy& policy_;
  Sync<FetchReport>& report_;
  std::vector<Tunnel> tunnels_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Result<FetchProxy::Sockets> FetchProxy::open_sockets() {
  Sockets sockets;
  sockets.listener = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockets.stop = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!sockets.listener || !sockets.stop) return fail(ErrorCode::resource_exhausted, "cannot make a socket: {}", message_of(errno));
  Address address = local_address(0);
  const bool listening = ::bind(sockets.listener.get(), as_socket_address(address), address.size) == 0 &&
                         ::listen(sockets.listener.get(), SOMAXCONN) == 0 &&
                         ::getsockname(sockets.listener.get(), as_socket_address(address), &address.size) == 0;
  if (!listening) return fail(ErrorCode::unavailable, "cannot listen on 127.0.0.1: {}", message_of(errno));
  sockaddr_in bound{};
  std::memcpy(&bound, &address.storage, sizeof bound);
  sockets.port = ntohs(bound.sin_port);
  return sockets;
}

Result<std::unique_ptr<FetchProxy>> FetchProxy::start(FetchPolicy policy) {
  Result<Sockets> sockets = open_sockets();
  if (!sockets) return fail(sockets.error());
  return std::unique_ptr<FetchProxy>(new FetchProxy(std::move(policy), std::move(*sockets)));
}

FetchProxy::FetchProxy(FetchPolicy policy, Sockets sockets) : policy_(std::move(policy)), sockets_(std::move(sockets)) {
  thread_ = std::thread([this] { serve(); });
}

FetchProxy::~FetchProxy() {
  ::eventfd_write(sockets_.stop.get(), 1);
  thread_.join();
}

std::string FetchProxy::url() const { return fmt::format("http://127.0.0.1:{}", sockets_.port); }

FetchReport FetchProxy::report() const {
  return report_.with([](const FetchReport& report) { return report; });
}

void FetchProxy::serve() {
  Tunnels tunnels(policy_, report_);
  std::vector<pollfd> polls;
  while (true) {
    const int listener = tunnels.has_room() ? sockets_.listener.get() : -1;
    polls = {{sockets_.stop.get(), POLLIN, 0}, {listener, POLLIN, 0}};
    tunnels.append_polls(polls);
    ::poll(polls.data(), polls.size(), -1);
    if (polls[0].revents != 0) return;
    tunnels.handle(std::span(polls).subspan(2));
    if (polls[1].revents != 0) {
      Fd client(::accept4(sockets_.listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (client) tunnels.add(std::move(client));
    }
  }
}

}  // namespace ekaci::nix
