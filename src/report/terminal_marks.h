#pragma once

#include <string>
#include <string_view>

#include "model/review.h"
#include "report/layout.h"

namespace ekaci::report {

/// Narrower than this a hanging indent leaves no room: what belongs together goes below each other instead.
inline constexpr std::size_t kNarrow = 70;

/// A sign and its tone; the sign alone says what it means.
struct Mark {
  std::string_view glyph;
  Tone tone;
};

Mark mark_of(Decision decision);
Mark mark_of(Requirement::State state);
Mark mark_of(ChangeKind kind);
Mark mark_of(Transition transition);

/// Adds `… and 7 more` where something was left out, and how to see it as far as there is room.
void print_rest(Page& page, std::uint64_t hidden);
/// The same, where what was left out takes more than a number to say: never nothing.
void print_rest(Page& page, std::string_view hidden);

}  // namespace ekaci::report
