#pragma once

#include <string_view>

#include "base/result.h"
#include "model/store_path.h"

namespace ekaci::drv {

/// The path that Nix gives to what is made of content with this SHA-256 (libstore/store-api.cc, makeStorePath): its hash is that of
/// `<type>:sha256:<hash>:/nix/store:<name>`, folded to 20 bytes. `type` says how the content was hashed, and what it refers to
/// (`text:/nix/store/…:/nix/store/…`, paths ascending by their text, each once; `source`; `output:out`); `hash` is lower-case
/// hexadecimal. Fails as StorePath::from_parts() does for the name.
Result<StorePath> store_path_of(std::string_view type, std::string_view hash, std::string_view name);

}  // namespace ekaci::drv
