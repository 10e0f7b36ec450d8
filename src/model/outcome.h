#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/store_path.h"

namespace ekaci {

/// What is known of a derivation, once for all (product.md: *outcome*).
enum class OutcomeKind {
  succeeded,          ///< was built, substituted or found valid; whether its outputs are still there is the store's to say
  failed,             ///< for a reason of its own; not built again unless someone asks
  dependency_failed,  ///< something that it needs has failed, or timed out; which, the roots say
  timed_out,          ///< said nothing for too long, or took too long
  cancelled,          ///< someone stopped it
  infrastructure,     ///< memory, disk, a lost builder, a fetch that could not reach its server: never held against the package
  no_builder,         ///< no builder has its system and the features that it requires
  not_built,          ///< not asked for, or left out by a bound that the review names
};
/// In the order of their numbers.
inline constexpr std::array kOutcomeKinds = {OutcomeKind::succeeded,  OutcomeKind::failed,    OutcomeKind::dependency_failed,
                                             OutcomeKind::timed_out,  OutcomeKind::cancelled, OutcomeKind::infrastructure,
                                             OutcomeKind::no_builder, OutcomeKind::not_built};
/// As it appears in JSON and in the database: `succeeded`, `dependency_failed`.
std::string_view to_string(OutcomeKind kind);
/// The inverse of to_string(); nullopt where there is no such outcome.
std::optional<OutcomeKind> parse_outcome_kind(std::string_view text);

/// How one attempt at building a derivation ended. Each belongs to exactly one outcome.
enum class AttemptResult {
  built,                   ///< by this attempt
  substituted,             ///< a binary cache had it
  already_valid,           ///< the store had it when the attempt began
  builder_failed,          ///< the builder's exit status was not 0, or a signal ended it
  output_rejected,         ///< the builder ended well, but an output is missing or has forbidden references
  hash_mismatch,           ///< a fixed-output derivation gave other content
  log_limit,               ///< the builder wrote more than it may
  silence_time,            ///< the builder wrote nothing for too long
  total_time,              ///< the builder took too long
  out_of_memory,           ///< the operating system ended it for memory
  disk_full,               ///< there was no room left, on the builder or for its log
  builder_lost,            ///< the connection to the builder broke
  fetch_failed,            ///< a fixed-output derivation failed otherwise than by its hash
  dependency_unavailable,  ///< the builder's store lacks what the derivation is built from, although that was built
  stopped,                 ///< someone asked
};
/// As it appears in JSON and in the database: `built`, `hash_mismatch`.
std::string_view to_string(AttemptResult result);
std::optional<AttemptResult> parse_attempt_result(std::string_view text);

/// What an attempt's result says of the derivation.
OutcomeKind outcome_of(AttemptResult result);

/// How well a build was shut off from the machine. Later is stronger.
enum class BuildSandbox { none, relaxed, full };
/// Whose work could have touched the store that a build's inputs came from. Later is stronger.
enum class BuildTrust {
  untrusted,  ///< pull requests of strangers
  trusted,    ///< only what people with write access approved
};

/// Under what conditions an outcome was found. A weaker one never answers for a stronger (product.md).
struct Assurance {
  BuildSandbox sandbox = BuildSandbox::none;
  BuildTrust trust = BuildTrust::untrusted;

  /// Whether an outcome with this assurance answers a question that asks for `wanted`.
  [[nodiscard]] bool covers(const Assurance& wanted) const { return sandbox >= wanted.sandbox && trust >= wanted.trust; }
  friend bool operator==(const Assurance&, const Assurance&) = default;
};

/// One try at building a derivation. Kept for as long as its log is.
struct Attempt {
  StorePath derivation;
  std::uint32_t number = 0;  ///< 1 is the derivation's first
  AttemptResult result = AttemptResult::stopped;
  std::string builder{};  ///< the builder's name
  Assurance assurance{};
  Clock::Wall start{};
  Clock::Wall end{};
  std::optional<int> exit_status{};  ///< of the builder's process, where it is known
  std::string message{};             ///< what the builder's store says of it; hostile text, terminal escapes removed
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// What is known of one derivation.
struct Outcome {
  OutcomeKind kind = OutcomeKind::not_built;
  Assurance assurance{};
  std::uint32_t attempts = 0;      ///< made so far, over all reviews
  std::vector<StorePath> roots{};  ///< of dependency_failed: the derivations below that failed themselves, in path order, bounded
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

}  // namespace ekaci
