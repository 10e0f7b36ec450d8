#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/connection.h"
#include "forge/ports.h"

/// What a server has not done yet, for its operator. To be used within the connection's lock.
namespace ekaci::db {

/// A check that the forge does not have as it is wanted.
struct UnsentCheck {
  forge::RepositoryId repository{};
  CommitId head;
  std::string name{};
  std::uint32_t failures = 0;        ///< in a row
  Clock::Wall since{};               ///< it is owed: what concludes nothing from its turn on, which may be ahead
  std::optional<Clock::Wall> due{};  ///< when it is sent next; nullopt where the forge refused it
  std::string why{};                 ///< it was not sent; empty where nothing was tried. Hostile
  friend bool operator==(const UnsentCheck&, const UnsentCheck&) = default;
};

/// A label or a comment that the forge refused to give a pull request.
struct RefusedWish {
  enum class What { label, comment };
  What what = What::label;
  forge::RepositoryId repository{};
  forge::PullRequestNumber pull_request{};
  Clock::Wall since{};  ///< it is wanted as it is
  std::string why{};    ///< hostile
  friend bool operator==(const RefusedWish&, const RefusedWish&) = default;
};

struct Backlog {
  std::uint64_t deliveries = 0;  ///< received and not handled
  std::optional<Clock::Wall> oldest_delivery{};
  std::uint64_t checks = 0;                   ///< owed
  std::optional<Clock::Wall> oldest_check{};  ///< since when that is owed which is owed longest; may be ahead
  std::vector<UnsentCheck> owed{};            ///< those that are due longest
  std::vector<UnsentCheck> refused{};         ///< the newest of them, also of commits that nobody asks about any more
  std::vector<RefusedWish> refused_wishes{};  ///< the newest labels of them, then the newest comments
  friend bool operator==(const Backlog&, const Backlog&) = default;
};

/// `limit`: of each list.
Result<Backlog> load_backlog(const Connection& connection, std::size_t limit);

}  // namespace ekaci::db
