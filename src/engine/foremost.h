#pragma once

#include <span>
#include <string>

#include "engine/ports.h"
#include "model/evaluation.h"

namespace ekaci::engine {

/// What a change to these files is likely to be about, so that it is evaluated first: attributes that an earlier evaluation found
/// to be defined in one of the files, and attributes with the name of a changed file or of a directory around it, as in
/// `pkgs/by-name/he/hello/package.nix`. A guess that orders work and concludes nothing; bounded.
///
/// `known`: an evaluation of either side, or null.
Foremost foremost_of(std::span<const std::string> changed_files, const Evaluation* known);

}  // namespace ekaci::engine
