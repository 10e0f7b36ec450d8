#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/store_path.h"

/// Nix's worker protocol, which the clients of a Nix daemon speak: numbers of 64 bits, low byte first; texts with their length
/// before them, padded to a multiple of eight. Every number here is that of libstore/worker-protocol.hh and libutil/logging.hh.
/// Pure: bytes in, values out, and the other way round. The daemon is not trusted: every length is bounded before it is believed.
namespace ekaci::wire {

/// The second half of the protocol's version; the first is 1. Nix 2.8 and newer, and Lix, speak at least 1.34; what comes
/// after 1.38 is told as features, of which we have none.
inline constexpr std::uint64_t kMajorVersion = 1;
inline constexpr std::uint64_t kOldestMinor = 34;
inline constexpr std::uint64_t kNewestMinor = 38;

/// What a client greets with, and what a daemon answers.
inline constexpr std::uint64_t kClientMagic = 0x6e697863;
inline constexpr std::uint64_t kDaemonMagic = 0x6478696f;

/// Bytes of the longest text that is kept of log lines and messages; what is behind them is skipped.
inline constexpr std::size_t kLongestText = std::size_t{64} << 10U;
/// Bytes of the largest message, after the skipping: more costs no more memory, it ends the session.
inline constexpr std::size_t kLargestMessage = std::size_t{16} << 20U;

/// What a client asks for.
enum class Operation : std::uint64_t {
  add_to_store = 7,
  build_paths = 9,
  ensure_path = 10,
  add_temp_root = 11,
  set_options = 19,
  query_path_info = 26,
  query_valid_paths = 31,
  query_substitutable_paths = 32,
  build_derivation = 36,
  build_paths_with_results = 46,
};

/// What comes before an answer: the daemon's "stderr" stream.
enum class Tag : std::uint64_t {
  next = 0x6f6c6d67,   ///< a line for people
  read = 0x64617461,   ///< wants data; only operations that we do not use
  write = 0x64617416,  ///< has data; only operations that we do not use
  last = 0x616c7473,   ///< the answer follows
  error = 0x63787470,  ///< there is no answer
  start_activity = 0x53545254,
  stop_activity = 0x53544f50,
  result = 0x52534c54,  ///< of an activity
};

/// Kinds of activities that we look at (libutil/logging.hh, ActivityType).
inline constexpr std::uint64_t kBuildActivity = 105;
/// Kinds of an activity's results that we look at (libutil/logging.hh, ResultType).
inline constexpr std::uint64_t kBuildLogLine = 101;
inline constexpr std::uint64_t kSetPhase = 104;
inline constexpr std::uint64_t kPostBuildLogLine = 107;

/// Whether the daemon does what only trusted users may ask for.
enum class Trust : std::uint64_t { unknown = 0, trusted = 1, untrusted = 2 };

/// The session is open. `trust` is unknown before version 1.35.
struct Greeting {
  std::uint64_t minor = 0;       ///< what both sides speak from now on
  std::string daemon_version{};  ///< `2.8.0`; hostile text
  Trust trust = Trust::unknown;
  friend bool operator==(const Greeting&, const Greeting&) = default;
};

/// A line for people. Hostile text.
struct Notice {
  std::string text{};
  friend bool operator==(const Notice&, const Notice&) = default;
};

/// What an activity or its result says, by position.
using Field = std::variant<std::uint64_t, std::string>;

struct ActivityStart {
  std::uint64_t id = 0;
  std::uint64_t type = 0;
  std::string text{};
  std::vector<Field> fields{};
  friend bool operator==(const ActivityStart&, const ActivityStart&) = default;
};

struct ActivityStop {
  std::uint64_t id = 0;
  friend bool operator==(const ActivityStop&, const ActivityStop&) = default;
};

struct ActivityResult {
  std::uint64_t id = 0;
  std::uint64_t type = 0;
  std::vector<Field> fields{};
  friend bool operator==(const ActivityResult&, const ActivityResult&) = default;
};

/// The oldest request that was not answered yet fails with this. Hostile text.
struct Refusal {
  std::string message{};
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// The answer of a request that gives nothing.
struct Done {
  friend bool operator==(const Done&, const Done&) = default;
};

/// The answer of a question for paths, in the daemon's order.
struct Paths {
  std::vector<StorePath> paths{};
  friend bool operator==(const Paths&, const Paths&) = default;
};

/// What a store knows of a valid path.
struct PathFacts {
  std::optional<StorePath> deriver{};
  std::string nar_hash{};  ///< SHA-256, 64 lower-case hexadecimal digits
  std::vector<StorePath> references{};
  std::uint64_t nar_size = 0;     ///< bytes
  std::string content_address{};  ///< `fixed:r:sha256:…`, `text:sha256:…`; empty where it has none
  friend bool operator==(const PathFacts&, const PathFacts&) = default;
};

/// The answer of query_path_info: nothing where the path is not valid.
struct PathInfoAnswer {
  std::optional<PathFacts> facts{};
  friend bool operator==(const PathInfoAnswer&, const PathInfoAnswer&) = default;
};

/// The answer of add_to_store: where it went.
struct Added {
  StorePath path;
  PathFacts facts{};
  friend bool operator==(const Added&, const Added&) = default;
};

/// How a build ended (libstore/build-result.hh, BuildResult::Status). A daemon may send a number that is not listed.
enum class BuildStatus : std::uint64_t {
  built = 0,
  substituted = 1,
  already_valid = 2,
  permanent_failure = 3,
  input_rejected = 4,
  output_rejected = 5,
  transient_failure = 6,
  cached_failure = 7,
  timed_out = 8,
  misc_failure = 9,
  dependency_failed = 10,
  log_limit_exceeded = 11,
  not_deterministic = 12,
  resolves_to_already_valid = 13,
  no_substituters = 14,
};

/// The answer of build_derivation.
struct BuildResult {
  BuildStatus status = BuildStatus::misc_failure;
  std::string message{};  ///< hostile text with terminal escapes; cut at kLongestText
  std::uint64_t times_built = 0;
  std::uint64_t start = 0;  ///< seconds since 1970; 0 where nothing was built
  std::uint64_t stop = 0;
  friend bool operator==(const BuildResult&, const BuildResult&) = default;
};

/// The answer of build_paths_with_results, in the daemon's order.
struct BuildResults {
  std::vector<BuildResult> results{};
  friend bool operator==(const BuildResults&, const BuildResults&) = default;
};

/// Everything that a daemon can say.
using Message = std::variant<Greeting, Notice, ActivityStart, ActivityStop, ActivityResult, Refusal, Done, Paths, PathInfoAnswer, Added,
                             BuildResult, BuildResults>;

}  // namespace ekaci::wire
