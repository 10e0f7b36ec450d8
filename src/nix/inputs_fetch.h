#pragma once

#include <filesystem>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"
#include "nix/inputs.h"
#include "nix/inputs_lock.h"

namespace ekaci::nix {

/// Below the directory of a fetch: what it needed for a while.
inline constexpr std::string_view kFetchScratch = "scratch";

/// Fetches one input into a directory that has `nix/` in it, as PreparedInputs::nix. On failure what is there is not to be used.
/// The error's message says why in one line; cancelled is the only code that says anything.
Status fetch_input(const Facilities& facilities, const InputsRequest& request, const LockedInput& input,
                   const std::filesystem::path& directory, const CancelToken& cancel);

}  // namespace ekaci::nix
