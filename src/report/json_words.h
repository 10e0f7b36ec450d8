#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "model/outcome.h"
#include "model/review.h"

/// The words of `ekaci.review/1` for what the model has as enumerators, in both directions.
namespace ekaci::report {

inline constexpr std::string_view kSchema = "ekaci.review/1";

/// As in JSON: `do_not_merge`, where people read `do not merge`.
std::string_view identifier(Decision decision);
std::string_view identifier(JobReview::Presence presence);
inline std::string_view identifier(ChangeKind kind) { return to_string(kind); }
inline std::string_view identifier(Requirement::State state) { return to_string(state); }

inline std::string_view identifier(Requirement::Acceptance acceptance) { return to_string(acceptance); }

/// Whether attributes of this kind are in a report one by one; the others are only counted.
bool is_listed(ChangeKind kind);

inline constexpr std::array kDecisions = {Decision::merge, Decision::do_not_merge, Decision::wait, Decision::cannot_tell};
inline constexpr std::array kPresences = {JobReview::Presence::both, JobReview::Presence::added, JobReview::Presence::removed};
inline constexpr std::array kStates = {Requirement::State::met, Requirement::State::not_met, Requirement::State::pending,
                                       Requirement::State::unknown};
/// Those that are written; where acceptance is of no use nothing is.
inline constexpr std::array kAcceptances = {Requirement::Acceptance::awaited, Requirement::Acceptance::given};
inline constexpr std::array kKinds = {ChangeKind::unchanged,         ChangeKind::added,          ChangeKind::removed,
                                      ChangeKind::rebuilt,           ChangeKind::metadata_only,  ChangeKind::newly_erroring,
                                      ChangeKind::error_fixed,       ChangeKind::still_erroring, ChangeKind::newly_refused,
                                      ChangeKind::no_longer_refused, ChangeKind::still_refused,  ChangeKind::not_a_derivation};

/// The value among `values` that is called so; nullopt where none is.
template <class Values>
std::optional<typename Values::value_type> identified(const Values& values, std::string_view word) {
  const auto found = std::ranges::find_if(values, [word](auto value) { return identifier(value) == word; });
  if (found == values.end()) return std::nullopt;
  return *found;
}

}  // namespace ekaci::report
