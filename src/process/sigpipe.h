#pragma once

#include <csignal>

namespace ekaci::process {

/// Keeps SIGPIPE from the thread that made it, for as long as it lives: a pipe, unlike a socket, has no flag against it. Writing to
/// one without a reader fails with EPIPE then. Destroy it on the same thread.
class SigpipeBlocked {
 public:
  SigpipeBlocked();
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;
  SigpipeBlocked(SigpipeBlocked&&) = delete;
  SigpipeBlocked& operator=(SigpipeBlocked&&) = delete;
  /// Takes back what was raised meanwhile.
  ~SigpipeBlocked();

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
};

}  // namespace ekaci::process
