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

/// Version 5: what a server knows of a forge and owes it (forge/ports.h). Ids of repositories, pull requests and checks at the forge are
/// the forge's own; `delivery.id` and `forge_check.id` are ours and never given twice. Names of enumerations are those that forge/ gives
/// them; numbers of `subject.kind`, `subject.state` and `subject.decision` stand in subjects.cc.
///
/// `delivery`: webhooks. `payload` is a zstd frame, and NULL once it was handled; then `handled_us` and `outcome` are there.
///
/// `subject`: `number` is 0 and `branch` empty where the kind has none. State, target, author, association, title and update are there of
/// pull requests only, `group_base` of merge groups only.
///
/// `forge_check`: what is wanted is `content` (check_codec.h), at `version`; the forge has `sent` and will never take `refused` (0: none).
/// `owed_since_us`, `resume_us` and `next_us` are those of CheckProgress, `due_us` what follows from them: NULL where nothing is owed.
/// `trouble` is why it could not be sent. `retired` numbers, in the order in which they became so, the checks that nobody needs any more:
/// concluded, nothing owed, no subject at their commit.
///
/// A repository that we left stays, `gone`, while checks of it are remembered.
constexpr std::string_view kVersion5 = R"sql(
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  guid BLOB NOT NULL UNIQUE,
  event BLOB NOT NULL,
  received_us INTEGER NOT NULL,
  payload BLOB,
  handled_us INTEGER,
  outcome BLOB
);
CREATE INDEX delivery_unhandled ON delivery (id) WHERE handled_us IS NULL;
CREATE INDEX delivery_handled ON delivery (id) WHERE handled_us IS NOT NULL;
CREATE TABLE forge_repository (
  id INTEGER PRIMARY KEY,
  installation INTEGER NOT NULL,
  name BLOB NOT NULL,
  default_branch BLOB NOT NULL,
  private INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX forge_repository_gone ON forge_repository (id) WHERE gone = 1;
CREATE TABLE subject (
  repository INTEGER NOT NULL REFERENCES forge_repository (id),
  kind INTEGER NOT NULL,
  number INTEGER NOT NULL,
  branch BLOB NOT NULL,
  head BLOB NOT NULL,
  state INTEGER,
  target BLOB,
  author BLOB,
  association BLOB,
  title BLOB,
  updated_us INTEGER,
  group_base BLOB,
  approved BLOB,
  approved_by BLOB NOT NULL,
  decision INTEGER,
  base BLOB,
  base_stale INTEGER NOT NULL,
  retry_failed INTEGER NOT NULL,
  PRIMARY KEY (repository, kind, number, branch)
) WITHOUT ROWID;
CREATE INDEX subject_head ON subject (repository, head);
CREATE TABLE forge_check (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository INTEGER NOT NULL REFERENCES forge_repository (id),
  head BLOB NOT NULL,
  name BLOB NOT NULL,
  status BLOB NOT NULL,
  conclusion BLOB,
  content BLOB NOT NULL,
  version INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  forge_id INTEGER,
  may_exist INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  owed_since_us INTEGER NOT NULL,
  resume_us INTEGER NOT NULL DEFAULT 0,
  next_us INTEGER NOT NULL DEFAULT 0,
  due_us INTEGER,
  trouble BLOB,
  retired INTEGER
);
CREATE UNIQUE INDEX forge_check_place ON forge_check (repository, head, name);
CREATE INDEX forge_check_due ON forge_check (due_us, id) WHERE due_us IS NOT NULL;
CREATE INDEX forge_check_trouble ON forge_check (id) WHERE trouble IS NOT NULL;
CREATE INDEX forge_check_retired ON forge_check (retired) WHERE retired IS NOT NULL;
)sql";

/// Version 6: a server's administrators. `login` is in lower case, `spelling` as it was given.
constexpr std::string_view kVersion6 = R"sql(
CREATE TABLE admin (
  login BLOB PRIMARY KEY,
  spelling BLOB NOT NULL,
  added_us INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

/// Version 7: what retention goes by. `attempt.used_us`: when it was made or last asked for. `restoration` has a row in a copy that was
/// made as a backup: when it was made, and when a server first started from it (backup.h).
constexpr std::string_view kVersion7 = R"sql(
ALTER TABLE attempt ADD COLUMN used_us INTEGER NOT NULL DEFAULT 0;
UPDATE attempt SET used_us = end_us;
CREATE INDEX attempt_used ON attempt (used_us);
CREATE INDEX review_made ON review (made_us);
CREATE TABLE restoration (
  made_us INTEGER NOT NULL,
  begun_us INTEGER
);
)sql";

