#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "engine/build_ports.h"
#include "engine/ports.h"
#include "model/closure_size.h"
#include "model/review.h"
#include "model/store_path.h"
#include "review/measure.h"

namespace ekaci::engine {

/// Where one learns what things take on disk. References live as long as they are asked.
struct SizeSources {
  DerivationReader& derivations;
  BuildMemory& memory;
  BuildStore* store = nullptr;  ///< what it says counts for more than what is remembered; nullptr where none can be asked
};

/// What is known of derivations, of the paths that they make and are made from, and of all that these refer to.
struct KnownPaths {
  std::unordered_map<StorePath, review::Making> makings{};  ///< by derivation
  std::unordered_map<StorePath, PathInfo> infos{};          ///< of paths that are valid, or were when they were remembered
  std::vector<std::string> notes{};                         ///< what could not be asked, and why
  /// Views of this, which stays where it is as long as they are used.
  [[nodiscard]] review::Measurements measurements() const;
};

/// The derivations, on both sides, of all changes that have a `build`: each once.
std::vector<StorePath> measured_derivations(std::span<const JobReview> jobs);

/// Those of the derivations whose outputs are remembered with everything that they refer to: measuring them needs no store. What cannot
/// be read is not remembered. Fails with `cancelled` only. Blocks; pool thread.
Result<std::unordered_set<StorePath>> find_remembered(std::span<const StorePath> derivations, DerivationReader& reader, BuildMemory& memory,
                                                      const CancelToken& cancel);

/// Reads each derivation once, keeps what it makes and is made from, and asks the store about that and what it refers to, level by
/// level, each path once; what is not valid there is looked up in the memory, and what the store said is remembered. What cannot be
/// read or asked stays unknown, and a note says so. Fails with `cancelled` only. Blocks; pool thread.
Result<KnownPaths> find_paths(std::span<const StorePath> derivations, const SizeSources& sources, const CancelToken& cancel);

/// Says of each change that has a `build` how long the newest build of either side's derivation took. Fails as BuildMemory::build_times(),
/// and nothing is said then. Blocks; pool thread.
Status tell_build_times(std::span<JobReview> jobs, BuildMemory& memory);

}  // namespace ekaci::engine
