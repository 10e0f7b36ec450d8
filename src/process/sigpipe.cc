#include "process/sigpipe.h"

#include <cerrno>
#include <ctime>

namespace ekaci::process {

SigpipeBlocked::SigpipeBlocked() {
  sigemptyset(&sigpipe_);
  sigaddset(&sigpipe_, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
}

SigpipeBlocked::~SigpipeBlocked() {
  const timespec now{};
  while (::sigtimedwait(&sigpipe_, nullptr, &now) < 0 && errno == EINTR) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace ekaci::process
