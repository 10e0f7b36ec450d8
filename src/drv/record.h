#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "drv/inputs.h"
#include "model/evaluation.h"

namespace ekaci::drv {

/// The path under which Nix stores a derivation with these bytes and inputs; `name` is that of the file, such as
/// `hello-1.0.drv`. (libstore/store-api.cc, makeTextPath: a derivation refers to its input derivations and input sources.)
Result<StorePath> derivation_path(std::string_view name, std::string_view aterm, const Inputs& inputs);

/// A record of bytes that were found under a path and could be anybody's. Fails with `corrupt` where they are no derivation or
/// are not what this path stands for, so that a derivation's path, inputs and bytes can be remembered for ever.
Result<DerivationRecord> make_record(const StorePath& path, std::string aterm);

/// As make_record(), for bytes that were checked by it before they were stored: the path is not computed again.
Result<DerivationRecord> make_trusted_record(const StorePath& path, std::string aterm);

}  // namespace ekaci::drv
