#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"
#include "forge/subject.h"
#include "github/outcome.h"
#include "net/client.h"

namespace ekaci::github {

/// What GitHub said of an installation's budget with its last answer.
struct RemainingCalls {
  forge::InstallationId installation{};  ///< 0: calls as the App itself
  std::uint64_t remaining = 0;
  std::optional<std::uint64_t> limit{};  ///< how many there were at first
  Clock::Wall reset{};                   ///< when GitHub counts anew
};

/// How often we may call for an installation, and when not at all: GitHub's limits, and a budget of ours below them. Any thread. Source:
/// docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
///
/// A part of the budget is kept for what cannot be left out: when less than kReservedPercent of ours or of GitHub's is left, nothing is to
/// spare until the next hour. Nothing is withheld for that here; callers ask first.
class RateLimits {
 public:
  static constexpr std::uint64_t kReservedPercent = 30;

  explicit RateLimits(std::uint32_t calls_per_hour) : calls_per_hour_(calls_per_hour) {}

  /// Counts a call that is about to be made. Where it must not be: until when.
  std::optional<Clock::Wall> admit(forge::InstallationId installation, Clock::Wall now);
  /// What came of an admitted call. A 304 is not counted, as GitHub does not.
  void answered(forge::InstallationId installation, Outcome outcome, const net::Headers& headers, Clock::Wall now);
  /// Until when no call will be admitted; nullopt where one would be now.
  [[nodiscard]] std::optional<Clock::Wall> resume_at(forge::InstallationId installation, Clock::Wall now) const;
  /// From when on there are calls to spare; nullopt where there are now.
  [[nodiscard]] std::optional<Clock::Wall> spares_from(forge::InstallationId installation, Clock::Wall now) const;

  /// Of each installation whose budget GitHub told.
  [[nodiscard]] std::vector<RemainingCalls> remaining() const;

 private:
  struct State {
    Clock::Wall hour_began{};
    std::uint32_t calls = 0;  ///< in this hour
    Clock::Wall paused_until{};
    std::uint32_t limits_in_a_row = 0;  ///< those that did not say for how long
    std::optional<RemainingCalls> told{};
  };

  [[nodiscard]] std::optional<Clock::Wall> blocked_until(const State& state, Clock::Wall now) const;
  [[nodiscard]] std::optional<Clock::Wall> reserved_until(const State& state, Clock::Wall now) const;

  std::uint32_t calls_per_hour_;
  Sync<std::map<forge::InstallationId, State>> states_;
};

}  // namespace ekaci::github
