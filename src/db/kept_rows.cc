#include "db/kept_rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_set>
#include <utility>

#include "db/path_infos.h"
#include "db/retention.h"
#include "db/retention_queries.h"
#include "db/run.h"
#include "db/wall_time.h"
#include "model/store_path.h"

namespace ekaci::db {
namespace {

/// Of one transaction.
constexpr std::size_t kDerivationsAtOnce = 500;
constexpr std::uint64_t kPathsAtOnce = 500;
/// With its places in indexes. Measured with a million rows that refer to ten others each.
constexpr std::uint64_t kBytesOfPath = 175;
/// Given back at once, and so few that giving them back is not worth it: a megabyte.
constexpr std::int64_t kPagesAtOnce = 256;

constexpr std::string_view kHeads =
    "SELECT forge_repository.name, subject.head FROM subject JOIN forge_repository ON forge_repository.id = subject.repository "
    "WHERE subject.state IS NULL OR subject.state <> 2";

std::string key_of(std::string_view repository, std::string_view head) {
  std::string key(repository);
  key += '\0';
  key += head;
  return key;
}

/// What is under review, or may be merged, now: as many as there are open pull requests, branches and groups.
Result<std::unordered_set<std::string>> heads_in_use(const Connection& connection) {
  Result<Statement> statement = connection.prepare(kHeads);
  if (!statement) return fail(statement.error());
  std::unordered_set<std::string> heads;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    heads.insert(key_of(row.bytes(0), row.bytes(1)));
    return {};
  });
  if (!read) return fail(read.error());
  return heads;
}

Result<KeptRowList> list(const Connection& connection, std::string_view sql, std::size_t most,
                         const std::function<bool(const Statement&)>& is_in_use) {
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  // One more than is wanted says whether there are more.
  statement->bind(1, static_cast<std::int64_t>(most) + 1);
  KeptRowList found;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    found.rows.push_back({.id = row.integer(0),
                          .used = wall_at(row.integer(1)),
                          .bytes = static_cast<std::uint64_t>(row.integer(2)),
                          .in_use = is_in_use(row)});
    return {};
  });
  if (!read) return fail(read.error());
  found.is_complete = found.rows.size() <= most;
  if (!found.is_complete) found.rows.pop_back();
  return found;
}

bool never(const Statement& /*row*/) { return false; }

/// Adds a row to the last range where it fits there.
void add(std::vector<KeptPaths>& ranges, std::int64_t day, std::int64_t id) {
  if (ranges.empty() || ranges.back().range.day != day || ranges.back().count == kPathsAtOnce) {
    ranges.push_back({.range = {.day = day, .first = id}, .used = end_of_day(day)});
  }
  KeptPaths& paths = ranges.back();
  paths.range.last = id;
  ++paths.count;
  paths.bytes += kBytesOfPath;
}

/// Changes whenever another evaluation or derivation is stored: what was found unreachable may be reached then.
Result<std::string> mark_of_stored(const Connection& connection) {
  std::string mark;
  for (const char* sql : {"SELECT max(id) FROM derivation", "SELECT count(*) FROM evaluation", "SELECT sum(used_us) FROM evaluation"}) {
    const auto number = connection.query_integer(sql);
    if (!number) return fail(number.error());
    mark += fmt::format("{} ", number->value_or(0));
  }
  return mark;
}

