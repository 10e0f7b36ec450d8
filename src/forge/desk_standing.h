#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "forge/desk.h"

namespace ekaci::forge {

/// How things stand at the desk, for an operator. A value.
struct DeskStanding {
  enum class State {
    under_review,
    waiting,     ///< for its turn
    resting,     ///< could not be reviewed, and is tried again
    draft,       ///< is reviewed when it is ready
    decided,     ///< there is a decision
    unreviewed,  ///< none of these: what was left undone by a review that ends just now
  };
  /// A subject that is not closed.
  struct Line {
    SubjectKey key{};
    std::string repository{};  ///< its name; empty where it is not known
    std::string subject{};     ///< as describe() says; hostile where it is a branch
    std::string title{};       ///< of a pull request; hostile
    std::string head{};        ///< brief
    State state = State::unreviewed;
    std::optional<Decision> decision{};
    bool is_base_stale = false;
    bool awaits_approval = false;        ///< decided as far as that goes without building
    std::optional<Clock::Wall> since{};  ///< under review, waiting, resting
    std::optional<ReviewId> review{};    ///< that is under way
    Builds builds = Builds::allowed;     ///< of that one
    bool is_stopped = false;             ///< that one: it ends, and counts for nothing
    bool is_wanted_again = false;        ///< waits, or will when the review under way has ended
    std::size_t place = 0;               ///< of those that wait, from 1
    int rank = 0;                        ///< as Docket::Waiting
    std::uint32_t failures = 0;          ///< resting
    std::optional<Clock::Wall> again{};  ///< resting: when it is tried again
    std::string why{};                   ///< resting; hostile
  };
  /// What keeps the desk from going on.
  struct Trouble {
    Clock::Wall since{};
    std::string why{};
  };

  Clock::Wall looked{};  ///< as of then
  /// Whether the desk said so when it was asked. Where it did not, it is at something that takes long.
  bool is_current = false;
  std::size_t repositories = 0;
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::size_t at_once = 0;    ///< reviews that may be under way
  std::uint32_t tries = 0;    ///< that a review gets
  std::vector<Line> lines{};  ///< those under review first, then those that wait, in their order, then those that rest
  std::map<RepositoryId, std::string> names{};
  std::optional<Trouble> trouble{};
  std::optional<Trouble> held_up{};  ///< what keeps reviews from being begun
};

/// `under review`, `waiting`; of what is decided the decision: `merge`, `cannot tell`.
std::string state_in_words(const DeskStanding::Line& line);

/// `acme/pkgs#12`, `acme/pkgs branch main`: by which operators name it. Hostile where it is a branch.
std::string full_name(const DeskStanding::Line& line);

/// `is_current` is the caller's to say.
DeskStanding standing_of(const Desk& desk, Clock::Wall now);

}  // namespace ekaci::forge
