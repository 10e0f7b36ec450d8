#pragma once

#include <span>

#include "drv/derivation.h"
#include "model/rebuild.h"

namespace ekaci::drv {

/// What differs between a derivation and the one that it stands in place of. Pure, any thread; about linear in both.
///
/// `replaced` holds what of head's inputs stands in place of what of base's: review::replaced_inputs() gives it; for an origin it
/// is empty. Of an input derivation its path is enough: its outputs are recognised in texts by their names. Where these are not
/// enough, an output's path can be given as well. Replaced paths count as equal in texts; so do the two paths of a source whose
/// name stayed, which is told once, as a source. In `inputs` a replaced input is told like any other that differs.
///
/// The paths of own outputs never count. The name is what the output paths say; the variable `name` is told only where it says
/// something else. `__json` is told by its top-level keys, as `__json.<key>`, where both sides are sound JSON objects; there texts
/// are shown as texts and everything else as JSON. Texts are the derivation's bytes, hostile and perhaps no UTF-8.
DerivationDifference difference(const Derivation& base, const Derivation& head, std::span<const Replacement> replaced);

}  // namespace ekaci::drv
