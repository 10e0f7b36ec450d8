#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "nix/daemon_reaper.h"
#include "process/child.h"
#include "wire/session.h"

namespace ekaci::nix {

/// A daemon that listens on this machine.
struct DaemonSocket {
  std::filesystem::path path = "/nix/var/nix/daemon-socket/socket";
};

/// A daemon of one's own, which speaks on its standard streams: `nix-daemon --stdio`. With NIX_REMOTE=local (or `local?root=…`) in
/// its environment it serves the store itself; with `daemon` or `unix://…` it hands everything on to the one that listens there.
struct DaemonProgram {
  process::Command command{};
};

using DaemonAddress = std::variant<DaemonSocket, DaemonProgram>;

/// How long a call may wait.
struct DaemonWait {
  Clock::Instant deadline{};
  CancelToken cancel{};
};

/// An open connection to a Nix daemon. Nothing waits longer than it is told to, whatever the daemon does; after any error the
/// connection is closed, which makes the daemon stop what it builds for us. One thread at a time.
class DaemonConnection {
 public:
  /// Connects and greets. `unavailable`, saying what to do, where nobody listens or the program cannot be started or ends;
  /// `unsupported` and `corrupt` as wire::Session says; timed_out; cancelled.
  static Result<std::unique_ptr<DaemonConnection>> open(const DaemonAddress& address, std::shared_ptr<DaemonReaper> reaper,
                                                        const DaemonWait& wait);
  ~DaemonConnection();
  DaemonConnection(const DaemonConnection&) = delete;
  DaemonConnection& operator=(const DaemonConnection&) = delete;
  DaemonConnection(DaemonConnection&&) = delete;
  DaemonConnection& operator=(DaemonConnection&&) = delete;

  [[nodiscard]] const wire::Greeting& greeting() const { return greeting_; }
  /// Where requests are made; they are sent by receive().
  [[nodiscard]] wire::Session& session() { return session_; }

  /// Sends what is to be sent, until the daemon has said something. `unavailable` where the connection is lost.
  Result<wire::Message> receive(const DaemonWait& wait);
  /// As receive(), but returns nothing where nothing was said for so long.
  Result<std::optional<wire::Message>> receive_for(std::chrono::milliseconds longest, const DaemonWait& wait);
  /// As receive(), but returns nothing as soon as at most so many bytes are still to be sent.
  Result<std::optional<wire::Message>> send_down_to(std::size_t bytes, const DaemonWait& wait);

  [[nodiscard]] bool is_open() const { return static_cast<bool>(input_); }
  /// From now on everything fails with `unavailable`.
  void close();

 private:
  explicit DaemonConnection(std::shared_ptr<DaemonReaper> reaper) : reaper_(std::move(reaper)) {}
  Status connect(const DaemonSocket& socket, const DaemonWait& wait);
  Status connect(const DaemonProgram& program, const DaemonWait& wait);
  Status greet(const DaemonWait& wait);
  Result<std::optional<wire::Message>> next();
  Status exchange(const DaemonWait& wait);
  Status send_some();
  Status receive_some();
  void hear_complaints();
  Error lost() const;

  std::shared_ptr<DaemonReaper> reaper_;
  wire::Session session_;
  wire::Greeting greeting_{};
  std::string name_;  ///< for messages
  std::optional<process::Child> child_;
  Fd input_;               ///< what the daemon says
  Fd output_;              ///< what it hears
  Fd error_;               ///< a program's standard error
  std::string complaint_;  ///< the end of what the program prints on its standard error
};

}  // namespace ekaci::nix
