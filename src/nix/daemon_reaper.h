#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "process/child.h"

namespace ekaci::nix {

/// Waits for daemons that were told to end, by closing their streams: they stop their builders, which have process groups of
/// their own and would outlive a killed daemon, and that takes a while. What has not ended after some seconds is killed. Its
/// destructor waits for all of them. Any thread.
class DaemonReaper {
 public:
  /// `grace` is how long a daemon may take.
  explicit DaemonReaper(std::chrono::milliseconds grace = std::chrono::seconds(10));
  ~DaemonReaper();
  DaemonReaper(const DaemonReaper&) = delete;
  DaemonReaper& operator=(const DaemonReaper&) = delete;
  DaemonReaper(DaemonReaper&&) = delete;
  DaemonReaper& operator=(DaemonReaper&&) = delete;

  void take(process::Child daemon);

 private:
  struct Dying {
    process::Child daemon;
    Clock::Instant deadline;
  };
  void work();

  std::chrono::milliseconds grace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Dying> dying_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ekaci::nix
