#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "drv/derivation.h"
#include "model/closure_size.h"
#include "model/outcome.h"
#include "model/store_path.h"

/// What building needs of the world, beside engine/ports.h and under the same rules: every call may block and is made from a pool
/// thread; implementations are safe to call from several threads at once unless a line says otherwise.
namespace ekaci::engine {

/// What one build may take.
struct BuildLimits {
  std::chrono::seconds silence{1800};                 ///< without a line of log
  std::chrono::seconds total{4 * 3600};               ///< from the start to the end
  std::uint64_t log_bytes = std::uint64_t{1} << 30U;  ///< that the builder may write; more of them end the build
  friend auto operator<=>(const BuildLimits&, const BuildLimits&) = default;
};

/// A builder as the scheduler sees it.
struct BuilderDescription {
  std::string name{};                          ///< for people: `local`
  std::set<std::string> systems{};             ///< what it can build for: `x86_64-linux`; `builtin` is every builder's
  std::set<std::string> features{};            ///< what it offers of `requiredSystemFeatures`
  std::set<std::string> mandatory_features{};  ///< it takes only derivations that require all of these
  std::uint32_t slots = 1;                     ///< builds at once
  std::uint32_t fetch_slots = 4;               ///< fixed-output derivations at once, beside the others
  Assurance assurance{};                       ///< what its outcomes carry
  bool local = true;                           ///< its store is the one where the review keeps what it measures
};

/// How a derivation is to be made.
enum class BuildMode : std::uint8_t {
  build,
  /// Its outputs are valid, but were made under a weaker assurance than is asked for: built although they are there, and compared with
  /// them. Only where they are the same does the store have what is asked for.
  rebuild,
  substitute,  ///< to be fetched from a binary cache and never built; its inputs may be missing. fetch_failed where that fails
};

/// One derivation to be built. All that it is built from is valid in the builder's store.
struct BuildOrder {
  StorePath path;                   ///< of the `.drv`, whether or not the store has it
  drv::Derivation derivation{};     ///< what it says
  std::vector<StorePath> inputs{};  ///< outputs that it uses of its input derivations, and its input sources: each once
  BuildMode mode = BuildMode::build;
  BuildLimits limits{};
};

/// Takes what a builder writes, in order, as bytes of hostile text. Called from one thread, which must not be kept waiting long.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(std::string_view bytes) = 0;
  /// The builder says that it enters a phase: `buildPhase`.
  virtual void phase(std::string_view name) = 0;
  /// Nothing came for a moment: a good time to let readers see what there is. Called at least every second while nothing comes.
  virtual void idle() = 0;
};

/// What is kept of a log besides its text. Hostile text, as it was written.
struct LogSummary {
  std::string name{};                     ///< by which the archive finds it again; empty where no log was kept
  std::uint64_t bytes = 0;                ///< written by the builder
  std::uint64_t lines = 0;                ///< the last one counts without its line feed, too
  std::uint64_t bytes_left_out = 0;       ///< of them, between the head and the tail that are kept
  std::string phase{};                    ///< the last that the builder entered
  std::vector<std::string> last_lines{};  ///< oldest first, bounded in number and length
  friend bool operator==(const LogSummary&, const LogSummary&) = default;
};

/// One log on its way to the archive. One thread at a time.
class LogWriter : public LogSink {
 public:
  /// Ends the log. What could not be kept, on a full disk, is an error that says so; the summary's numbers are right all the same.
  virtual LogSummary finish(Status& kept) = 0;
};

/// Where logs are kept.
class LogArchive {
 public:
  virtual ~LogArchive() = default;
  /// Begins the log of one attempt. Readers can follow it from now on.
  virtual Result<std::unique_ptr<LogWriter>> begin(const StorePath& derivation) = 0;
};

/// An attempt as it is kept.
struct KeptAttempt {
  Attempt attempt;
  LogSummary log{};
  friend bool operator==(const KeptAttempt&, const KeptAttempt&) = default;
};

/// How long a build took.
struct BuildTime {
  std::chrono::microseconds duration{};
  bool is_its_own = false;  ///< of the derivation that was asked for, not of its like
  friend bool operator==(const BuildTime&, const BuildTime&) = default;
};

