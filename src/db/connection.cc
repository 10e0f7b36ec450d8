#include "db/connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace ekaci::db {
namespace {

bool is_permission_error(int system_error) { return system_error == EACCES || system_error == EPERM || system_error == EROFS; }

ErrorCode code_of_errno(int system_error) {
  if (is_permission_error(system_error)) return ErrorCode::permission_denied;
  return system_error == ENOSPC || system_error == EDQUOT ? ErrorCode::resource_exhausted : ErrorCode::unavailable;
}

/// Made by us before SQLite opens it: SQLite would give it the umask's rights, and its journals take the rights of the file. Never opened
/// here: closing it takes the locks of all of this process's connections (fcntl(2)), and the next process to look at the database would
/// believe to be the last one, and remove the journal that they write to.
Status make_private(const std::filesystem::path& file) {
  const bool is_there = ::mknod(file.c_str(), S_IFREG | 0600, 0) == 0 || errno == EEXIST;
  if (is_there && ::faccessat(AT_FDCWD, file.c_str(), R_OK | W_OK, AT_EACCESS) == 0) return {};
  const int error = errno;
  return fail(code_of_errno(error), "cannot open the database {} for writing: {}; for another place, {}", file.string(),
              std::generic_category().message(error), kOtherPlace);
}

ErrorCode code_of(int primary, int system_error) {
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::unavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorCode::resource_exhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::permission_denied;
    case SQLITE_CANTOPEN:
      return is_permission_error(system_error) ? ErrorCode::permission_denied : ErrorCode::unavailable;
    case SQLITE_IOERR:
      return ErrorCode::io;
    default:
      return ErrorCode::internal;
  }
}

std::string_view advice(ErrorCode code) {
  if (code == ErrorCode::corrupt) {
    return "; restore a backup, or remove it together with its -wal and -shm files: all is computed again then, but for what people told a "
           "server, such as approvals";
  }
  if (code == ErrorCode::unavailable) return "; another process is using it, try again when that is done";
  if (code == ErrorCode::resource_exhausted) return "; make room on the disk";
  return "";
}

}  // namespace

void Statement::Finalise::operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
void Connection::Close::operator()(sqlite3* handle) const { ::sqlite3_close_v2(handle); }

void Statement::note(int code) {
  if (failed_ == SQLITE_OK) failed_ = code;
}

void Statement::bind(int position, std::int64_t value) { note(::sqlite3_bind_int64(statement_.get(), position, value)); }

void Statement::bind(int position, std::optional<std::int64_t> value) {
  if (value) {
    bind(position, *value);
  } else {
    note(::sqlite3_bind_null(statement_.get(), position));
  }
}

void Statement::bind(int position, std::string_view bytes) {
  const char* start = bytes.data() == nullptr ? "" : bytes.data();  // a null pointer would bind NULL
  note(::sqlite3_bind_blob64(statement_.get(), position, start, bytes.size(), SQLITE_STATIC));
}

Result<bool> Statement::step() {
  if (failed_ != SQLITE_OK) return connection_->failure(failed_);
  const int code = ::sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->failure(code);
}

Status Statement::run() {
  Result<bool> row = step();
  while (row && *row) row = step();
  reset();
  if (!row) return fail(row.error());
  return {};
}

void Statement::reset() {
  ::sqlite3_reset(statement_.get());  // repeats the error of the last step, which was handed on
  ::sqlite3_clear_bindings(statement_.get());
  failed_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const { return optional_integer(column).value_or(0); }

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (::sqlite3_column_type(statement_.get(), column) != SQLITE_INTEGER) return std::nullopt;
  return ::sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::bytes(int column) const {
  if (::sqlite3_column_type(statement_.get(), column) != SQLITE_BLOB) return {};
  const void* start = ::sqlite3_column_blob(statement_.get(), column);
  const int size = ::sqlite3_column_bytes(statement_.get(), column);
  if (start == nullptr || size <= 0) return {};
  return {static_cast<const char*>(start), static_cast<std::size_t>(size)};
}

Failure Connection::failure(int code) const {
  const int system_error = ::sqlite3_system_errno(handle_.get());
  const ErrorCode ours = code_of(code & 0xff, system_error);
  // sqlite3_errstr and not errmsg: the latter belongs to the last call, which need not be the one that failed.
  return fail(ours, "the database {} cannot be used: {} (SQLite {}){}", file_.string(), ::sqlite3_errstr(code), code, advice(ours));
}

Result<Connection> Connection::open(const std::filesystem::path& file, Access access, std::chrono::milliseconds longest_wait) {
  if (access == Access::write) {
    const Status made = make_private(file);
    if (!made) return fail(made.error());
  }
  sqlite3* handle = nullptr;
  // A reader too must be able to write: WAL's shared memory is a file.
  const int code = ::sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection connection(file, handle);
  if (code != SQLITE_OK) return connection.failure(code);
  connection.set_longest_wait(longest_wait);
  ::sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  ::sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  const Status set = connection.execute(access == Access::read ? "PRAGMA query_only = ON" : "PRAGMA foreign_keys = ON");
  if (!set) return fail(set.error());
  return connection;
}

void Connection::set_longest_wait(std::chrono::milliseconds longest_wait) {
  ::sqlite3_busy_timeout(handle_.get(), static_cast<int>(longest_wait.count()));
}

Status Connection::execute(std::string_view sql) {
  const int code = ::sqlite3_exec(handle_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      ::sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return Statement(*this, statement);
}

Result<std::optional<std::int64_t>> Connection::query_integer(std::string_view sql) const {
  Result<Statement> statement = prepare(sql);
  if (!statement) return fail(statement.error());
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  return *row ? statement->optional_integer(0) : std::nullopt;
}

Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  const Status begun = connection.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!begun) return fail(begun.error());
  return Transaction(connection);
}

Transaction::~Transaction() {
  // An error means that SQLite has rolled back by itself already.
  if (connection_ == nullptr) return;
  [[maybe_unused]] const Status rolled_back = connection_->execute("ROLLBACK");
}

Status Transaction::commit() {
  Status committed = connection_->execute("COMMIT");
  if (committed) connection_ = nullptr;
  return committed;
}

}  // namespace ekaci::db