/// The derivation that a log is of: `<hash>-<number>`.
std::optional<StoreHash> derivation_of(std::string_view log) {
  constexpr std::size_t kHashCharacters = 32;
  if (log.size() <= kHashCharacters) return std::nullopt;
  const Result<StoreHash> hash = parse_nix_base32(log.substr(0, kHashCharacters));
  return hash ? std::optional(*hash) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<KeptRows>> KeptRows::open(const std::filesystem::path& file, std::chrono::milliseconds longest_wait) {
  Result<Connection> connection = Connection::open(file, Access::write, longest_wait);
  if (!connection) return fail(connection.error());
  // What is forgotten and comes back after a loss of power is forgotten again.
  if (const Status set = connection->execute("PRAGMA synchronous = NORMAL"); !set) return fail(set.error());
  return std::unique_ptr<KeptRows>(new KeptRows(std::move(*connection)));
}

Result<KeptRowList> KeptRows::reviews(std::size_t most) {
  const Result<Transaction> snapshot = Transaction::begin(connection_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  const auto heads = heads_in_use(connection_);
  if (!heads) return fail(heads.error());
  return list(connection_, queries::kOldestReviews, most,
              [&](const Statement& row) { return heads->contains(key_of(row.bytes(3), row.bytes(4))); });
}

Result<KeptRowList> KeptRows::attempts(std::size_t most) { return list(connection_, queries::kOldestAttempts, most, never); }

Result<KeptRowList> KeptRows::evaluations(std::size_t most) { return list(connection_, queries::kOldestEvaluations, most, never); }

Result<KeptPathList> KeptRows::paths(std::size_t most, Clock::Wall now) {
  Result<Statement> statement = connection_.prepare(queries::kOldestPaths);
  if (!statement) return fail(statement.error());
  // One more than is wanted says whether there are more.
  statement->bind(1, static_cast<std::int64_t>(most) + 1);
  statement->bind(2, day_of(now - kPathsStay));
  KeptPathList found;
  std::size_t rows = 0;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    if (rows++ < most) add(found.ranges, row.integer(0), row.integer(1));
    return {};
  });
  if (!read) return fail(read.error());
  found.is_complete = rows <= most;
  return found;
}

Status KeptRows::forget(std::string_view sql, std::span<const std::int64_t> ids) {
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<Statement> statement = connection_.prepare(sql);
  if (!statement) return fail(statement.error());
  for (const std::int64_t id : ids) {
    if (Status forgotten = run(*statement, id); !forgotten) return forgotten;
  }
  return transaction->commit();
}

Status KeptRows::forget_reviews(std::span<const std::int64_t> ids) { return forget(queries::kForgetReview, ids); }

Status KeptRows::forget_evaluations(std::span<const std::int64_t> ids) { return forget(queries::kForgetEvaluation, ids); }

Result<std::uint64_t> KeptRows::forget_paths(const PathRange& range) {
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  const Status forgotten = run(connection_, queries::kForgetPaths, range.day, range.first, range.last);
  if (!forgotten) return fail(forgotten.error());
  const auto count = connection_.query_integer("SELECT changes()");
  if (!count) return fail(count.error());
  if (const Status committed = transaction->commit(); !committed) return fail(committed.error());
  return static_cast<std::uint64_t>(count->value_or(0));
}

Result<std::vector<std::string>> KeptRows::forget_attempts(std::span<const std::int64_t> ids) {
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<Statement> statement = connection_.prepare(queries::kForgetAttempt);
  if (!statement) return fail(statement.error());
  std::vector<std::string> logs;
  for (const std::int64_t id : ids) {
    statement->bind(1, id);
    const Status forgotten = each_row(*statement, [&](const Statement& row) -> Status {
      if (!row.bytes(0).empty()) logs.emplace_back(row.bytes(0));
      return {};
    });
    if (!forgotten) return fail(forgotten.error());
  }
  if (const Status committed = transaction->commit(); !committed) return fail(committed.error());
  return logs;
}

Status KeptRows::forget_logs(std::span<const std::string> names) {
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<Statement> statement = connection_.prepare(queries::kForgetLog);
  if (!statement) return fail(statement.error());
  for (const std::string& name : names) {
    const std::optional<StoreHash> hash = derivation_of(name);
    if (!hash) continue;
    const auto bytes = std::bit_cast<std::array<char, std::tuple_size_v<StoreHash>>>(*hash);
    if (Status forgotten = run(*statement, std::string_view(bytes.data(), bytes.size()), name); !forgotten) return forgotten;
  }
  return transaction->commit();
}

