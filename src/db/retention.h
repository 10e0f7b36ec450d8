#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "db/derivations.h"

namespace ekaci::db {

/// Forgets the least recently used evaluations until at most `most` are left. Their derivations stay.
Status forget_evaluations_beyond(const Connection& connection, std::size_t most);

/// Derivations that no evaluation reaches, users before their inputs. Reads all there are.
Result<std::vector<DerivationId>> unreachable_derivations(const Connection& connection);

/// Bytes of the file that hold something.
Result<std::uint64_t> bytes_in_use(const Connection& connection);

/// Where more than `largest` bytes are in use: forgets the least recently used half of the evaluations and every derivation that
/// the others do not reach, again and again until it fits. The freed part of the file is used again; the file does not shrink.
/// One transaction for each round.
Status make_room(Connection& connection, std::uint64_t largest);

}  // namespace ekaci::db
