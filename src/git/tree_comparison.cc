#include "git/tree_comparison.h"

#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

namespace ekaci::git {
namespace {

constexpr std::uint64_t kTreeObjectBytes = std::uint64_t{64} << 20U;
constexpr std::size_t kMostDirectories = 200'000;
constexpr std::size_t kLongestPath = 4096;

/// Something that differs: its path, and what it is on each side where it is there.
struct Difference {
  std::string path;  ///< a directory's ends with `/`
  std::optional<TreeEntry> base;
  std::optional<TreeEntry> head;

  [[nodiscard]] bool is_directory() const {
    const std::optional<TreeEntry>& side = base ? base : head;  // of the same kind, for a directory has a key of its own
    return side && side->kind == EntryKind::directory;
  }
};

/// What differs right in one directory, the last first: as a stack wants it. A directory and a file of one name have two keys.
std::vector<Difference> differences(const std::string& path, const TreeEntries& base, const TreeEntries& head) {
  std::map<std::string, Difference> found;
  for (const auto& [name, entry] : base) found[name].base = entry;
  for (const auto& [name, entry] : head) found[name].head = entry;
  std::vector<Difference> changed;
  for (auto it = found.rbegin(); it != found.rend(); ++it) {
    if (it->second.base == it->second.head) continue;
    it->second.path = path + it->first;
    changed.push_back(std::move(it->second));
  }
  return changed;
}

Result<TreeEntries> side(ObjectReader& objects, const std::optional<TreeEntry>& entry) {
  if (!entry) return TreeEntries();
  return read_tree(objects, entry->object);
}

}  // namespace

Result<TreeEntries> read_tree(ObjectReader& objects, std::string_view id) {
  const Result<std::string> bytes = objects.content(id, ObjectType::tree, kTreeObjectBytes);
  if (!bytes) return fail(bytes.error());
  return parse_tree_object(*bytes, id.size() / 2);
}

Result<std::vector<std::string>> compare_trees(ObjectReader& objects, const TreeId& base, const TreeId& head, std::size_t limit) {
  std::vector<std::string> paths;
  std::vector<Difference> rest;
  const auto root = [](const TreeId& tree) { return TreeEntry{.kind = EntryKind::directory, .object = tree.to_string()}; };
  if (base != head) rest.push_back({.path = "", .base = root(base), .head = root(head)});
  std::size_t directories = 0;
  while (!rest.empty() && paths.size() < limit) {
    Difference next = std::move(rest.back());
    rest.pop_back();
    if (!next.is_directory()) {
      paths.push_back(std::move(next.path));
      continue;
    }
    if (++directories > kMostDirectories || next.path.size() > kLongestPath) {
      return fail(ErrorCode::resource_exhausted, "they differ in more than {} directories, or deeper than {} bytes of path",
                  kMostDirectories, kLongestPath);
    }
    const Result<TreeEntries> before = side(objects, next.base);
    if (!before) return fail(before.error());
    const Result<TreeEntries> after = side(objects, next.head);
    if (!after) return fail(after.error());
    std::vector<Difference> below = differences(next.path, *before, *after);
    std::ranges::move(below, std::back_inserter(rest));
  }
  return paths;
}

}  // namespace ekaci::git
