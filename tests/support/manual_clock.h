#pragma once

#include <chrono>
#include <mutex>

#include "base/clock.h"

namespace ekaci::fake {

/// Stands still until it is advanced. Any thread.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant(since_1970()); }
  [[nodiscard]] Wall wall() const override { return Wall(since_1970()); }
  void advance(std::chrono::milliseconds by) {
    const std::scoped_lock lock(mutex_);
    time_ += by;
  }

 private:
  [[nodiscard]] std::chrono::milliseconds since_1970() const {
    const std::scoped_lock lock(mutex_);
    return time_;
  }
  mutable std::mutex mutex_;
  std::chrono::milliseconds time_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace ekaci::fake
