#pragma once

#include <filesystem>

#include "base/fd.h"
#include "base/result.h"

/// flock() on directories and lease files: what says that someone uses them, and is forgotten by the kernel when they die.
namespace ekaci::git {

enum class LockKind {
  shared,     ///< many hold it at once
  exclusive,  ///< one alone
};

/// Opens a directory and locks it exclusively without waiting. conflict where another holds it.
Result<Fd> try_lock_directory(const std::filesystem::path& directory);

/// Opens or makes a lock file and locks it without waiting. conflict where another holds it so that this kind cannot be had.
Result<Fd> try_lock_file(const std::filesystem::path& file, LockKind kind);

/// Makes a directory `<parent>/<prefix>XXXXXX` that is locked from its first moment as others see it: they look only while they
/// hold the same `gate`, which the caller holds here too.
struct LockedDirectory {
  std::filesystem::path path;
  Fd lock;
};
Result<LockedDirectory> make_locked_directory(const std::filesystem::path& parent, std::string_view prefix);

}  // namespace ekaci::git
