#include "model/transition.h"

#include <array>
#include <utility>

namespace ekaci {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNames{
    "newly_failing"sv,    "failing_base_unknown"sv, "still_failing"sv,
    "newly_succeeding"sv, "still_succeeding"sv,     "succeeding_base_not_built"sv,
    "added_succeeding"sv, "added_failing"sv,        "unknown"sv,
};
static_assert(kNames.size() == kTransitions.size());

}  // namespace

std::string_view to_string(Transition transition) { return kNames.at(static_cast<std::size_t>(transition)); }

std::optional<Transition> parse_transition(std::string_view text) {
  for (const Transition transition : kTransitions) {
    if (to_string(transition) == text) return transition;
  }
  return std::nullopt;
}

}  // namespace ekaci
