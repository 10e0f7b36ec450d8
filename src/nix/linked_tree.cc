#include "nix/linked_tree.h"

#include <system_error>

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

std::error_code link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to, error);
  return error;
}

std::error_code reproduce(const fs::directory_entry& entry, const fs::path& to) {
  std::error_code error;
  if (entry.is_symlink(error)) {
    fs::copy_symlink(entry.path(), to, error);
  } else if (entry.is_directory(error)) {
    fs::create_directory(to, error);
  } else {
    error = link_or_copy(entry.path(), to);
  }
  return error;
}

}  // namespace

Status link_tree(const fs::path& from, const fs::path& to) {
  const auto failed = [&](const fs::path& at, const std::error_code& error) {
    return fail(ErrorCode::io, "cannot lay {} out at {}: {}", at.string(), to.string(), error.message());
  };
  std::error_code error;
  if (!fs::create_directory(to, error) || error) return failed(from, error ? error : std::make_error_code(std::errc::file_exists));
  const std::size_t prefix = from.string().size();
  for (fs::recursive_directory_iterator entry(from, error), end; entry != end; entry.increment(error)) {
    if (error) return failed(from, error);
    const fs::path target = to.string() + entry->path().string().substr(prefix);
    if (const std::error_code reproduced = reproduce(*entry, target)) return failed(entry->path(), reproduced);
  }
  if (error) return failed(from, error);
  return {};
}

}  // namespace ekaci::nix