/// What is remembered of builds, across repositories, until it was not asked for in a long time.
class BuildMemory {
 public:
  virtual ~BuildMemory() = default;
  /// What is known of each derivation under an assurance that covers `wanted`, in their order; `not_built` where nothing is. It
  /// is the newest attempt's word that is the derivation's own: succeeded, failed or timed out; never dependency_failed, which
  /// follows from others.
  virtual Result<std::vector<Outcome>> find_outcomes(std::span<const StorePath> derivations, const Assurance& wanted) = 0;
  /// Keeps attempts, all or none, and gives each the next number of its derivation; `number` is not looked at. Older attempts
  /// beyond a bound are forgotten, but never the one that says what is known.
  virtual Status store_attempts(std::span<const KeptAttempt> attempts) = 0;
  /// Newest first.
  virtual Result<std::vector<KeptAttempt>> attempts_of(const StorePath& derivation) = 0;
  /// How long the last successful build of each derivation took; where it was never built, that of its package, by its name without
  /// version, so that it can be judged by its like. In the order given, nullopt where none is known.
  virtual Result<std::vector<std::optional<BuildTime>>> build_times(std::span<const StorePath> derivations) = 0;
  /// Remembers what a store said of valid paths, all or none; what was said before of one of them is replaced. `invalid_argument` where
  /// a hash is written otherwise than PathInfo says.
  virtual Status store_path_infos(std::span<const PathInfo> infos) = 0;
  /// What was last remembered of each path, in any order; paths of which nothing is are left out. Says nothing of whether a path is
  /// valid now. What was found stays for two days at least, unless that cannot be noted: a review that counts on it finds it again.
  virtual Result<std::vector<PathInfo>> find_path_infos(std::span<const StorePath> paths) = 0;
};

/// How one attempt ended, as its builder tells it.
struct AttemptReport {
  AttemptResult result = AttemptResult::builder_lost;
  Clock::Wall start{};
  Clock::Wall end{};
  std::optional<int> exit_status{};
  std::string message{};  ///< hostile text, terminal escapes removed
  /// Of a rebuild that was `built`: it came out otherwise than what the store has, and the store keeps what it has.
  bool differs_from_store = false;
};

/// One connection to a place that builds: one build at a time. One thread at a time.
class BuilderConnection {
 public:
  virtual ~BuilderConnection() = default;
  /// Builds, and returns what came of it; the outputs are kept from being collected while the connection lives. An error only
  /// where nothing can be said of the derivation (`unavailable`: the connection is lost and has to be made anew; `cancelled`).
  virtual Result<AttemptReport> build(const BuildOrder& order, LogSink& log, const CancelToken& cancel) = 0;
};

/// A Nix store that builds and can be asked.
class BuildStore {
 public:
  virtual ~BuildStore() = default;
  [[nodiscard]] virtual BuilderDescription description() const = 0;
  virtual Result<std::unique_ptr<BuilderConnection>> connect() = 0;

  /// Those of the paths that are valid, in path order. One question, however many paths.
  virtual Result<std::vector<StorePath>> valid_paths(std::span<const StorePath> paths) = 0;
  /// Those that a binary cache has. Empty where substitution is off.
  virtual Result<std::vector<StorePath>> substitutable_paths(std::span<const StorePath> paths) = 0;
  /// What is known of each valid path; paths that are not valid are left out.
  virtual Result<std::vector<PathInfo>> path_infos(std::span<const StorePath> paths) = 0;
  /// Keeps paths from being collected while this store object lives, whether or not they are valid yet.
  virtual Status keep(std::span<const StorePath> paths) = 0;
  /// Copies paths with all that they refer to from the store directory below `root` (`<root>/nix/store`), checking each against
  /// its name where it is content-addressed; what is valid already is left alone. `invalid_argument`, naming it, where one is
  /// neither there nor content-addressed and the store does not trust us.
  virtual Status import_paths(std::string_view root, std::span<const StorePath> paths, const CancelToken& cancel) = 0;
};

}  // namespace ekaci::engine
