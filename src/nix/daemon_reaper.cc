#include "nix/daemon_reaper.h"

#include <utility>

namespace ekaci::nix {

DaemonReaper::DaemonReaper(std::chrono::milliseconds grace) : grace_(grace), thread_([this] { work(); }) {}

DaemonReaper::~DaemonReaper() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void DaemonReaper::take(process::Child daemon) {
  {
    const std::scoped_lock lock(mutex_);
    dying_.push_back({.daemon = std::move(daemon), .deadline = SystemClock().now() + grace_});
  }
  changed_.notify_all();
}

void DaemonReaper::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !dying_.empty(); });
    if (dying_.empty()) return;
    Dying next = std::move(dying_.front());
    dying_.pop_front();
    lock.unlock();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next.deadline - SystemClock().now());
    // The longest in here has the nearest deadline: the others are waited for with it, and most have ended by then.
    [[maybe_unused]] const Result<std::optional<process::Ended>> ended = next.daemon.wait_for(std::max(left, std::chrono::milliseconds(0)));
    {
      const process::Child gone = std::move(next.daemon);
    }
    lock.lock();
  }
}

}  // namespace ekaci::nix
