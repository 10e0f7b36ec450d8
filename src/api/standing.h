#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "forge/desk_standing.h"

/// How a running server stands, for its operator: what it does, what waits and why, and what is stuck. Values; texts of strangers in them
/// are hostile.
namespace ekaci::api {

/// What is known of the forge's answers.
struct ForgeStanding {
  /// What an installation may still ask, as far as the forge told.
  struct Budget {
    std::int64_t installation = 0;  ///< 0: calls as the App itself
    std::optional<std::uint64_t> remaining{};
    std::optional<Clock::Wall> reset{};   ///< when the forge counts anew
    std::optional<Clock::Wall> resume{};  ///< no call is made before
    std::optional<Clock::Wall> spares{};  ///< no call is made before for what can be left out: the progress of checks
  };
  std::optional<Clock::Wall> answered{};
  std::optional<Clock::Wall> unanswered{};  ///< when a call last had no answer, or one that was the forge's own failure
  std::string trouble{};                    ///< of that one
  std::vector<Budget> budgets{};
};
/// Whether the last call had no answer.
bool is_silent(const ForgeStanding& forge);

/// A check that the forge does not have as it is wanted.
struct UnsentCheck {
  forge::RepositoryId repository{};
  CommitId head;
  std::string name{};
  std::uint32_t failures = 0;
  Clock::Wall since{};
  std::optional<Clock::Wall> due{};  ///< when it is sent next; nullopt where it was refused
  std::string why{};
};

/// A label or a comment that the forge refused to give a pull request.
struct RefusedWish {
  enum class What { label, comment };
  What what = What::label;
  forge::RepositoryId repository{};
  forge::PullRequestNumber pull_request{};
  Clock::Wall since{};
  std::string why{};
};
std::string_view to_string(RefusedWish::What what);

struct BacklogStanding {
  std::uint64_t deliveries = 0;
  std::optional<Clock::Wall> oldest_delivery{};
  std::uint64_t checks = 0;
  std::optional<Clock::Wall> oldest_check{};
  std::vector<UnsentCheck> owed{};            ///< the first of them
  std::vector<UnsentCheck> refused{};         ///< of commits that are somebody's head
  std::vector<RefusedWish> refused_wishes{};  ///< of pull requests that are not closed
  std::string trouble{};                      ///< why this could not be told; empty where it was
};

/// How far a review under way has come.
struct ReviewStanding {
  struct Build {
    std::string name{};  ///< of the derivation
    Clock::Wall since{};
    std::string phase{};
  };
  forge::ReviewId id{};
  std::string phase{};
  Clock::Wall phase_began{};
  Clock::Wall moved{};                 ///< when anything was last seen to move
  std::chrono::seconds quiet_limit{};  ///< the longest that it may do without, in this phase
  std::uint64_t known = 0;             ///< attributes, of both sides
  std::uint64_t evaluated = 0;
  std::uint64_t to_build = 0;
  std::uint64_t built = 0;
  std::uint64_t failed = 0;
  std::uint64_t queued = 0;     ///< could be built, and wait for a place that builds of other reviews have
  std::vector<Build> builds{};  ///< that run
};

struct ServerStanding {
  std::string version{};
  std::int64_t process = 0;
  Clock::Wall now{};
  Clock::Wall started{};
  forge::DeskStanding desk{};
  ForgeStanding forge{};
  BacklogStanding backlog{};
  std::vector<ReviewStanding> reviews{};
};

/// The review of a line that is under way; nullptr where nothing is known of it.
const ReviewStanding* find_review(const ServerStanding& standing, const forge::DeskStanding::Line& line);

/// `acme/pkgs 1a2b3c4d5e EkaCI`. Hostile.
std::string full_name(const ServerStanding& standing, const UnsentCheck& check);
/// `acme/pkgs#12`. Hostile.
std::string full_name(const ServerStanding& standing, const RefusedWish& wish);

/// Why a line waits, or is not decided: `2 of 2 reviews run`; empty where it does not. Printable, but for what is hostile in a line.
std::string why_it_waits(const ServerStanding& standing, const forge::DeskStanding::Line& line);

/// Something that does not go on as it should.
struct Stuck {
  enum class Kind { desk, forge, deliveries, check, label, comment, review, rest };
  Kind kind = Kind::desk;
  std::string subject{};  ///< of what; hostile
  Clock::Wall since{};
  std::string why{};    ///< hostile
  std::string to_do{};  ///< hostile only in names
};
std::string_view to_string(Stuck::Kind kind);

/// The limits beyond which things count as stuck.
inline constexpr std::chrono::seconds kLongestUnhandled = std::chrono::minutes(1);
inline constexpr std::chrono::seconds kLongestOwed = std::chrono::minutes(10);

/// All that is stuck, the most far-reaching first.
std::vector<Stuck> find_stuck(const ServerStanding& standing);

/// As docs/server.md describes it: one JSON object. What is not UTF-8 is replaced.
std::string to_json(const ServerStanding& standing);
/// `{"reviewsAtOnce": 2, "underReview": […], "queue": […]}`.
std::string queue_json(const ServerStanding& standing);

}  // namespace ekaci::api
