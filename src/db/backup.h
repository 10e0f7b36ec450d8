#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/result.h"
#include "db/connection.h"

namespace ekaci::db {

/// Copies a database as it is at one moment to a new file that only its owner can read, checks the copy, and makes it durable. Others may
/// use the database meanwhile, and are not held up. `conflict` where the destination exists; then, and after every other error, nothing is
/// left.
///
/// The copy knows that it is one: a server that starts from it may have told the forge more than the copy knows of. See note_restoration().
Status back_up(const std::filesystem::path& database, const std::filesystem::path& destination, Clock::Wall now);

/// For a while after the first start from a backup every check may exist at the forge already, made by the server whose backup it is: it is
/// looked for there before it is made. Notes when that while began, and ends it. Call at each start and now and then.
Status note_restoration(Connection& connection, Clock::Wall now);

}  // namespace ekaci::db
