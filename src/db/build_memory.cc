#include "db/build_memory.h"

#include <utility>

#include "db/attempts.h"
#include "db/path_infos.h"
#include "db/retention_queries.h"
#include "db/run.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

/// How exact "last used" is: what is asked for often is not written as often.
constexpr std::chrono::microseconds kUseInterval = std::chrono::hours(24);

Status touch_attempts(Connection& connection, std::span<const std::int64_t> attempts, std::int64_t now) {
  Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<Statement> statement = connection.prepare(queries::kTouchAttempt);
  if (!statement) return fail(statement.error());
  for (const std::int64_t id : attempts) {
    if (Status touched = run(*statement, id, now); !touched) return touched;
  }
  return transaction->commit();
}

struct FoundPaths {
  std::vector<PathInfo> infos{};
  std::vector<std::int64_t> stale{};  ///< PathQuery::stale()
};

/// Within a transaction of the caller's.
Result<FoundPaths> find_paths(const Connection& connection, std::span<const StorePath> paths, std::int64_t today) {
  Result<PathQuery> query = PathQuery::open(connection, today);
  if (!query) return fail(query.error());
  FoundPaths found;
  for (const StorePath& path : paths) {
    Result<std::optional<PathInfo>> known = query->find(path);
    if (!known) return fail(known.error());
    if (std::optional<PathInfo>& info = *known) found.infos.push_back(std::move(*info));
  }
  found.stale.assign(query->stale().begin(), query->stale().end());
  return found;
}

Result<FoundPaths> find_in_snapshot(Connection& connection, std::span<const StorePath> paths, std::int64_t today) {
  const Result<Transaction> snapshot = Transaction::begin(connection, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  return find_paths(connection, paths, today);
}

Result<FoundPaths> find_and_touch(Connection& connection, std::span<const StorePath> paths, std::int64_t today) {
  Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<FoundPaths> found = find_paths(connection, paths, today);
  if (!found) return fail(found.error());
  if (const Status touched = touch_paths(connection, found->stale, today); !touched) return fail(touched.error());
  if (const Status committed = transaction->commit(); !committed) return fail(committed.error());
  return found;
}

}  // namespace

Result<std::unique_ptr<SqliteBuildMemory>> SqliteBuildMemory::open(const std::filesystem::path& file,
                                                                   std::chrono::milliseconds longest_wait, const Clock& clock) {
  Result<Connection> connection = Connection::open(file, Access::write, longest_wait);
  if (!connection) return fail(connection.error());
  // In a write-ahead log NORMAL loses no transaction when the process dies.
  if (const Status set = connection->execute("PRAGMA synchronous = NORMAL"); !set) return fail(set.error());
  return std::unique_ptr<SqliteBuildMemory>(new SqliteBuildMemory(std::move(*connection), longest_wait, clock));
}

Result<std::vector<Outcome>> SqliteBuildMemory::find_outcomes(std::span<const StorePath> derivations, const Assurance& wanted) {
  const std::scoped_lock lock(using_);
  const std::int64_t now = microseconds(clock_.wall());
  std::vector<Outcome> outcomes;
  outcomes.reserve(derivations.size());
  std::vector<std::int64_t> used;
  {
    const Result<Transaction> snapshot = Transaction::begin(connection_, Transaction::Kind::read);
    if (!snapshot) return fail(snapshot.error());
    Result<OutcomeQuery> query = OutcomeQuery::open(connection_);
    if (!query) return fail(query.error());
    for (const StorePath& derivation : derivations) {
      Result<FoundOutcome> found = query->find(derivation, wanted);
      if (!found) return fail(found.error());
      FoundOutcome& known = *found;
      if (known.attempt && now - known.used_us >= kUseInterval.count()) used.push_back(*known.attempt);
      outcomes.push_back(std::move(known.outcome));
    }
  }
  touch(used, now);
  return outcomes;
}

void SqliteBuildMemory::touch(std::span<const std::int64_t> attempts, std::int64_t now) {
  if (attempts.empty()) return;
  // Only a hint for retention: whoever is writing now matters more than it.
  connection_.set_longest_wait(std::chrono::milliseconds(0));
  [[maybe_unused]] const Status touched = touch_attempts(connection_, attempts, now);
  connection_.set_longest_wait(longest_wait_);
}

Status SqliteBuildMemory::store_attempts(std::span<const engine::KeptAttempt> attempts) {
  const std::scoped_lock lock(using_);
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  for (const engine::KeptAttempt& attempt : attempts) {
    if (const Status inserted = insert_attempt(connection_, attempt, kKeptAttempts); !inserted) return inserted;
  }
  return transaction->commit();
}

Result<std::vector<engine::KeptAttempt>> SqliteBuildMemory::attempts_of(const StorePath& derivation) {
  const std::scoped_lock lock(using_);
  return load_attempts(connection_, derivation);
}

Result<std::vector<std::optional<engine::BuildTime>>> SqliteBuildMemory::build_times(std::span<const StorePath> derivations) {
  const std::scoped_lock lock(using_);
  const Result<Transaction> snapshot = Transaction::begin(connection_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  Result<BuildTimeQuery> query = BuildTimeQuery::open(connection_);
  if (!query) return fail(query.error());
  std::vector<std::optional<engine::BuildTime>> times;
  times.reserve(derivations.size());
  for (const StorePath& derivation : derivations) {
    const auto time = query->find(derivation);
    if (!time) return fail(time.error());
    times.push_back(*time);
  }
  return times;
}

Status SqliteBuildMemory::store_path_infos(std::span<const PathInfo> infos) {
  if (infos.empty()) return {};
  const std::scoped_lock lock(using_);
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<PathWriter> writer = PathWriter::open(connection_, day_of(clock_.wall()));
  if (!writer) return fail(writer.error());
  for (const PathInfo& info : infos) {
    if (const Status written = writer->write(info); !written) return written;
  }
  return transaction->commit();
}

Result<std::vector<PathInfo>> SqliteBuildMemory::find_path_infos(std::span<const StorePath> paths) {
  const std::scoped_lock lock(using_);
  const std::int64_t today = day_of(clock_.wall());
  Result<FoundPaths> found = find_in_snapshot(connection_, paths, today);
  if (!found) return fail(found.error());
  if (!found->stale.empty()) {
    // Looked up again, since some of it may have been forgotten before the lock was there.
    if (Result<FoundPaths> noted = find_and_touch(connection_, paths, today)) found = std::move(noted);
  }
  return std::move(found->infos);
}

}  // namespace ekaci::db
