#pragma once

#include <functional>
#include <span>

#include "base/result.h"
#include "engine/ports.h"

namespace ekaci::engine {

/// Calls `sink` once for each of these derivations and no other, in any order. Fails as DerivationReader::read_closure() does.
Status read_derivations(DerivationReader& reader, std::span<const StorePath> paths, const DerivationReader::Sink& sink);

}  // namespace ekaci::engine
