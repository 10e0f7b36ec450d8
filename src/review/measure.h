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
/// version. What is not known stays empty: a closure is known where every path of it is. References may go in circles. Pure, but for
/// what `known` does; asks it once for each path, and walks the closures of two derivations once however many attributes have them.
///
/// Packages are told apart by package_of(), their versions ordered by compare_versions(). What bears the name of one of the attribute's
/// own outputs, on either side, is no dependency of it. Responsible for a difference are the names whose sizes differ the most, the
/// attribute's own among them, ties by name; none where the closures are of one size. The way to a package whose version changed leads
/// to a version that only head has, where head has one. JobReview::retained has at most kMostRetained entries.
void measure_changes(std::vector<JobReview>& jobs, const Measurements& known);

}  // namespace ekaci::review
