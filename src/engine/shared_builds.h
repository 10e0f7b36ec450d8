#pragma once

#include <chrono>
#include <compare>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/result.h"
#include "engine/build_events.h"
#include "engine/build_log.h"
#include "engine/build_ports.h"
#include "model/outcome.h"

namespace ekaci::engine {

class SharedBuilds;
/// One build of SharedBuilds.
struct SharedBuild;

/// How soon the builds of one review are begun, beside those of others.
enum class BuildPace : std::uint8_t {
  prompt,
  idle,  ///< nothing of it is begun while something prompt waits for the same place
};

/// What makes two builds the same.
struct BuildKey {
  BuilderId builder;
  StorePath derivation;
  BuildMode mode = BuildMode::build;
  BuildLimits limits{};
  friend auto operator<=>(const BuildKey&, const BuildKey&) = default;
};

/// What came of a build, for all who asked for it.
class FinishedBuild {
 public:
  FinishedBuild(Result<AttemptReport> report, LogSummary log) : report_(std::move(report)), log_(std::move(log)) {}

  [[nodiscard]] const Result<AttemptReport>& report() const { return report_; }
  /// Keeps the attempt, with the build's log, unless one of those who asked has kept the same already. Any thread.
  Status keep(const Attempt& attempt, BuildMemory& memory);

 private:
  Result<AttemptReport> report_;
  LogSummary log_;
  std::mutex keeping_{};
  std::optional<Attempt> kept_{};
};

class BuildShare;

/// One build as one review sees it: it waits for a place, runs, or has ended. Its end is a wish taken back: what nobody wishes any more
/// is stopped. Outlived by the share that it was asked of. One thread, but for glimpse().
class AskedBuild {
 public:
  AskedBuild(const AskedBuild&) = delete;
  AskedBuild& operator=(const AskedBuild&) = delete;
  AskedBuild(AskedBuild&&) = delete;
  AskedBuild& operator=(AskedBuild&&) = delete;
  ~AskedBuild();

  /// Blocks until it has ended. `cancelled` where the token asks first.
  Result<std::shared_ptr<FinishedBuild>> wait(const CancelToken& cancel);
  /// What it has said last. Any thread.
  [[nodiscard]] BuildGlimpse glimpse() const;

 private:
  friend class BuildShare;
  AskedBuild(BuildShare& share, std::shared_ptr<SharedBuild> build) : share_(share), build_(std::move(build)) {}

  BuildShare& share_;
  std::shared_ptr<SharedBuild> build_;
};

/// One review's part in the builds of a process. Any thread.
class BuildShare {
 public:
  /// `builds` outlives this.
  BuildShare(SharedBuilds& builds, BuildPace pace);
  BuildShare(const BuildShare&) = delete;
  BuildShare& operator=(const BuildShare&) = delete;
  BuildShare(BuildShare&&) = delete;
  BuildShare& operator=(BuildShare&&) = delete;
  /// Nothing that was asked of it is left.
  ~BuildShare();

  /// Asks for a build; joins the same one where another review has asked for it, also where it has ended since this share began: what was
  /// remembered before tells nothing of it. Everything that it is built from is valid.
  std::unique_ptr<AskedBuild> ask(BuildOrder order, BuilderId builder, Priority priority);
  /// Another review follows this one and is likely to want what this one builds: what runs goes on for a while without being wanted.
  void expect_successor();

 private:
  friend class AskedBuild;
  friend class SharedBuilds;
  SharedBuilds& builds_;
  BuildPace pace_;
  std::uint64_t number_;  ///< in the order of beginning, builds' ends counted as well
  // Under the lock of the builds.
  bool has_successor_ = false;
  std::size_t running_ = 0;  ///< builds that run and that it wishes
};

/// The builds of a process: the same derivation is built once at a time, however many reviews want it, and no more at once than the
/// builders have places. A place that becomes free goes to what decides a verdict before what does not, then to the review that has the
/// fewest, then to who asked first. Any thread. Shares have ended when it ends; what runs then is stopped and waited for.
class SharedBuilds {
 public:
  /// What runs goes on for so long after its review was stopped where another follows.
  static constexpr std::chrono::minutes kSuccession{2};

