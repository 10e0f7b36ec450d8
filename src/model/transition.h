#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/attribute_path.h"
#include "model/outcome.h"
#include "model/store_path.h"

namespace ekaci {

/// What a change does to the building of one attribute (product.md: *transition*): each attribute that is a derivation at head and
/// is not the same one at base has exactly one.
enum class Transition {
  newly_failing,              ///< fails at head, succeeded at base
  failing_base_unknown,       ///< fails at head, and of base nothing is known: not known to be new, and not known to be old
  still_failing,              ///< fails on both sides
  newly_succeeding,           ///< succeeds at head, failed at base
  still_succeeding,           ///< succeeds on both sides
  succeeding_base_not_built,  ///< succeeds at head; of base nothing is known, and nothing has to be
  added_succeeding,           ///< base had no derivation there; builds
  added_failing,              ///< base had no derivation there; fails
  unknown,                    ///< of head nothing is known: not built, cancelled, no builder, the infrastructure. Never good
};
inline constexpr std::array kTransitions{
    Transition::newly_failing,    Transition::failing_base_unknown, Transition::still_failing,
    Transition::newly_succeeding, Transition::still_succeeding,     Transition::succeeding_base_not_built,
    Transition::added_succeeding, Transition::added_failing,        Transition::unknown};
/// As it appears in JSON: `newly_failing`.
std::string_view to_string(Transition transition);
std::optional<Transition> parse_transition(std::string_view text);

/// What is known of one attribute's derivations.
struct BuildChange {
  Transition transition = Transition::unknown;
  OutcomeKind head = OutcomeKind::not_built;
  std::optional<OutcomeKind> base{};  ///< empty where base has no derivation there
  /// How long the newest build of each side's derivation took, whenever that was; empty where it was never built here.
  std::optional<std::chrono::microseconds> head_time{};
  std::optional<std::chrono::microseconds> base_time{};
  friend bool operator==(const BuildChange&, const BuildChange&) = default;
};

/// A derivation that failed itself, or could not be built, and what it keeps from being built (product.md: *root failure*).
struct RootFailure {
  StorePath derivation;
  std::string system{};
  OutcomeKind kind = OutcomeKind::failed;
  AttemptResult result = AttemptResult::builder_failed;  ///< of the newest attempt; meaningless where there is none
  std::uint32_t attempts = 0;                            ///< made so far, over all reviews
  std::uint64_t newly_failing = 0;                       ///< attributes that it explains
  std::uint64_t affected = 0;                            ///< attributes that do not succeed for it, those included
  std::vector<std::string> attributes{};                 ///< some of them, as paths are printed; those that are the derivation itself first
  std::string message{};                                 ///< what the store says of it; hostile text
  std::string phase{};                                   ///< the last that the builder entered; hostile text
  std::vector<std::string> last_lines{};                 ///< of its log; hostile text
  std::string log{};                                     ///< the log's name in the archive; empty where there is none
  friend bool operator==(const RootFailure&, const RootFailure&) = default;
};

/// How building went. Of the derivations that are wanted for head's changed attributes, and of what they need.
struct BuildSummary {
  /// Of the changed attributes' derivations, each once.
  std::map<OutcomeKind, std::uint64_t> outcomes{};
  std::uint64_t built = 0;              ///< derivations built by this review, of both sides
  std::uint64_t reused = 0;             ///< whose outcome was remembered or whose outputs were there
  std::uint64_t substituted = 0;        ///< fetched from a binary cache
  std::vector<std::string> builders{};  ///< `local: x86_64-linux, 2 slots, sandboxed`
  friend bool operator==(const BuildSummary&, const BuildSummary&) = default;
};

}  // namespace ekaci
