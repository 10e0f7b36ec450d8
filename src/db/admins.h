#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/connection.h"

namespace ekaci::db {

struct AdminsOptions {
  std::filesystem::path file{};
  std::chrono::milliseconds longest_wait{10'000};  ///< for another that is writing
};

/// A server's administrators, by their logins at the forge, in the file of SqliteDatabase. To a forge the case of a login makes no
/// difference, and so it makes none here. That file has to be there already. Any thread, and several processes: what one adds, the next
/// call of another knows. Durable when a call returns, also against a loss of power.
class SqliteAdmins {
 public:
  /// More than anybody has; what is listed and looked through stays small.
  static constexpr std::size_t kMost = 1000;

  /// Errors: see Connection and migrate().
  static Result<std::unique_ptr<SqliteAdmins>> open(const AdminsOptions& options, const Clock& clock);

  /// False where they are one already; resource_exhausted where there are kMost.
  Result<bool> add(std::string_view login);
  /// False where they are none.
  Result<bool> remove(std::string_view login);
  Result<bool> has(std::string_view login);
  /// As they were added, in the order of the alphabet.
  Result<std::vector<std::string>> list();

 private:
  SqliteAdmins(Connection connection, const Clock& clock) : clock_(clock), connection_(std::move(connection)) {}

  const Clock& clock_;
  std::mutex using_;  ///< held while connection_ is used
  Connection connection_;
};

}  // namespace ekaci::db