  /// A builder's id is its store's place. Nothing is kept in these stores from being collected: reviews keep what they want. References
  /// outlive this.
  SharedBuilds(std::vector<BuildStore*> stores, LogArchive& logs, const Clock& clock, std::chrono::milliseconds succession = kSuccession);
  SharedBuilds(const SharedBuilds&) = delete;
  SharedBuilds& operator=(const SharedBuilds&) = delete;
  SharedBuilds(SharedBuilds&&) = delete;
  SharedBuilds& operator=(SharedBuilds&&) = delete;
  ~SharedBuilds();

 private:
  friend class AskedBuild;
  friend class BuildShare;
  using BuildPtr = std::shared_ptr<SharedBuild>;
  /// A connection that waits for its next build.
  struct Idle {
    std::unique_ptr<BuilderConnection> connection;
    std::uint32_t builds = 0;  ///< that it has made
    Clock::Instant since{};
  };
  /// A builder's places that are free, and its connections that are not in use.
  struct Builder {
    std::uint32_t builds = 0;
    std::uint32_t fetches = 0;
    std::vector<Idle> idle{};
  };

  std::uint64_t begin_share();
  void end_share(const BuildShare& share);
  BuildPtr join(BuildShare& share, BuildOrder order, BuilderId builder, Priority priority);
  Result<std::shared_ptr<FinishedBuild>> wait(SharedBuild& build, const CancelToken& cancel);
  void leave(const BuildPtr& build, BuildShare& share);
  void expect_successor(BuildShare& share);

  // With the lock held.
  void fill_places();
  BuildPtr take_foremost();
  std::uint32_t& free_places(const SharedBuild& build);
  /// Whether a review may ask yet for what has ended.
  [[nodiscard]] bool is_needed(const SharedBuild& build) const;
  /// Nobody joins it any more.
  void forget(const SharedBuild& build);
  /// What no successor came for: forgotten, and to be stopped once the lock is free.
  std::vector<BuildPtr> take_expired(Clock::Instant now);
  /// Connections that were not used for long: to be closed once the lock is free.
  std::vector<Idle> take_unused(Clock::Instant now);
  [[nodiscard]] std::optional<Clock::Instant> next_tidying() const;
  void tidy_by(Clock::Instant instant);

  void tidy_up(const CancelToken& cancel);
  void run(const BuildPtr& build);
  std::shared_ptr<FinishedBuild> make(SharedBuild& build);
  Result<AttemptReport> build_on(BuilderId builder, const BuildOrder& order, LogSink& log, const CancelToken& cancel);
  Result<Idle> connection_to(BuilderId builder);

  std::vector<BuildStore*> stores_;
  LogArchive& logs_;
  const Clock& clock_;
  std::chrono::milliseconds succession_;
  std::mutex mutex_{};  ///< of everything below but the threads
  std::vector<Builder> builders_;
  std::set<std::uint64_t> shares_{};       ///< by number
  std::map<BuildKey, BuildPtr> builds_{};  ///< that can be joined
  std::vector<BuildPtr> waiting_{};        ///< for a place, in the order of being asked for
  std::vector<BuildPtr> running_{};        ///< also those that are being stopped
  std::uint64_t last_number_ = 0;          ///< of shares and of what happens to builds
  std::optional<Clock::Instant> tidying_at_{};
  std::condition_variable_any tidied_earlier_{};  ///< tidying_at_ is another
  Pool<BuildPtr> pool_;                           ///< a thread for each place
  std::jthread tidier_;                           ///< last: uses all of the above
};

}  // namespace ekaci::engine
