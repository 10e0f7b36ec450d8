#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"
#include "db/connection.h"
#include "db/reviews.h"
#include "engine/ports.h"

namespace ekaci::db {

/// Where the database is and how much it may hold.
struct DatabaseOptions {
  std::filesystem::path file;  ///< its directory must exist and be writable: SQLite keeps a journal beside it
  /// The least recently used evaluations beyond so many are forgotten.
  std::size_t evaluations = 200;
  /// Bytes in use above which the least recently used half of the evaluations is forgotten, and every derivation that no
  /// remaining evaluation reaches. The file is never allowed to be more than twice as large.
  std::uint64_t bytes = std::uint64_t{2} << 30U;
  ReviewLimits reviews{};
  /// How long to wait for another process that is writing.
  std::chrono::milliseconds longest_wait{10'000};
};

/// What is remembered across reviews, in one SQLite file (write-ahead log, numbered migrations; docs of the format:
/// migrations.cc). Any thread: one writing connection under a mutex, and for every reader a connection and a snapshot of its own,
/// so that readers neither wait for a writer nor see half of what it does. Several processes may use one file.
///
/// A derivation is stored once and never changed, together with its direct inputs, and never without them: what is stored is
/// closed under inputs. What is here can always be computed again, so a damaged file may simply be removed where no server uses it
/// (SqliteForgeMemory).
class SqliteDatabase final : public engine::Database, public engine::ReviewArchive {
 public:
  /// Opens or makes the file. Errors: see Connection and migrate().
  static Result<std::unique_ptr<SqliteDatabase>> open(const DatabaseOptions& options, const Clock& clock);

  /// Also notes that the evaluation was used now, where that can be written at once.
  Result<std::optional<Evaluation>> find_evaluation(const EvaluationKey& key) override;
  /// All or nothing. Derivations may come in any order; those stored already are skipped. An evaluation under the same key is
  /// replaced. Fails with invalid_argument where an attribute's or an input's derivation is neither given nor stored.
  Status store_evaluation(const EvaluationKey& key, const Evaluation& evaluation, std::span<const DerivationRecord> derivations) override;
  Status store_derivations(std::span<const DerivationRecord> derivations) override;
  Result<bool> has_derivation(const StorePath& path) override;
  /// In the order in which they were stored; memory is about 200 bytes for each derivation read, and one chunk of bytes.
  Status read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) override;
  Result<std::uint64_t> store_review(const engine::ReviewSummary& summary, std::string_view report) override;
  Result<std::vector<engine::ReviewSummary>> list_reviews(std::string_view repository, std::size_t limit) override;
  Result<std::optional<engine::ArchivedReview>> find_review(std::uint64_t id) override;

 private:
  SqliteDatabase(DatabaseOptions options, const Clock& clock, Connection writer);
  Result<std::unique_ptr<Connection>> borrow_reader();
  void give_back(std::unique_ptr<Connection> reader);
  void touch(const EvaluationKey& key, std::int64_t used_before);

  DatabaseOptions options_;
  const Clock& clock_;
  std::mutex writing_;  ///< held while writer_ is used
  Connection writer_;
  Sync<std::vector<std::unique_ptr<Connection>>> idle_readers_;
};

}  // namespace ekaci::db
