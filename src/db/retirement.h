#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "db/connection.h"
#include "forge/ports.h"

/// Checks that nobody needs any more: concluded, nothing owed, and no subject at their commit. They are remembered for a while, lest a
/// subject that comes back has its checks made twice. To be used within a transaction of the caller's.
namespace ekaci::db {

/// Where subjects came or went: says anew which checks of the commit are needed.
Status review_checks_at(const Connection& connection, forge::RepositoryId repository, const std::string& head);

/// Where it was sent or refused: says whether it is needed from now on.
Status review_check(const Connection& connection, forge::CheckId id);

/// Forgets those after which `kept` others were no more needed, and the repositories that only they kept.
Status forget_checks(const Connection& connection, std::size_t kept);

}  // namespace ekaci::db
