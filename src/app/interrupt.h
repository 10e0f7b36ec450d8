#pragma once

#include <thread>

#include "base/cancel.h"

namespace ekaci::app {

/// Turns SIGINT, SIGTERM and SIGHUP into a request to stop. Make it before any other thread: the signals are blocked in every
/// thread made after it, and one thread of its own takes them. The second signal ends the process at once; children of ours die
/// with us.
class Interrupt {
 public:
  Interrupt();
  [[nodiscard]] CancelToken token() const { return stop_.get_token(); }

 private:
  CancelSource stop_;
  std::jthread waiter_;
};

}  // namespace ekaci::app
