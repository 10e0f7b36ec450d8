#pragma once

#include "base/result.h"
#include "db/connection.h"
#include "forge/ports.h"

namespace ekaci::db {

/// Writes what follows from an event, part by part in the order in which LedgerEntry has them: who leaves a repository and names it
/// as new in one entry has left it. To be used within a transaction of the caller's, which must not be committed where this fails:
/// with invalid_argument where a subject's or check's repository is not known, or a check is not one (CheckWriter::want()).
Status write_entry(const Connection& connection, const forge::LedgerEntry& entry, Clock::Wall now);

/// As Ledger::load().
Result<forge::LedgerState> load_state(const Connection& connection);

}  // namespace ekaci::db
