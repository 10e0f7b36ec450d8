#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace ekaci::nix {

/// Takes bytes in order; an error ends what gives them.
using ByteSink = std::function<Status(std::string_view)>;

/// A file of a directory that others may be writing to: reached from the open directory, never through a symlink.
struct FileAt {
  int directory = -1;  ///< open while this is used
  std::string name{};
};

/// What lies there.
enum class FileKind { regular, executable, directory, symlink };
/// not_found where nothing does; invalid_argument where it is a device, socket or such.
Result<FileKind> kind_of(const FileAt& file);

/// Writes Nix's archive (NAR; libutil/archive.cc, dump) of a file with everything below it, in parts of at most 64 KiB: memory
/// follows the depth of the tree and the size of a directory's listing, not the content. A file that changes its size while it is
/// read is an error (`conflict`); so are trees deeper than Linux lets a path be named (`resource_exhausted`).
Status write_nar(const FileAt& file, const ByteSink& sink);

/// Writes a regular file's bytes.
Status write_content(const FileAt& file, const ByteSink& sink);

/// Opens a directory without following a symlink at its last name. `at` is AT_FDCWD or an open directory.
Result<Fd> open_directory(int at, const std::string& name);

}  // namespace ekaci::nix
