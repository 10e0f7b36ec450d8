#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// What is kept, for how long, and what goes first: pure.
///
/// Two rules, in this order. What was not used for as long as its kind is kept goes: its *age*. Where more room is taken than the *budget*
/// allows, or less is left on the disk than is to stay free, what was used longest ago goes, of whatever kind, until it is enough. Neither
/// takes what is in use: by a review that runs, or because nobody can make it again (an open pull request's review).
namespace ekaci::retention {

/// What can be dropped.
enum class Kind {
  trees,        ///< of repositories, as files
  inputs,       ///< of flake.lock, fetched
  mirrors,      ///< of repositories that the App is not installed in any more
  logs,         ///< of builds
  attempts,     ///< at building, with their outcomes
  evaluations,  ///< that are remembered, with their derivations
  sizes,        ///< of store paths, with what they refer to
  reviews,      ///< their reports
};
inline constexpr std::array kKinds = {Kind::trees,    Kind::inputs,      Kind::mirrors, Kind::logs,
                                      Kind::attempts, Kind::evaluations, Kind::sizes,   Kind::reviews};
/// As people and JSON name it: `trees`.
std::string_view to_string(Kind kind);

/// One thing that can be dropped; of tiny things as many as are dropped together.
struct Item {
  std::string name{};  ///< by which its shelf finds it; each once
  Clock::Wall used{};  ///< when last
  std::uint64_t bytes = 0;
  std::uint64_t count = 1;  ///< of the things that it stands for
  bool in_use = false;
  friend bool operator==(const Item&, const Item&) = default;
};

/// What there is of one kind.
struct Stock {
  Kind kind = Kind::trees;
  std::vector<Item> items{};
  /// Whether that is all. Otherwise they are those that were used longest ago: what is not among them was not used before any that is.
  bool is_complete = true;
};

/// Why something goes.
enum class Reason { age, budget };
std::string_view to_string(Reason reason);

struct Drop {
  Kind kind = Kind::trees;
  Item item{};
  Reason why = Reason::age;
};

/// How long things of a kind are kept after their last use; a kind that is not named does not go by age.
using Ages = std::map<Kind, std::chrono::seconds>;

/// What is to go now, in the order in which to drop it: the oldest of each reason first. `excess`: the bytes that the budget wants back.
/// Deterministic: equal stocks, in whatever order, give equal plans.
///
/// Of stocks that are not complete only so much is decided as they show: where they end, the plan ends, and dropping it lets the next one
/// see further.
std::vector<Drop> plan(const std::vector<Stock>& stocks, const Ages& ages, std::uint64_t excess, Clock::Wall now);

}  // namespace ekaci::retention
