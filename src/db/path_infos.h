#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "db/connection.h"
#include "model/closure_size.h"
#include "model/store_path.h"

/// The rows of `path`. To be used within a transaction of the caller's.
namespace ekaci::db {

/// Looks up what is remembered of store paths. Used within the life of its connection, by its thread.
class PathQuery {
 public:
  static Result<PathQuery> open(const Connection& connection);
  /// nullopt where nothing is remembered.
  Result<std::optional<PathInfo>> find(const StorePath& path);

 private:
  PathQuery(const Connection& connection, Statement by_hash, Statement by_id)
      : connection_(&connection), by_hash_(std::move(by_hash)), by_id_(std::move(by_id)) {}
  Result<PathInfo> info_of_row(const StorePath& path);
  Result<StorePath> path_of(std::int64_t id);
  [[nodiscard]] Failure damaged(std::string_view what) const;

  const Connection* connection_;
  Statement by_hash_;
  Statement by_id_;
  std::unordered_map<std::int64_t, StorePath> paths_{};  ///< what was met already
};

/// Remembers what stores say of paths. To be used within a writing transaction.
class PathWriter {
 public:
  static Result<PathWriter> open(const Connection& connection);
  /// In the place of what was remembered before.
  Status write(const PathInfo& info);

 private:
  PathWriter(Statement find, Statement add, Statement set) : find_(std::move(find)), add_(std::move(add)), set_(std::move(set)) {}
  /// A path's row, made where there is none.
  Result<std::int64_t> id_of(const StorePath& path);
  Result<std::optional<std::int64_t>> stored_id_of(const StorePath& path, std::string_view hash);
  Result<std::int64_t> added_id_of(const StorePath& path, std::string_view hash);

  Statement find_;
  Statement add_;
  Statement set_;
  std::unordered_map<StorePath, std::int64_t> ids_{};  ///< what was met already
};

}  // namespace ekaci::db
