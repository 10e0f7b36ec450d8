#include "db/migrations.h"

#include <array>

namespace ekaci::db {
namespace {

/// Version 1: evaluations and derivations.
///
/// `evaluation.roots` has the ids of the derivations that its attributes name, and `derivation.inputs` those of its direct
/// inputs: ascending, each as the difference to the one before (Encoder's integers). An id is larger than those of all its
/// inputs, so that ascending order is an order to build in, and one pass downwards marks what is reachable. The bytes of the
/// .drv stand in a chunk's content at start; a chunk holds derivations with ids that follow each other.
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE evaluation (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  content BLOB NOT NULL,
  roots BLOB NOT NULL,
  created_us INTEGER NOT NULL,
  used_us INTEGER NOT NULL
);
CREATE INDEX evaluation_used ON evaluation (used_us);
CREATE TABLE chunk (
  id INTEGER PRIMARY KEY,
  content BLOB NOT NULL
);
CREATE TABLE derivation (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  name BLOB NOT NULL,
  inputs BLOB NOT NULL,
  chunk INTEGER NOT NULL REFERENCES chunk (id),
  start INTEGER NOT NULL,
  length INTEGER NOT NULL
);
CREATE INDEX derivation_chunk ON derivation (chunk);
)sql";

/// Version 2: reviews that were made. Texts are blobs: they may hold any bytes.
constexpr std::string_view kVersion2 = R"sql(
CREATE TABLE review (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository BLOB NOT NULL,
  base_name BLOB NOT NULL,
  head_name BLOB NOT NULL,
  base_commit BLOB NOT NULL,
  head_commit BLOB NOT NULL,
  decision INTEGER NOT NULL,
  made_us INTEGER NOT NULL,
  report BLOB NOT NULL
);
CREATE INDEX review_repository ON review (repository, id);
)sql";

/// Version 3: attempts at building. `derivation` is the hash of its path, `package` its name without version; `result` is the name
/// that model/outcome.h gives it, `last_lines` their number and each with its length (Encoder).
constexpr std::string_view kVersion3 = R"sql(
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY,
  derivation BLOB NOT NULL,
  package BLOB NOT NULL,
  number INTEGER NOT NULL,
  result BLOB NOT NULL,
  sandbox INTEGER NOT NULL,
  trust INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL,
  exit_status INTEGER,
  builder BLOB NOT NULL,
  message BLOB NOT NULL,
  log BLOB NOT NULL,
  log_bytes INTEGER NOT NULL,
  log_lines INTEGER NOT NULL,
  log_left_out INTEGER NOT NULL,
  phase BLOB NOT NULL,
  last_lines BLOB NOT NULL,
  UNIQUE (derivation, number)
);
CREATE INDEX attempt_package ON attempt (package, result);
)sql";

/// Version 4: what stores said of valid paths. `nar_size` is NULL where a path was met as a reference and nothing else is known of it;
/// `nar_hash` are the bytes of a SHA-256, `refs` the ids of the paths that it refers to (id_list.h). Numbers instead of paths keep a
/// row with ten references at about 150 bytes.
constexpr std::string_view kVersion4 = R"sql(
CREATE TABLE path (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  name BLOB NOT NULL,
  nar_size INTEGER,
  nar_hash BLOB,
  refs BLOB
);
)sql";

constexpr std::array kMigrations = {Migration{kVersion1}, Migration{kVersion2}, Migration{kVersion3}, Migration{kVersion4}};

/// An application id of 0 in a file that has tables is another program's, or an SQLite file of nobody's.
Status check_owner(const Connection& connection) {
  const auto id = connection.query_integer("PRAGMA application_id");
  if (!id) return fail(id.error());
  const auto tables = connection.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(tables.error());
  const bool fresh = *id == 0 && *tables == 0;
  if (fresh || *id == kApplicationId) return {};
  return fail(ErrorCode::conflict, "{} is the database of another program; move it away, or choose another place with EKACI_CACHE_DIR",
              connection.file().string());
}

Result<std::size_t> version_of(const Connection& connection, std::size_t newest) {
  const auto version = connection.query_integer("PRAGMA user_version");
  if (!version) return fail(version.error());
  const std::int64_t number = version->value_or(0);
  if (number < 0 || static_cast<std::uint64_t>(number) > newest) {
    return fail(ErrorCode::unsupported,
                "{} was written by a newer EkaCI (its format is {}, this one knows {}); use that EkaCI, or choose another place with "
                "EKACI_CACHE_DIR",
                connection.file().string(), number, newest);
  }
  return static_cast<std::size_t>(number);
}

/// The file's version, and that it is ours, read as of one moment: the next process may be making the file meanwhile.
Result<std::size_t> owned_version(Connection& connection, std::size_t newest) {
  const Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::read);
  if (!transaction) return fail(transaction.error());
  const Status owned = check_owner(connection);
  if (!owned) return fail(owned.error());
  return version_of(connection, newest);
}

/// The steps that are missing, inside the transaction that has just been begun.
Status apply(Connection& connection, std::span<const Migration> steps) {
  Status owned = check_owner(connection);
  if (!owned) return owned;
  const Result<std::size_t> version = version_of(connection, steps.size());
  if (!version) return fail(version.error());
  for (const Migration& step : steps.subspan(*version)) {
    Status done = connection.execute(step.sql);
    if (!done) return done;
  }
  return connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, steps.size()));
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Status migrate(Connection& connection, std::span<const Migration> steps) {
  // Looked at without the writing lock first: most starts have nothing to do and must not wait for a writer.
  const Result<std::size_t> version = owned_version(connection, steps.size());
  if (!version) return fail(version.error());
  if (*version == steps.size()) return {};

  Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Status applied = apply(connection, steps);
  if (!applied) return applied;
  return transaction->commit();
}

}  // namespace ekaci::db
