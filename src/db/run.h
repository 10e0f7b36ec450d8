#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "db/connection.h"

/// Short ways to what most statements are used for.
namespace ekaci::db {

inline void bind_one(Statement& statement, int position, std::int64_t value) { statement.bind(position, value); }
inline void bind_one(Statement& statement, int position, std::optional<std::int64_t> value) { statement.bind(position, value); }
inline void bind_one(Statement& statement, int position, std::string_view bytes) { statement.bind(position, bytes); }
inline void bind_one(Statement& statement, int position, const std::string& bytes) { statement.bind(position, bytes); }
inline void bind_one(Statement& statement, int position, std::optional<std::string_view> bytes) {
  if (bytes) {
    statement.bind(position, *bytes);
  } else {
    statement.bind(position, std::optional<std::int64_t>());
  }
}

/// Binds the values to the parameters 1, 2, …: 64 bit integers, bytes, or either where it may be empty. Bytes must live until the next
/// reset().
template <class... Values>
void bind_all(Statement& statement, const Values&... values) {
  int position = 0;  // NOLINT(misc-const-correctness): nothing counts where there are no values
  (bind_one(statement, ++position, values), ...);
}

/// Runs a prepared statement whose rows do not matter.
template <class... Values>
Status run(Statement& statement, const Values&... values) {
  bind_all(statement, values...);
  return statement.run();
}

/// Prepares and runs a statement whose rows do not matter.
template <class... Values>
Status run(const Connection& connection, std::string_view sql, const Values&... values) {
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  return run(*statement, values...);
}

/// The first column of the first row of what a statement finds; nullopt where there is no row, or it holds nothing there.
template <class... Values>
Result<std::optional<std::int64_t>> first_integer(const Connection& connection, std::string_view sql, const Values&... values) {
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  bind_all(*statement, values...);
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  return *row ? statement->optional_integer(0) : std::nullopt;
}

/// Calls `use` with the statement at each row, until it fails.
template <class Use>
Status each_row(Statement& statement, const Use& use) {
  Result<bool> row = statement.step();
  for (; row && *row; row = statement.step()) {
    Status used = use(statement);
    if (!used) return used;
  }
  statement.reset();
  if (!row) return fail(row.error());
  return {};
}

}  // namespace ekaci::db
