#include "db/admins.h"

#include <cstdint>
#include <utility>

#include "base/letter_case.h"
#include "db/migrations.h"
#include "db/run.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

constexpr std::string_view kFind = "SELECT 1 FROM admin WHERE login = ?1";
constexpr std::string_view kAdd = "INSERT INTO admin (login, spelling, added_us) VALUES (?1, ?2, ?3)";
constexpr std::string_view kRemove = "DELETE FROM admin WHERE login = ?1 RETURNING 1";
constexpr std::string_view kList = "SELECT spelling FROM admin ORDER BY login";
constexpr std::string_view kCount = "SELECT count(*) FROM admin";

/// Whether a statement of one parameter has a row.
Result<bool> has_row(const Connection& connection, std::string_view sql, std::string_view login) {
  const std::string key = lower_case(login);
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  bind_all(*statement, key);
  bool is_there = false;
  const Status read = each_row(*statement, [&](const Statement&) -> Status {
    is_there = true;
    return {};
  });
  if (!read) return fail(read.error());
  return is_there;
}

}  // namespace

Result<std::unique_ptr<SqliteAdmins>> SqliteAdmins::open(const AdminsOptions& options, const Clock& clock) {
  Result<Connection> connection = Connection::open(options.file, Access::write, options.longest_wait);
  if (!connection) return fail(connection.error());
  if (const Status migrated = migrate(*connection, migrations()); !migrated) return fail(migrated.error());
  if (const Status set = connection->execute("PRAGMA synchronous = FULL"); !set) return fail(set.error());
  return std::unique_ptr<SqliteAdmins>(new SqliteAdmins(std::move(*connection), clock));
}

Result<bool> SqliteAdmins::add(std::string_view login) {
  const std::scoped_lock lock(using_);
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  const Result<bool> known = has_row(connection_, kFind, login);
  if (!known) return fail(known.error());
  if (*known) return false;
  const auto count = connection_.query_integer(kCount);
  if (!count) return fail(count.error());
  if (count->value_or(0) >= static_cast<std::int64_t>(kMost)) {
    return fail(ErrorCode::resource_exhausted, "there are {} administrators; remove one first", kMost);
  }
  const Status added = run(connection_, kAdd, lower_case(login), login, microseconds(clock_.wall()));
  if (!added) return fail(added.error());
  if (const Status committed = transaction->commit(); !committed) return fail(committed.error());
  return true;
}

Result<bool> SqliteAdmins::remove(std::string_view login) {
  const std::scoped_lock lock(using_);
  return has_row(connection_, kRemove, login);
}

Result<bool> SqliteAdmins::has(std::string_view login) {
  const std::scoped_lock lock(using_);
  return has_row(connection_, kFind, login);
}

Result<std::vector<std::string>> SqliteAdmins::list() {
  const std::scoped_lock lock(using_);
  Result<Statement> statement = connection_.prepare(kList);
  if (!statement) return fail(statement.error());
  std::vector<std::string> logins;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    logins.emplace_back(row.bytes(0));
    return {};
  });
  if (!read) return fail(read.error());
  return logins;
}

}  // namespace ekaci::db
