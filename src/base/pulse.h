#pragma once

#include <atomic>

#include "base/clock.h"

namespace ekaci {

/// A thread's sign of life: since when it has been at one piece of work. One thread says so, any thread may look. What waits for work may
/// wait for ever; what works on one piece for too long hangs.
class Pulse {
 public:
  /// A piece of work begins; so the one before has ended.
  void work(Clock::Instant now) { since_.store(now); }
  /// It waits for work.
  void rest() { since_.store(kResting); }
  /// For how long it has been at one piece of work; zero where it waits.
  [[nodiscard]] Clock::Instant::duration busy(Clock::Instant now) const {
    const Clock::Instant since = since_.load();
    return since == kResting ? Clock::Instant::duration::zero() : now - since;
  }

 private:
  static constexpr Clock::Instant kResting = Clock::Instant::min();
  std::atomic<Clock::Instant> since_{kResting};
};

}  // namespace ekaci
