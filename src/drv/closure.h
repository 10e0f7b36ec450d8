#pragma once

#include <functional>
#include <span>

#include "base/result.h"
#include "model/evaluation.h"

namespace ekaci::drv {

/// Where derivations come from: a store's directory, a database. An error ends the walk.
using LoadRecord = std::function<Result<DerivationRecord>(const StorePath&)>;

/// What a walk asks and tells.
struct ClosureWalk {
  LoadRecord load;                              ///< called once for each derivation that is not known
  std::function<bool(const StorePath&)> known;  ///< whether the caller has this one and all below it already
  std::function<void(DerivationRecord)> sink;   ///< hears of each derivation once, every input before its users
};

/// Walks everything below the roots, depth first, without recursion: what implements DerivationReader. Fails with `corrupt`
/// where a derivation depends on itself.
Status walk_closure(std::span<const StorePath> roots, const ClosureWalk& walk);

}  // namespace ekaci::drv
