#pragma once

#include <functional>
#include <span>

#include "base/result.h"
#include "drv/derivation.h"
#include "engine/ports.h"

namespace ekaci::engine {

/// Calls `use` once for each of these derivations and no other, in any order. Fails as DerivationReader::read_closure() does, and where
/// one cannot be parsed, naming it, after the others were given to `use`.
Status parse_derivations(DerivationReader& reader, std::span<const StorePath> paths,
                         const std::function<void(const StorePath&, drv::Derivation)>& use);

/// One of them. not_found where the reader does not know it.
Result<drv::Derivation> read_derivation(DerivationReader& reader, const StorePath& path);

}  // namespace ekaci::engine
