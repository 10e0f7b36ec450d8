#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ekaci::db {

class Connection;

/// How a person gives the database another place, as the end of an error.
inline constexpr std::string_view kOtherPlace = "set EKACI_CACHE_DIR, or for a server `state` in its configuration";

/// A prepared statement. Integers are 64 bits and nothing else, bytes are blobs, NULL is an empty optional; there are no
/// conversions. Positions and columns are numbered as SQLite does: parameters from 1, columns from 0. Its connection must neither
/// end nor move before it; used by the thread that uses that.
class Statement {
 public:
  void bind(int position, std::int64_t value);
  void bind(int position, std::optional<std::int64_t> value);
  /// As a blob. The bytes must live until the next reset().
  void bind(int position, std::string_view bytes);

  /// Goes to the next row; false at the end.
  Result<bool> step();
  /// Steps to the end, then resets. For statements whose rows do not matter.
  Status run();
  /// Makes ready for new parameters.
  void reset();

  /// The current row's values. A column that holds another kind reads as 0, NULL or no bytes.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  /// Valid until the next step() or reset().
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  friend class Connection;
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(const Connection& connection, sqlite3_stmt* statement) : connection_(&connection), statement_(statement) {}
  void note(int code);

  const Connection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalise> statement_;
  int failed_ = 0;  ///< the first binding that failed, as SQLite's code
};

/// How a file is opened.
enum class Access {
  write,  ///< made where it is missing, readable by its owner only
  read,   ///< must exist; statements that change anything fail
};

/// One connection to an SQLite file. One thread at a time. Errors: `unavailable` where another process holds the lock for
/// longer than the given wait, `resource_exhausted` on a full disk or a file at its largest size, `corrupt` where the file is
/// damaged or no database, `permission_denied`, `io`; each message names the file.
class Connection {
 public:
  static Result<Connection> open(const std::filesystem::path& file, Access access, std::chrono::milliseconds longest_wait);

  /// One or several statements without parameters or rows.
  Status execute(std::string_view sql);
  Result<Statement> prepare(std::string_view sql) const;
  /// The integer in the first column of the first row, such as a PRAGMA's value; nullopt where there is no row or it is NULL.
  Result<std::optional<std::int64_t>> query_integer(std::string_view sql) const;

  /// How long to wait for another process's lock from now on.
  void set_longest_wait(std::chrono::milliseconds longest_wait);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Connection(std::filesystem::path file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}
  [[nodiscard]] Failure failure(int code) const;

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A transaction, rolled back at the end of its life unless it was committed.
class Transaction {
 public:
  enum class Kind {
    read,   ///< one snapshot from the first read on
    write,  ///< holds the file's only writing lock from the start, so that it cannot fail half way for want of it
  };
  static Result<Transaction> begin(Connection& connection, Kind kind);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace ekaci::db
