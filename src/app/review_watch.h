#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"
#include "engine/runner.h"
#include "forge/desk_events.h"
#include "model/attribute_path.h"
#include "model/review.h"
#include "model/store_path.h"

namespace ekaci::app {

/// How far a review under way has come, for an operator.
struct ReviewGlimpse {
  struct Build {
    StorePath derivation;
    Clock::Wall since{};
    std::string phase{};      ///< hostile
    std::string last_line{};  ///< hostile
    friend bool operator==(const Build&, const Build&) = default;
  };
  std::optional<forge::Builds> decided_builds{};  ///< whether it may build; empty until its base was looked at
  std::string phase = "fetching";
  Clock::Wall phase_began{};
  Clock::Wall moved{};          ///< when anything here was last seen to change
  std::uint64_t known = 0;      ///< attributes, of both sides
  std::uint64_t evaluated = 0;  ///< of them
  std::uint64_t to_build = 0;   ///< derivations
  std::uint64_t built = 0;      ///< of them, or found built
  std::uint64_t failed = 0;
  std::uint64_t queued = 0;     ///< could run, and wait for a place that builds of other reviews have
  std::vector<Build> builds{};  ///< that run
};

/// What operators can see of one review: written by its thread, read by any.
class ReviewWatch {
 public:
  /// The clock outlives this.
  explicit ReviewWatch(const Clock& clock);

  /// Whether the review may build.
  void decide(forge::Builds builds);
  /// As ReviewObserver has it; looks not more often than people do, but for a new phase.
  void see(std::string_view phase, const std::vector<engine::TaskProgress>& tasks, const engine::BuildCrew* building);
  /// Changes of which is known what head has.
  void learn(std::span<const Change> changes);

  [[nodiscard]] ReviewGlimpse glimpse() const;
  /// At head: one for each job and system that has it.
  [[nodiscard]] std::vector<StorePath> derivations_of(const AttributePath& attribute) const;

 private:
  const Clock& clock_;
  Clock::Instant next_{};  ///< look; of the review's thread alone
  Sync<ReviewGlimpse> glimpse_;
  Sync<std::map<AttributePath, std::vector<StorePath>>> derivations_{};
};

}  // namespace ekaci::app
