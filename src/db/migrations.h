#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "db/connection.h"

namespace ekaci::db {

/// One step from version n - 1 to n, where n is its place in the list, counted from 1.
struct Migration {
  std::string_view sql;
};

/// All there are. A released one is never edited; a change of the schema is a new one at the end, and a fixture beside
/// data/version1.sql.
std::span<const Migration> migrations();

/// `EkaC`: tells EkaCI's files from other SQLite databases.
inline constexpr std::int32_t kApplicationId = 0x456b6143;

/// Makes the file EkaCI's and brings it to the last version, in one transaction: an empty file is given everything. Fails with
/// unsupported where the file comes from a newer EkaCI, conflict where it is another program's database.
Status migrate(Connection& connection, std::span<const Migration> steps);

}  // namespace ekaci::db
