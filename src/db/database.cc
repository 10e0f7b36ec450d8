#include "db/database.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <thread>
#include <utility>

#include "db/compression.h"
#include "db/derivations.h"
#include "db/evaluation_codec.h"
#include "db/migrations.h"
#include "db/retention.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

/// Of one evaluation before compression; far above any real one, far below what a process can hold.
constexpr std::uint64_t kLargestEvaluation = std::uint64_t{256} << 20U;

/// Readers kept open between calls.
constexpr std::size_t kIdleReaders = 8;

/// How exact "last used" is: a memo that is read often is not written as often.
constexpr std::chrono::microseconds kUseInterval = std::chrono::minutes(1);

using DigestBytes = std::array<char, std::tuple_size_v<Sha256>>;

/// Bounds the file for good: SQLite refuses to grow beyond, as on a full disk.
Status limit_size(Connection& connection, std::uint64_t bytes) {
  const auto page_size = connection.query_integer("PRAGMA page_size");
  if (!page_size) return fail(page_size.error());
  const std::uint64_t pages = 2 * bytes / static_cast<std::uint64_t>(std::max<std::int64_t>(page_size->value_or(0), 512));
  return connection.execute(fmt::format("PRAGMA max_page_count = {}", std::max<std::uint64_t>(pages, 1)));
}

/// What is forgotten can be given back to the file system bit by bit (kept_rows.h) only in a file that was made so.
Status keep_able_to_shrink(Connection& connection) {
  const auto pages = connection.query_integer("PRAGMA page_count");
  if (!pages) return fail(pages.error());
  return pages->value_or(0) == 0 ? connection.execute("PRAGMA auto_vacuum = INCREMENTAL") : Status();
}

/// Turns the file into one with a write-ahead log. SQLite's own wait does not hold for this statement: it fails at once where
/// another process has the file open that very moment, as when two make it at once.
Status keep_write_ahead_log(Connection& connection, std::chrono::milliseconds longest_wait) {
  constexpr std::chrono::milliseconds kPause(10);
  Status kept = connection.execute("PRAGMA journal_mode = WAL");
  for (std::chrono::milliseconds waited(0); !kept && kept.error().code() == ErrorCode::unavailable && waited < longest_wait;
       waited += kPause) {
    std::this_thread::sleep_for(kPause);
    kept = connection.execute("PRAGMA journal_mode = WAL");
  }
  return kept;
}

Result<std::string> roots_of(const Evaluation& evaluation, DerivationWriter& writer) {
  std::vector<DerivationId> roots;
  for (const Attribute& attribute : evaluation.attributes) {
    const auto* derivation = std::get_if<EvaluatedDerivation>(&attribute.result);
    if (derivation == nullptr) continue;
    const Result<std::optional<DerivationId>> found = writer.find(derivation->path);
    if (!found) return fail(found.error());
    const std::optional<DerivationId>& id = *found;
    if (!id) {
      return fail(ErrorCode::invalid_argument, "the derivation {} of an evaluation is not stored", derivation->path.to_string());
    }
    roots.push_back(*id);
  }
  return encode_ids(roots);
}

Result<std::string> content_of(const Evaluation& evaluation) {
  const std::string bytes = encode_evaluation(evaluation);
  if (bytes.size() > kLargestEvaluation) {
    return fail(ErrorCode::resource_exhausted, "an evaluation takes {} bytes; at most {} are stored", bytes.size(), kLargestEvaluation);
  }
  return compress(bytes);
}

/// A row of `evaluation`, as it is.
struct StoredEvaluation {
  std::string content;
  std::int64_t used_us = 0;
};

Result<std::optional<StoredEvaluation>> load(const Connection& connection, const EvaluationKey& key) {
  Result<Statement> statement = connection.prepare("SELECT content, used_us FROM evaluation WHERE digest = ?1");
  if (!statement) return fail(statement.error());
  const auto digest = std::bit_cast<DigestBytes>(key.digest);
  statement->bind(1, std::string_view(digest.data(), digest.size()));
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  if (!*row) return std::nullopt;
  return StoredEvaluation{.content = std::string(statement->bytes(0)), .used_us = statement->integer(1)};
}

