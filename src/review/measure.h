#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/closure_size.h"
#include "model/review.h"
#include "model/store_path.h"

namespace ekaci::review {

/// What a derivation makes, and what has to be there to make it.
struct Making {
  std::vector<std::pair<std::string, StorePath>> outputs{};  ///< by name; those whose path is known
  bool all_outputs = true;                                   ///< every output's path is known
  std::vector<StorePath> inputs{};                           ///< outputs of other derivations and sources that building it reads
  bool all_inputs = true;                                    ///< the path of every input is known
};

/// Where measuring finds what is known. Both return nullptr where nothing is; what they return lives as long as they do.
struct Measurements {
  std::function<const PathInfo*(const StorePath& path)> info{};
  std::function<const Making*(const StorePath& derivation)> making{};
};

/// Says of each change that has a `build` what it does to sizes, and of each job what its closures gained, lost or keep in another
/// version. What is not known stays empty: a closure is known where every path of it is. References may go in circles.
void measure_changes(std::vector<JobReview>& jobs, const Measurements& known);

}  // namespace ekaci::review
