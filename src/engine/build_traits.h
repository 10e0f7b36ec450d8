#pragma once

#include "drv/derivation.h"
#include "engine/build_events.h"

namespace ekaci::engine {

/// What scheduling has to know of a derivation, as Nix reads it (libstore/parsed-derivations.cc): from its system, outputs, and the
/// attributes `requiredSystemFeatures` and `preferLocalBuild`, in the environment or in `__json` where it has structured attributes.
/// `last_success` is not set.
BuildTraits traits_of(const drv::Derivation& derivation);

}  // namespace ekaci::engine
