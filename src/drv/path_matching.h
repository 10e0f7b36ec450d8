#pragma once

#include <map>
#include <vector>

#include "model/rebuild.h"
#include "model/store_path.h"

namespace ekaci::drv {

/// The paths of two sides that have no equal, matched: first those of head that `replaced` has a path of base for, then by name, in
/// their order. Sorted by name.
std::vector<PathDifference> match_paths(const std::vector<StorePath>& base, const std::vector<StorePath>& head,
                                        const std::map<StorePath, StorePath>& replaced);

/// The paths that are not among the others, in their order.
std::vector<StorePath> without(const std::vector<StorePath>& paths, const std::vector<StorePath>& others);

}  // namespace ekaci::drv
