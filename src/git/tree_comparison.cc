#include "git/tree_comparison.h"

#include <cstdint>
#include <iterator>
#include <ranges>
#include <utility>

namespace ekaci::git {
namespace {

constexpr std::uint64_t kTreeObjectBytes = std::uint64_t{64} << 20U;
constexpr std::size_t kMostDirectories = 200'000;
constexpr std::size_t kLongestPath = 4096;

/// A directory's path ends with `/`.
bool is_directory(const EntryDifference& difference) {
  const std::optional<TreeEntry>& side = difference.base ? difference.base : difference.head;  // of one kind: a directory's key is its own
  return side && side->kind == EntryKind::directory;
}

/// What differs right in one directory, the last first: as a stack wants it. A directory and a file of one name have two keys.
std::vector<EntryDifference> differences(const std::string& path, const TreeEntries& base, const TreeEntries& head) {
  std::map<std::string, EntryDifference> found;
  for (const auto& [name, entry] : base) found[name].base = entry;
  for (const auto& [name, entry] : head) found[name].head = entry;
  std::vector<EntryDifference> changed;
  for (auto& [name, difference] : std::views::reverse(found)) {
    if (difference.base == difference.head) continue;
    difference.path = path + name;
    changed.push_back(std::move(difference));
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

Result<std::vector<EntryDifference>> compare_entries(ObjectReader& objects, const TreeId& base, const TreeId& head, std::size_t limit) {
  std::vector<EntryDifference> found;
  std::vector<EntryDifference> rest;
  const auto root = [](const TreeId& tree) { return TreeEntry{.kind = EntryKind::directory, .object = tree.to_string()}; };
  if (base != head) rest.push_back({.path = "", .base = root(base), .head = root(head)});
  std::size_t directories = 0;
  while (!rest.empty() && found.size() < limit) {
    EntryDifference next = std::move(rest.back());
    rest.pop_back();
    if (!is_directory(next)) {
      found.push_back(std::move(next));
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
    std::vector<EntryDifference> below = differences(next.path, *before, *after);
    std::ranges::move(below, std::back_inserter(rest));
  }
  return found;
}

}  // namespace ekaci::git
