// Which inputs of a flake.lock evaluating a tree can need.
//
// A lock file names everything that any part of a repository uses: its development shell, its formatter, two nixpkgs of 45 MB.
// Evaluating a file of the tree needs few of them, and usually just one. What is needed cannot be known before evaluating, and
// evaluation has no network. Fetching all was measured against fetching what is named for corepkgs: six inputs, two of them
// nixpkgs (90 MB to download, half a gigabyte and 80 000 files to lay out), against one of 260 kB.
//
// So the text decides. Taking too many costs time only. Taking too few shows as an evaluation error that names the URL, beside a
// note that names the input, and the evaluation is then not remembered.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "nix/inputs_lock.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20U;
constexpr std::uint64_t kLargestFile = std::uint64_t{16} << 20U;

/// What Nix files say of a flake.lock.
struct Uses {
  std::set<std::string> named{};
  bool unnamed = false;  ///< some file uses nodes that it does not name
};

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '\'';
}

/// The name behind `nodes.`, quoted or not; empty where none stands there, as in `nodes.${name}`.
std::string_view name_at(std::string_view text) {
  if (text.starts_with('"')) {
    const std::string_view quoted = text.substr(1, text.find('"', 1) - 1);
    return quoted.find("${") == std::string_view::npos ? quoted : std::string_view();
  }
  const auto* const end = std::ranges::find_if_not(text, is_name_character);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

void look_at(std::string_view text, Uses& uses) {
  if (text.find("flake.lock") == std::string_view::npos) return;
  constexpr std::string_view kNodes = "nodes.";
  bool any = false;
  for (std::size_t at = text.find(kNodes); at != std::string_view::npos; at = text.find(kNodes, at + 1)) {
    const std::string_view name = name_at(text.substr(at + kNodes.size()));
    uses.unnamed = uses.unnamed || name.empty();
    uses.named.emplace(name);
    any = true;
  }
  uses.unnamed = uses.unnamed || !any;
}

bool is_nix_file(const fs::directory_entry& entry) {
  std::error_code error;
  return entry.path().extension() == ".nix" && entry.symlink_status(error).type() == fs::file_type::regular;
}

Uses look_through(const fs::path& tree) {
  Uses uses;
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(tree, error), end; !error && it != end; it.increment(error)) {
    if (!is_nix_file(*it) || (it.depth() == 0 && it->path().filename() == "flake.nix")) continue;
    const Result<std::string> text = read_file(it->path(), kLargestFile);
    if (text) look_at(*text, uses);
    bytes += text ? text->size() : kLargestFile;
    uses.unnamed = uses.unnamed || bytes > kMostBytes;
    if (uses.unnamed) return uses;
  }
  uses.unnamed = uses.unnamed || error;
  return uses;
}

}  // namespace

std::vector<std::string> inputs_in_use(const fs::path& tree, const std::vector<std::string>& names) {
  const Uses uses = look_through(tree);
  if (uses.unnamed) return names;
  std::vector<std::string> used;
  std::ranges::copy_if(names, std::back_inserter(used), [&](const std::string& name) { return uses.named.contains(name); });
  return used;
}

}  // namespace ekaci::nix
