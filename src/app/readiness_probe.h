#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/readiness.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace ekaci::app {

/// What readiness is asked of. What stands behind it outlives the probe.
struct ReadinessWorld {
  std::function<Status()> read_database;
  std::function<Status()> write_inbox;
  std::function<Clock::Instant::duration()> desk_busy;       ///< for how long at one thing
  std::function<Clock::Instant::duration()> publisher_busy;  ///< likewise
  std::function<std::optional<std::uint64_t>()> free_bytes;
  std::uint64_t keep_free = 0;
  const Clock& clock;
  const Log& log;
};

/// Whether a server would take work. Strangers may ask as often as they like: what was found holds for a moment. What they are told has no
/// paths or messages of the machine; those are in the log, once for each change. One thread.
class ReadinessProbe {
 public:
  explicit ReadinessProbe(ReadinessWorld world) : world_(std::move(world)) {}
  const std::vector<api::ReadinessCheck>& look();

  static constexpr std::chrono::seconds kHolds{2};
  /// The desk decides in milliseconds; what takes it longer is a ledger that cannot be written.
  static constexpr std::chrono::seconds kDeskHangs{60};
  /// Each check is at most a few calls, of which each has a deadline of a minute.
  static constexpr std::chrono::seconds kPublisherHangs{300};

 private:
  /// What was found, and for each check what the log is told besides.
  struct Look {
    std::vector<api::ReadinessCheck> checks{};
    std::vector<std::string> details{};
    void add(std::string_view name, std::string why, std::string detail = {});
  };
  [[nodiscard]] Look look_anew() const;
  [[nodiscard]] std::string why_disk() const;
  void note_changes(const Look& before, const Look& now) const;

  ReadinessWorld world_;
  Look found_{};
  Clock::Instant looked_{};
};

}  // namespace ekaci::app