/// What goes into a row of `evaluation`.
struct NewEvaluation {
  std::string_view content;
  std::string_view roots;
  std::int64_t now_us = 0;
};

Status insert(const Connection& connection, const EvaluationKey& key, const NewEvaluation& row) {
  Result<Statement> statement =
      connection.prepare("INSERT OR REPLACE INTO evaluation (digest, content, roots, created_us, used_us) VALUES (?1, ?2, ?3, ?4, ?4)");
  if (!statement) return fail(statement.error());
  const auto digest = std::bit_cast<DigestBytes>(key.digest);
  statement->bind(1, std::string_view(digest.data(), digest.size()));
  statement->bind(2, row.content);
  statement->bind(3, row.roots);
  statement->bind(4, row.now_us);
  return statement->run();
}

}  // namespace

SqliteDatabase::SqliteDatabase(DatabaseOptions options, const Clock& clock, Connection writer)
    : options_(std::move(options)), clock_(clock), writer_(std::move(writer)) {}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const DatabaseOptions& options, const Clock& clock) {
  Result<Connection> writer = Connection::open(options.file, Access::write, options.longest_wait);
  if (!writer) return fail(writer.error());
  const Status shrinking = keep_able_to_shrink(*writer);
  if (!shrinking) return fail(shrinking.error());
  const Status migrated = migrate(*writer, migrations());
  if (!migrated) return fail(migrated.error());
  const Status logged = keep_write_ahead_log(*writer, options.longest_wait);
  if (!logged) return fail(logged.error());
  // FULL: what a reviewer was told once has to be there after a loss of power too, and writes are few.
  const Status synchronous = writer->execute("PRAGMA synchronous = FULL");
  if (!synchronous) return fail(synchronous.error());
  const Status limited = limit_size(*writer, options.bytes);
  if (!limited) return fail(limited.error());
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(options, clock, std::move(*writer)));
}

Result<std::unique_ptr<Connection>> SqliteDatabase::borrow_reader() {
  auto idle = idle_readers_.with([](auto& readers) {
    std::unique_ptr<Connection> last;
    if (!readers.empty()) {
      last = std::move(readers.back());
      readers.pop_back();
    }
    return last;
  });
  if (idle) return idle;
  Result<Connection> opened = Connection::open(options_.file, Access::read, options_.longest_wait);
  if (!opened) return fail(opened.error());
  return std::make_unique<Connection>(std::move(*opened));
}

void SqliteDatabase::give_back(std::unique_ptr<Connection> reader) {
  idle_readers_.with([&](auto& readers) {
    if (readers.size() < kIdleReaders) readers.push_back(std::move(reader));
  });
}

void SqliteDatabase::touch(const EvaluationKey& key, std::int64_t used_before) {
  const std::int64_t now = microseconds(clock_.wall());
  if (now - used_before < kUseInterval.count()) return;
  // Only a hint for retention: whoever is writing now matters more than it.
  const std::unique_lock lock(writing_, std::try_to_lock);
  if (!lock) return;
  writer_.set_longest_wait(std::chrono::milliseconds(0));
  if (Result<Statement> statement = writer_.prepare("UPDATE evaluation SET used_us = ?2 WHERE digest = ?1")) {
    const auto digest = std::bit_cast<DigestBytes>(key.digest);
    statement->bind(1, std::string_view(digest.data(), digest.size()));
    statement->bind(2, now);
    [[maybe_unused]] const Status touched = statement->run();
  }
  writer_.set_longest_wait(options_.longest_wait);
}

Result<std::optional<Evaluation>> SqliteDatabase::find_evaluation(const EvaluationKey& key) {
  Result<std::unique_ptr<Connection>> reader = borrow_reader();
  if (!reader) return fail(reader.error());
  const Result<std::optional<StoredEvaluation>> loaded = load(**reader, key);
  if (!loaded) return fail(loaded.error(), "reading a remembered evaluation");
  give_back(std::move(*reader));
  const std::optional<StoredEvaluation>& stored = *loaded;
  if (!stored) return std::nullopt;
  const Result<std::string> bytes = decompress(stored->content, kLargestEvaluation);
  if (!bytes) return fail(bytes.error(), "reading a remembered evaluation from " + options_.file.string());
  Result<Evaluation> evaluation = decode_evaluation(*bytes);
  if (!evaluation) return fail(evaluation.error(), "reading a remembered evaluation from " + options_.file.string());
  touch(key, stored->used_us);
  return std::optional<Evaluation>(std::move(*evaluation));
}

