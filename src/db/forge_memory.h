#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/backlog.h"
#include "db/checks.h"
#include "db/connection.h"
#include "db/group_commit.h"
#include "db/inbox.h"
#include "forge/ports.h"

namespace ekaci::db {

struct ForgeMemoryOptions {
  std::filesystem::path file{};
  std::chrono::milliseconds longest_wait{10'000};  ///< for another that is writing
  /// A delivery that was handled is remembered until so many came after it.
  std::size_t handled_deliveries = 10'000;
  /// A check that nobody needs (retirement.h) is remembered until so many others were no more needed.
  std::size_t retired_checks = 50'000;
};

/// What a server knows of forges and owes them, in the file of SqliteDatabase, which has to be open already (it makes the file). Any
/// thread: one connection under a mutex. Several processes may use one file, but one of them alone should send what is owed.
///
/// Each call that changes anything is one transaction, durable when it returns. Against the death of the process because a commit is in
/// the write-ahead log, in the kernel's hands; against a loss of power because this connection has synchronous = FULL: SQLite waits at each
/// commit until the disk has the log. Receiving waits for the disk once for all who receive at the same time.
///
/// What is here was said by people and forges and cannot be computed again: unlike the rest of the file it is worth a backup.
class SqliteForgeMemory final : public forge::Inbox, public forge::Ledger, public forge::Outbox {
 public:
  /// Errors: see Connection and migrate(): unsupported where the file is a newer EkaCI's.
  static Result<std::unique_ptr<SqliteForgeMemory>> open(const ForgeMemoryOptions& options, const Clock& clock);

  /// Fails with invalid_argument where the delivery is larger than any forge's is.
  Result<bool> receive(const forge::Delivery& delivery) override;
  Result<std::vector<forge::StoredDelivery>> unhandled(forge::DeliveryId after, std::size_t limit) override;

  Result<forge::LedgerState> load() override;
  /// Fails, and keeps nothing, as write_entry() says.
  Status keep(const forge::LedgerEntry& entry) override;

  Result<std::vector<forge::OwedCheck>> owed(Clock::Wall now, std::size_t limit) override;
  Result<std::optional<Clock::Wall>> next_due(Clock::Wall now) override;
  /// These fail with not_found where there is no such check, and with invalid_argument where there never was such a version of it.
  Status trying_to_create(forge::CheckId id) override;
  Status sent(forge::CheckId id, forge::ForgeCheckId forge_id, std::uint64_t version, Clock::Wall next) override;
  Status postponed(forge::CheckId id, Clock::Wall due, forge::Delay delay, std::string_view why) override;
  Status refused(forge::CheckId id, std::uint64_t version, std::string_view why) override;

  Result<std::vector<forge::OwedLabel>> owed_labels(Clock::Wall now, std::size_t limit) override;
  Status labelled(forge::LabelId id) override;
  Status label_postponed(forge::LabelId id, Clock::Wall due, forge::Delay delay, std::string_view why) override;
  Status label_refused(forge::LabelId id, std::string_view why) override;

  Result<std::vector<forge::OwedComment>> owed_comments(Clock::Wall now, std::size_t limit) override;
  Status commented(forge::CommentId id, forge::ForgeCommentId forge_id, std::uint64_t version) override;
  Status uncommented(forge::CommentId id, std::uint64_t version) override;
  Status comment_postponed(forge::CommentId id, Clock::Wall due, forge::Delay delay, std::string_view why) override;
  Status comment_refused(forge::CommentId id, std::uint64_t version, std::string_view why) override;

  /// For the operator: what became of the newest deliveries that were handled, and what could not be sent, the oldest first.
  Result<std::vector<DeliveryOutcome>> handled(std::size_t limit);
  Result<std::vector<CheckTrouble>> troubles(std::size_t limit);
  /// Writes something that changes nothing, as durably as a delivery: whether one could be received now.
  Status try_writing();
  /// For the operator as well: what is not done yet, with at most so many of each kind of check.
  Result<Backlog> backlog(std::size_t limit);
  /// Of a commit, the checks that are not completed as they are wanted.
  Result<std::vector<forge::Check>> open_checks(forge::RepositoryId repository, const CommitId& head);

 private:
  SqliteForgeMemory(ForgeMemoryOptions options, const Clock& clock, Connection connection)
      : options_(std::move(options)), clock_(clock), connection_(std::move(connection)) {}

  using Change = std::function<Status()>;
  Status in_transaction(const Change& change);
  void add_all(std::span<Arrival* const> arrivals);
  Status note(CheckNews news);

  ForgeMemoryOptions options_;
  const Clock& clock_;
  GroupCommit<Arrival> receiving_;
  std::mutex using_;  ///< held while connection_ is used
  Connection connection_;
};

}  // namespace ekaci::db
