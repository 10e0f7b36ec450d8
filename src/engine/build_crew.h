#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/pool.h"
#include "engine/build_events.h"
#include "engine/build_performer.h"
#include "engine/build_run.h"
#include "engine/build_world.h"

namespace ekaci::engine {

/// A build that runs, for people.
struct VisibleBuild {
  StorePath derivation;
  std::string builder{};
  Clock::Instant since{};   ///< when it got its place
  std::string phase{};      ///< hostile text
  std::string last_line{};  ///< hostile text, at most one line
};

/// What waits for another try, for people.
struct VisibleWait {
  StorePath derivation;
  Clock::Instant until{};
  std::string reason{};  ///< what kept it the last time; printable, one line
};

/// How far building has come, for people.
struct BuildProgress {
  std::uint64_t total = 0;      ///< derivations that have to be made or asked for, as far as is known
  std::uint64_t done = 0;       ///< of them
  std::uint64_t failed = 0;     ///< of the finished ones, for a reason of their own
  std::uint64_t undecided = 0;  ///< of which it is not known yet whether they have to be built
  std::vector<VisibleBuild> running{};
  std::uint64_t queued = 0;               ///< that could run, and wait for a place that another review's builds have
  std::optional<VisibleWait> waiting{};   ///< what is tried again next
  std::chrono::milliseconds remaining{};  ///< as far as can be told from earlier build times
};

/// Runs the building of one review: decides on the caller's thread (the engine's), performs on threads of its own, which post what
/// happened. Its end stops what runs and waits for it.
class BuildCrew {
 public:
  /// Takes what happens; any thread. It has to come back to handle() on the engine's.
  using Post = std::function<void(BuildEvent)>;

  /// `world` and `sources` outlive this.
  BuildCrew(const BuildWorld& world, SourceSupply& sources, const BuildPolicy& policy, Post post);
  BuildCrew(const BuildCrew&) = delete;
  BuildCrew& operator=(const BuildCrew&) = delete;
  BuildCrew(BuildCrew&&) = delete;
  BuildCrew& operator=(BuildCrew&&) = delete;
  ~BuildCrew();

  /// Call once, first.
  void start();
  /// As BuildRun says of each.
  void want(BuildWish wish);
  void close() { run_.close(); }
  void handle(const BuildEvent& event);
  /// When handle(Woke) is due, where it is.
  [[nodiscard]] std::optional<Clock::Instant> alarm() const { return alarm_; }
  [[nodiscard]] bool is_done() const { return run_.is_done(); }
  /// Once is_done().
  [[nodiscard]] BuildFindings findings() const { return run_.findings(); }
  [[nodiscard]] BuildProgress progress() const;
  /// `local: x86_64-linux, 2 at once, sandboxed`, for each builder.
  [[nodiscard]] std::vector<std::string> builders() const;

 private:
  void carry_out(std::vector<BuildEffect> effects);
  void perform(const BuildEffect& effect);

  const Clock& clock_;
  std::vector<BuilderDescription> descriptions_;
  Post post_;
  BuildRun run_;
  BuildPerformer performer_;
  std::optional<Clock::Instant> alarm_{};
  Pool<BuildEffect> builds_;     ///< a thread for each slot
  Pool<BuildEffect> questions_;  ///< last: its threads use all of the above
};

}  // namespace ekaci::engine