Status SqliteDatabase::store_evaluation(const EvaluationKey& key, const Evaluation& evaluation,
                                        std::span<const DerivationRecord> derivations) {
  const Result<std::string> content = content_of(evaluation);
  if (!content) return fail(content.error());
  const std::scoped_lock lock(writing_);
  Status room = make_room(writer_, options_.bytes);
  if (!room) return room;
  Result<Transaction> transaction = Transaction::begin(writer_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<DerivationWriter> writer = DerivationWriter::begin(writer_);
  if (!writer) return fail(writer.error());
  Status added = writer->add(derivations);
  if (!added) return added;
  const Result<std::string> roots = roots_of(evaluation, *writer);
  if (!roots) return fail(roots.error());
  Status inserted = insert(writer_, key, {.content = *content, .roots = *roots, .now_us = microseconds(clock_.wall())});
  if (!inserted) return inserted;
  Status bounded = forget_evaluations_beyond(writer_, options_.evaluations);
  if (!bounded) return bounded;
  return transaction->commit();
}

Status SqliteDatabase::store_derivations(std::span<const DerivationRecord> derivations) {
  const std::scoped_lock lock(writing_);
  Status room = make_room(writer_, options_.bytes);
  if (!room) return room;
  Result<Transaction> transaction = Transaction::begin(writer_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<DerivationWriter> writer = DerivationWriter::begin(writer_);
  if (!writer) return fail(writer.error());
  Status added = writer->add(derivations);
  if (!added) return added;
  return transaction->commit();
}

Result<bool> SqliteDatabase::has_derivation(const StorePath& path) {
  Result<std::unique_ptr<Connection>> reader = borrow_reader();
  if (!reader) return fail(reader.error());
  std::optional<DerivationId> found;
  {
    Result<DerivationIndex> index = DerivationIndex::open(**reader);
    if (!index) return fail(index.error());
    const auto id = index->find(path);
    if (!id) return fail(id.error());
    found = *id;
  }
  give_back(std::move(*reader));
  return found.has_value();
}

Status SqliteDatabase::read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) {
  Result<std::unique_ptr<Connection>> reader = borrow_reader();
  if (!reader) return fail(reader.error());
  {
    Result<Transaction> snapshot = Transaction::begin(**reader, Transaction::Kind::read);
    if (!snapshot) return fail(snapshot.error());
    Status read = db::read_closure(**reader, roots, known, sink);
    if (!read) return read;
  }
  give_back(std::move(*reader));
  return {};
}

Result<std::uint64_t> SqliteDatabase::store_review(const engine::ReviewSummary& summary, std::string_view report) {
  const std::scoped_lock lock(writing_);
  if (const Status room = make_room(writer_, options_.bytes); !room) return fail(room.error());
  Result<Transaction> transaction = Transaction::begin(writer_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Result<std::uint64_t> id = insert_review(writer_, summary, report, options_.reviews);
  if (!id) return id;
  if (const Status committed = transaction->commit(); !committed) return fail(committed.error());
  return id;
}

Result<std::vector<engine::ReviewSummary>> SqliteDatabase::list_reviews(std::string_view repository, std::size_t limit) {
  Result<std::unique_ptr<Connection>> reader = borrow_reader();
  if (!reader) return fail(reader.error());
  auto list = db::list_reviews(**reader, repository, limit);
  if (list) give_back(std::move(*reader));
  return list;
}

Result<std::optional<engine::ArchivedReview>> SqliteDatabase::find_review(std::uint64_t id) {
  Result<std::unique_ptr<Connection>> reader = borrow_reader();
  if (!reader) return fail(reader.error());
  auto found = load_review(**reader, id);
  if (found) give_back(std::move(*reader));
  return found;
}

}  // namespace ekaci::db
