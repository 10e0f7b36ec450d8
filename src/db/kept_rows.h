#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "db/connection.h"

namespace ekaci::db {

/// A row that can be forgotten.
struct KeptRow {
  std::int64_t id = 0;
  Clock::Wall used{};
  std::uint64_t bytes = 0;  ///< about what it takes in the file
  bool in_use = false;      ///< must stay
};

struct KeptRowList {
  std::vector<KeptRow> rows{};  ///< used longest ago first
  bool is_complete = true;      ///< whether there are no others
};

/// Of the rows of `path` with ids from the first to the last, those that were used last on this day.
struct PathRange {
  std::int64_t day = 0;  ///< since 1970, in UTC
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Store paths that are forgotten together: each by itself is too small to be told of.
struct KeptPaths {
  PathRange range{};
  std::uint64_t count = 0;
  Clock::Wall used{};       ///< the end of that day
  std::uint64_t bytes = 0;  ///< about what they take in the file
};

struct KeptPathList {
  std::vector<KeptPaths> ranges{};  ///< used longest ago first
  bool is_complete = true;          ///< whether there are no others
};

/// What the file of SqliteDatabase, which has to be open already, remembers and may forget: retention's view of it. A connection of its
/// own; one thread. Lists are read through an index and are as long as asked for; what changes anything is a short transaction, so that
/// others write in between. What a forge is owed or told us is none of its business.
class KeptRows {
 public:
  static Result<std::unique_ptr<KeptRows>> open(const std::filesystem::path& file, std::chrono::milliseconds longest_wait);

  /// At most `most`. A review is in use where it is of the head that a pull request which is not closed, a merge group or a branch has now.
  Result<KeptRowList> reviews(std::size_t most);
  Result<KeptRowList> attempts(std::size_t most);
  Result<KeptRowList> evaluations(std::size_t most);
  /// At most `most` paths, and no more in one range than one short transaction forgets. Without what was used in the kPathsStay before
  /// `now`.
  Result<KeptPathList> paths(std::size_t most, Clock::Wall now);

  Status forget_reviews(std::span<const std::int64_t> ids);
  /// The names of logs that nothing names any more.
  Result<std::vector<std::string>> forget_attempts(std::span<const std::int64_t> ids);
  /// Their derivations stay: see forget_derivations().
  Status forget_evaluations(std::span<const std::int64_t> ids);
  /// How many are gone: those that were used since they were listed stay. What referred to one of them is not known any more.
  Result<std::uint64_t> forget_paths(const PathRange& range);
  /// Attempts at the derivation with this hash do not name these logs any more.
  Status forget_logs(std::span<const std::string> names);

  /// Forgets derivations that no evaluation reaches, users before their inputs, in many short transactions. Ends early, and leaves the rest
  /// for another time, where others stored something meanwhile or `is_needed` says that someone reads derivations.
  Status forget_derivations(const std::function<bool()>& is_needed, const CancelToken& cancel);
  /// Gives free pages of the file back to the file system, in short transactions.
  Status give_back_space(const CancelToken& cancel);

  /// Bytes of the file that hold nothing.
  Result<std::uint64_t> unused_bytes();
  /// Of the repositories that the App is installed in.
  Result<std::set<std::int64_t>> repositories();

 private:
  explicit KeptRows(Connection connection) : connection_(std::move(connection)) {}
  Status forget(std::string_view sql, std::span<const std::int64_t> ids);
  Result<bool> forget_some_derivations(std::span<const std::int64_t> ids, const std::function<bool()>& is_needed, std::string& seen);

  Connection connection_;
};

}  // namespace ekaci::db
