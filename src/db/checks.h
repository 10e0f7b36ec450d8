#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/check_progress.h"
#include "db/connection.h"
#include "forge/ports.h"

/// The rows of `forge_check`. To be used within a transaction of the caller's.
namespace ekaci::db {

/// Keeps what is wanted. Used within the life of its connection, by its thread.
class CheckWriter {
 public:
  static Result<CheckWriter> open(const Connection& connection);
  /// Changes nothing where the same is wanted already. Fails with invalid_argument where its repository is not known, its conclusion
  /// does not go with its status, or its texts are larger than kLargestCheck together.
  Status want(const forge::Check& check, Clock::Wall now);

 private:
  CheckWriter(const Connection& connection, Statement find, Statement add, Statement update)
      : connection_(&connection), find_(std::move(find)), add_(std::move(add)), update_(std::move(update)) {}

  struct Found {
    std::int64_t id = 0;
    std::string content{};
    CheckProgress progress{};
  };
  Result<std::optional<Found>> find(const forge::Check& check);
  Status add(const forge::Check& check, std::string_view content, const CheckProgress& progress);
  Status update(std::int64_t id, const forge::CheckText& text, std::string_view content, const CheckProgress& progress);

  const Connection* connection_;
  Statement find_;
  Statement add_;
  Statement update_;
};

/// The names of all checks of a commit that were ever wanted and are remembered.
Result<std::vector<std::string>> load_check_names(const Connection& connection, forge::RepositoryId repository, const CommitId& head);

/// Of a commit, those that are not completed.
Result<std::vector<forge::Check>> load_open_checks(const Connection& connection, forge::RepositoryId repository, const CommitId& head);

/// As Outbox::owed().
Result<std::vector<forge::OwedCheck>> load_owed(const Connection& connection, Clock::Wall now, std::size_t limit);
/// As Outbox::next_due().
Result<std::optional<Clock::Wall>> load_next_due(const Connection& connection, Clock::Wall now);

/// not_found where there is no such check.
Status note_try_to_create(const Connection& connection, forge::CheckId id);
Result<CheckProgress> load_progress(const Connection& connection, forge::CheckId id);

/// What the Outbox was told of a check, to be kept.
struct CheckNews {
  forge::CheckId id{};
  CheckProgress progress{};
  std::optional<forge::ForgeCheckId> forge_id{};  ///< where it was told
  std::optional<std::string_view> trouble{};      ///< why it could not be sent; cut where it is long
};
Status note_progress(const Connection& connection, const CheckNews& news);

/// What was refused in a repository, of commits that are somebody's head, is owed again.
Status owe_checks_again(const Connection& connection, forge::RepositoryId repository, Clock::Wall now);

/// A check that could not be sent, for the operator.
struct CheckTrouble {
  forge::CheckId id{};
  forge::RepositoryId repository{};
  CommitId head;
  std::string name{};
  std::uint32_t failures = 0;        ///< in a row
  std::optional<Clock::Wall> due{};  ///< when it is tried again; nullopt where that has no sense, until something else is wanted
  std::string why{};
  friend bool operator==(const CheckTrouble&, const CheckTrouble&) = default;
};
/// The oldest first.
Result<std::vector<CheckTrouble>> load_troubles(const Connection& connection, std::size_t limit);

}  // namespace ekaci::db
