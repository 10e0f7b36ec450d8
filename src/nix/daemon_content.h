#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/store_path.h"
#include "nix/nar_writer.h"
#include "wire/requests.h"

namespace ekaci::nix {

/// What makes a path: how its content is hashed, and what it refers to. `file` is what is said to have that path, in a store's
/// directory that strangers wrote. Tried are those ways in which an evaluation adds paths: a derivation, a text (with the paths
/// that it names, or none), a source, a file with a flat SHA-256 (libstore/store-api.cc, makeTextPath, makeFixedOutputPath).
/// `invalid_argument`, naming the path, where the content has that path in none of them, or is not there.
Result<wire::Addition> identify(const StorePath& path, const FileAt& file);

/// Writes what the daemon wants to have for an addition: the file's bytes, or its archive.
Status write_addition(const wire::Addition& addition, const FileAt& file, const ByteSink& sink);

/// Paths that a text names, each once, in path order.
std::vector<StorePath> named_paths(std::string_view text);

}  // namespace ekaci::nix
