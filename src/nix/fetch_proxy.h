#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/sync.h"

namespace ekaci::nix {

/// What a FetchProxy lets through.
struct FetchPolicy {
  std::uint64_t bytes = std::uint64_t{512} << 20U;  ///< of all connections, both directions together
  std::size_t connections = 16;                     ///< open at once; more wait
  /// For tests: these host names are served by a port of this machine, and not looked up.
  std::map<std::string, std::uint16_t> local_ports{};
};

/// What became of the connections so far.
struct FetchReport {
  std::uint64_t bytes = 0;
  bool limit_reached = false;           ///< all connections were cut because of FetchPolicy::bytes
  std::vector<std::string> refusals{};  ///< `<host>:<port> <why>`, at most a few; hostile text
};

/// The only way out for a program that fetches: an HTTP proxy on a port of 127.0.0.1 that does CONNECT (RFC 9110, 9.3.6) to port
/// 443 of public addresses, and nothing else. It looks names up itself and connects to the very address that it has judged, so
/// that neither a redirect nor a name that resolves to a private address leads into the operator's network. It cannot see what
/// is said: that is between the program and the server, whose certificate the program checks.
///
/// One thread of its own, which ends with it; a name that resolves slowly holds up the other connections. Any thread may ask.
class FetchProxy {
 public:
  static Result<std::unique_ptr<FetchProxy>> start(FetchPolicy policy);
  ~FetchProxy();
  FetchProxy(const FetchProxy&) = delete;
  FetchProxy& operator=(const FetchProxy&) = delete;

  /// `http://127.0.0.1:<port>`, as https_proxy wants it.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] FetchReport report() const;

 private:
  struct Sockets {
    Fd listener;
    Fd stop;  ///< an eventfd
    std::uint16_t port = 0;
  };
  FetchProxy(FetchPolicy policy, Sockets sockets);
  static Result<Sockets> open_sockets();
  void serve();

  FetchPolicy policy_;
  Sockets sockets_;
  Sync<FetchReport> report_;
  std::thread thread_;
};

}  // namespace ekaci::nix