Result<bool> KeptRows::forget_some_derivations(std::span<const std::int64_t> ids, const std::function<bool()>& is_needed,
                                               std::string& seen) {
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  const Result<std::string> now = mark_of_stored(connection_);
  if (!now) return fail(now.error());
  if (*now != seen || is_needed()) return false;
  Result<Statement> derivation = connection_.prepare(queries::kForgetDerivation);
  if (!derivation) return fail(derivation.error());
  std::set<std::int64_t> chunks;
  for (const std::int64_t id : ids) {
    derivation->bind(1, id);
    const Status forgotten = each_row(*derivation, [&](const Statement& row) -> Status {
      chunks.insert(row.integer(0));
      return {};
    });
    if (!forgotten) return fail(forgotten.error());
  }
  for (const std::int64_t chunk : chunks) {
    if (const Status forgotten = run(connection_, queries::kForgetChunk, chunk); !forgotten) return fail(forgotten.error());
  }
  Result<std::string> after = mark_of_stored(connection_);
  if (!after) return fail(after.error());
  if (const Status committed = transaction->commit(); !committed) return fail(committed.error());
  seen = std::move(*after);
  return true;
}

Status KeptRows::forget_derivations(const std::function<bool()>& is_needed, const CancelToken& cancel) {
  std::vector<std::int64_t> ids;
  std::string seen;
  {
    const Result<Transaction> snapshot = Transaction::begin(connection_, Transaction::Kind::read);
    if (!snapshot) return fail(snapshot.error());
    Result<std::string> mark = mark_of_stored(connection_);
    if (!mark) return fail(mark.error());
    seen = std::move(*mark);
    const Result<std::vector<DerivationId>> unreachable = unreachable_derivations(connection_);
    if (!unreachable) return fail(unreachable.error());
    for (const DerivationId id : *unreachable) ids.push_back(id.value);
  }
  for (std::size_t done = 0; done < ids.size(); done += kDerivationsAtOnce) {
    if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
    const auto some = std::span(ids).subspan(done, std::min(kDerivationsAtOnce, ids.size() - done));
    const Result<bool> forgotten = forget_some_derivations(some, is_needed, seen);
    if (!forgotten) return fail(forgotten.error());
    if (!*forgotten) return {};
  }
  return {};
}

Status KeptRows::give_back_space(const CancelToken& cancel) {
  const auto mode = connection_.query_integer("PRAGMA auto_vacuum");
  if (!mode) return fail(mode.error());
  constexpr std::int64_t kIncremental = 2;
  // A file that was made before EkaCI asked for it cannot; what is unused there is used again.
  if (mode->value_or(0) != kIncremental) return {};
  while (!cancel.stop_requested()) {
    const auto unused = connection_.query_integer("PRAGMA freelist_count");
    if (!unused) return fail(unused.error());
    if (unused->value_or(0) < kPagesAtOnce) break;
    if (Status given = connection_.execute(fmt::format("PRAGMA incremental_vacuum({})", kPagesAtOnce)); !given) return given;
  }
  return {};
}

Result<std::uint64_t> KeptRows::unused_bytes() {
  const auto pages = connection_.query_integer("PRAGMA freelist_count");
  if (!pages) return fail(pages.error());
  const auto size = connection_.query_integer("PRAGMA page_size");
  if (!size) return fail(size.error());
  return static_cast<std::uint64_t>(pages->value_or(0)) * static_cast<std::uint64_t>(size->value_or(0));
}

Result<std::set<std::int64_t>> KeptRows::repositories() {
  Result<Statement> statement = connection_.prepare("SELECT id FROM forge_repository WHERE gone = 0");
  if (!statement) return fail(statement.error());
  std::set<std::int64_t> ids;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    ids.insert(row.integer(0));
    return {};
  });
  if (!read) return fail(read.error());
  return ids;
}

}  // namespace ekaci::db
