#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "model/closure_size.h"
#include "model/store_path.h"

/// The rows of `path`. To be used within a transaction of the caller's.
///
/// Any of them may be forgotten (kept_rows.h), in any order. What refers to a path that was forgotten is not known any more; it names the
/// path by an id that no other row will ever have. Who is told or asked of a path notes the day in its row and in those of what it refers
/// to, so that as a rule it is forgotten before them.
namespace ekaci::db {

/// For how long nothing is forgotten after it was told or asked of: a review counts on what it found until its end.
inline constexpr std::chrono::days kPathsStay{2};

/// Looks up what is remembered of store paths. Used within the life of its connection, by its thread.
class PathQuery {
 public:
  /// `today`: as day_of() counts.
  static Result<PathQuery> open(const Connection& connection, std::int64_t today);
  /// nullopt where nothing is remembered, or not of all that it refers to.
  Result<std::optional<PathInfo>> find(const StorePath& path);
  /// The rows that answers came from and that were used on an earlier day: to be touched.
  [[nodiscard]] std::span<const std::int64_t> stale() const { return stale_; }

 private:
  PathQuery(const Connection& connection, Statement by_hash, Statement by_id, std::int64_t today)
      : connection_(&connection), by_hash_(std::move(by_hash)), by_id_(std::move(by_id)), today_(today) {}
  Result<std::optional<PathInfo>> info_of_row(const StorePath& path);
  Result<std::optional<StorePath>> path_of(std::int64_t id);
  Result<std::optional<StorePath>> path_of_row(std::int64_t id);
  /// nullopt where it was forgotten.
  [[nodiscard]] Result<std::optional<StorePath>> path_without_row(std::int64_t id) const;
  void note_use(std::int64_t id, std::int64_t used_day);
  [[nodiscard]] Failure damaged(std::string_view what) const;

  const Connection* connection_;
  Statement by_hash_;
  Statement by_id_;
  std::int64_t today_;
  std::vector<std::int64_t> stale_{};
  std::unordered_map<std::int64_t, StorePath> paths_{};  ///< what was met already
};

/// Notes that rows are used on a day, unless they were later. To be used within a writing transaction.
Status touch_paths(const Connection& connection, std::span<const std::int64_t> ids, std::int64_t today);

/// Remembers what stores say of paths. To be used within a writing transaction.
class PathWriter {
 public:
  /// `today`: as day_of() counts.
  static Result<PathWriter> open(const Connection& connection, std::int64_t today);
  /// In the place of what was remembered before. Notes that the path is used, and what it refers to.
  Status write(const PathInfo& info);

 private:
  PathWriter(Statement find, Statement touch, Statement add, Statement set, std::int64_t today)
      : find_(std::move(find)), touch_(std::move(touch)), add_(std::move(add)), set_(std::move(set)), today_(today) {}
  /// A path's row, used today; made where there is none.
  Result<std::int64_t> id_of(const StorePath& path);
  Result<std::optional<std::int64_t>> stored_id_of(const StorePath& path, std::string_view hash);
  Result<std::int64_t> touched(std::int64_t id);
  Result<std::int64_t> added_id_of(const StorePath& path, std::string_view hash);

  Statement find_;
  Statement touch_;
  Statement add_;
  Statement set_;
  std::int64_t today_;
  std::unordered_map<StorePath, std::int64_t> ids_{};  ///< what was met already
};

}  // namespace ekaci::db
