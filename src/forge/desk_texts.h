#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "forge/check.h"
#include "forge/desk_events.h"
#include "forge/subject.h"

/// What the summary check says while there is no report: each text ours, what is hostile in it made plain.
namespace ekaci::forge {

/// On every check that is not completed.
CheckAction cancel_button();

CheckText waiting_text();
CheckText running_text(Clock::Wall now, Builds builds);
/// A review that could not be made, and is made again at that time.
CheckText resting_text(const Error& error, Clock::Wall again);
/// A review that could not be made. Nothing is known, so it is no success.
CheckText unmade_text(const Error& error, Clock::Wall now);

/// Why a review ends before its time.
struct Abandonment {
  enum class Reason { newer_head, other_target, closed, draft, cancelled, ordered };
  Reason reason = Reason::closed;
  std::string by{};  ///< login, where a person asked
};
CheckText abandoned_text(const Abandonment& why, Clock::Wall now);

/// Checks of a commit that is to be reviewed again.
CheckText reopened_text();
/// Checks of a commit that its newest review does not have. What they said is no longer known, so it is no success.
CheckText withdrawn_text();

/// `2026-01-31 13:05 UTC`.
std::string minute_of(Clock::Wall time);

}  // namespace ekaci::forge