/// Version 8: one wish for a label for each pull request that may not have it; gone when it is fulfilled. `refused` where the forge will
/// never take it. `subject.built`: of a branch, the newest tip that was built.
constexpr std::string_view kVersion8 = R"sql(
CREATE TABLE forge_label (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository INTEGER NOT NULL REFERENCES forge_repository (id),
  number INTEGER NOT NULL,
  name BLOB,
  failures INTEGER NOT NULL DEFAULT 0,
  due_us INTEGER,
  trouble BLOB
);
CREATE UNIQUE INDEX forge_label_place ON forge_label (repository, number);
CREATE INDEX forge_label_due ON forge_label (due_us, id) WHERE due_us IS NOT NULL;
ALTER TABLE subject ADD COLUMN built BLOB;
)sql";

/// Version 9: what store paths' retention goes by. `path.used_day`: the day on which the path was last told of or asked for, or another one
/// that refers to it.
constexpr std::string_view kVersion9 = R"sql(
ALTER TABLE path ADD COLUMN used_day INTEGER NOT NULL DEFAULT 0;
UPDATE path SET used_day = CAST(strftime('%s', 'now') AS INTEGER) / 86400;
CREATE INDEX path_used ON path (used_day);
)sql";

/// Version 10: what decides whether a pull request is built. `subject.head_owner` is NULL of those that were known before, until the forge
/// is asked again; `builds_withheld` is 1 where the last review would have gone on with an approval.
constexpr std::string_view kVersion10 = R"sql(
ALTER TABLE subject ADD COLUMN head_owner BLOB;
ALTER TABLE subject ADD COLUMN builds_withheld INTEGER NOT NULL DEFAULT 0;
)sql";

/// Version 11: what of a pull request's comment is wanted, and the forge's number of it, for each that has one or may get one. `content` is
/// markdown in a zstd frame, at `version`; `makes_comment` where one is to be made if there is none. `due_us` is NULL where nothing is
/// owed: the forge has it, or, where there is `trouble`, will never take it. Labels and comments have `wanted_us`, when that was asked for.
/// `forge_repository.permissions`: what we may do there, in the forge's words; empty where it did not say.
constexpr std::string_view kVersion11 = R"sql(
CREATE TABLE forge_comment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository INTEGER NOT NULL REFERENCES forge_repository (id),
  number INTEGER NOT NULL,
  head BLOB NOT NULL,
  content BLOB NOT NULL,
  makes_comment INTEGER NOT NULL,
  version INTEGER NOT NULL,
  forge_id INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  wanted_us INTEGER NOT NULL,
  due_us INTEGER,
  trouble BLOB
);
CREATE UNIQUE INDEX forge_comment_place ON forge_comment (repository, number);
CREATE INDEX forge_comment_due ON forge_comment (due_us, id) WHERE due_us IS NOT NULL;
CREATE INDEX forge_comment_refused ON forge_comment (id) WHERE due_us IS NULL AND trouble IS NOT NULL;
ALTER TABLE forge_label ADD COLUMN wanted_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX forge_label_refused ON forge_label (id) WHERE due_us IS NULL;
ALTER TABLE forge_repository ADD COLUMN permissions BLOB NOT NULL DEFAULT x'';
)sql";

constexpr std::array kMigrations = {Migration{kVersion1}, Migration{kVersion2},  Migration{kVersion3}, Migration{kVersion4},
                                    Migration{kVersion5}, Migration{kVersion6},  Migration{kVersion7}, Migration{kVersion8},
                                    Migration{kVersion9}, Migration{kVersion10}, Migration{kVersion11}};

/// An application id of 0 in a file that has tables is another program's, or an SQLite file of nobody's.
Status check_owner(const Connection& connection) {
  const auto id = connection.query_integer("PRAGMA application_id");
  if (!id) return fail(id.error());
  const auto tables = connection.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(tables.error());
  const bool fresh = *id == 0 && *tables == 0;
  if (fresh || *id == kApplicationId) return {};
  return fail(ErrorCode::conflict, "{} is the database of another program; move it away, or for another place, {}",
              connection.file().string(), kOtherPlace);
}

Result<std::size_t> version_of(const Connection& connection, std::size_t newest) {
  const auto version = connection.query_integer("PRAGMA user_version");
  if (!version) return fail(version.error());
  const std::int64_t number = version->value_or(0);
  if (number < 0 || static_cast<std::uint64_t>(number) > newest) {
    return fail(ErrorCode::unsupported,
                "{} was written by a newer EkaCI (its format is {}, this one knows {}); use that EkaCI, or for another place, {}",
                connection.file().string(), number, newest, kOtherPlace);
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
