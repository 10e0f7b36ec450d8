#pragma once

#include <chrono>

namespace ekaci {

/// Where time comes from, so that tests and simulations can turn the hands themselves. Any thread.
class Clock {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  using Wall = std::chrono::system_clock::time_point;

  virtual ~Clock() = default;
  /// For deadlines and durations; never goes back.
  [[nodiscard]] virtual Instant now() const = 0;
  /// For what a person reads and for what is stored.
  [[nodiscard]] virtual Wall wall() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] Wall wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace ekaci
