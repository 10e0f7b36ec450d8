#include "git/formats.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/sha256.h"
#include "base/text.h"

namespace ekaci::git {
namespace {

constexpr std::array<std::pair<std::string_view, EntryKind>, 6> kModes = {{{"100644", EntryKind::file},
                                                                           {"100664", EntryKind::file},  // of very old repositories
                                                                           {"100755", EntryKind::executable},
                                                                           {"120000", EntryKind::symlink},
                                                                           {"40000", EntryKind::directory},
                                                                           {"160000", EntryKind::submodule}}};

/// A report shows the reason for a conflict, not all of a hostile message.
constexpr std::size_t kMessageBytes = 2000;

/// Takes what stands before `end` from the front of `rest`, and `end` too.
std::optional<std::string_view> take_until(std::string_view& rest, char end) {
  const std::size_t length = rest.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, length);
  rest.remove_prefix(length + 1);
  return taken;
}

template <class Integer>
std::optional<Integer> parse_number(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string to_hexadecimal(std::string_view bytes) {
  std::vector<std::uint8_t> octets(bytes.begin(), bytes.end());
  return to_hex(octets);
}

/// One record of the messages: the paths it is about, its stable kind, its text.
struct MergeMessage {
  std::vector<std::string_view> paths;
  std::string_view kind;
  std::string_view text;
};

std::optional<MergeMessage> take_message(std::string_view& rest) {
  const std::optional<std::string_view> count_text = take_until(rest, '\0');
  const std::optional<std::size_t> count = count_text ? parse_number<std::size_t>(*count_text) : std::nullopt;
  if (!count || *count > rest.size()) return std::nullopt;
  MergeMessage message;
  for (std::size_t i = 0; i < *count; ++i) {
    const std::optional<std::string_view> path = take_until(rest, '\0');
    if (!path) return std::nullopt;
    message.paths.push_back(*path);
  }
  const std::optional<std::string_view> kind = take_until(rest, '\0');
  const std::optional<std::string_view> text = take_until(rest, '\0');
  if (!kind || !text) return std::nullopt;
  message.kind = *kind;
  message.text = *text;
  return message;
}

/// The conflicted files with what git says of each.
class ConflictList {
 public:
  void add_file(std::string_view path) {
    if (index_.try_emplace(std::string(path), files_.size()).second) files_.push_back({.path = std::string(path), .message = {}});
  }

  /// Attaches a message to the files it names. Git documents the kinds as stable; those that do not begin so are information.
  void add_message(const MergeMessage& message) {
    if (!message.kind.starts_with("CONFLICT")) return;
    const auto is_known = [this](std::string_view path) { return index_.contains(std::string(path)); };
    if (!message.paths.empty() && std::ranges::none_of(message.paths, is_known)) add_file(message.paths.front());
    for (const std::string_view path : message.paths) {
      const auto found = index_.find(std::string(path));
      if (found != index_.end()) append(files_[found->second].message, trim(message.text));
    }
  }

  std::vector<ConflictingFile> take() {
    for (ConflictingFile& file : files_) {
      if (file.message.empty()) file.message = "both sides changed it";
    }
    return std::move(files_);
  }

 private:
  static void append(std::string& all, std::string_view text) {
    if (all.size() + text.size() > kMessageBytes || all.find(text) != std::string::npos) return;
    if (!all.empty()) all += '\n';
    all += text;
  }

  std::vector<ConflictingFile> files_;
  std::unordered_map<std::string, std::size_t> index_;
};

Failure malformed(std::string_view what) { return fail(ErrorCode::corrupt, "malformed output of git: {}", what); }

}  // namespace

std::optional<EntryKind> parse_mode(std::string_view mode) {
  if (mode.starts_with('0')) mode.remove_prefix(1);  // listings write a directory as 040000, objects as 40000
  const auto* const found = std::ranges::find(kModes, mode, &std::pair<std::string_view, EntryKind>::first);
  if (found == kModes.end()) return std::nullopt;
  return found->second;
}

Result<TreeEntries> parse_tree_object(std::string_view bytes, std::size_t id_bytes) {
  TreeEntries entries;
  while (!bytes.empty()) {
    const std::optional<std::string_view> mode = take_until(bytes, ' ');
    const std::optional<EntryKind> kind = mode ? parse_mode(*mode) : std::nullopt;
    const std::optional<std::string_view> name = kind ? take_until(bytes, '\0') : std::nullopt;
    if (!name || name->empty() || name->find('/') != std::string_view::npos || bytes.size() < id_bytes) {
      return fail(ErrorCode::corrupt, "a malformed tree object");
    }
    if (find_entry(entries, *name) != nullptr) {
      return fail(ErrorCode::corrupt, "a tree object that has '{}' twice", printable_line(*name));
    }
    std::string key(*name);
    if (*kind == EntryKind::directory) key += '/';
    entries.emplace(std::move(key), TreeEntry{.kind = *kind, .object = to_hexadecimal(bytes.substr(0, id_bytes))});
    bytes.remove_prefix(id_bytes);
  }
  return entries;
}

const TreeEntry* find_entry(const TreeEntries& entries, std::string_view name) {
  std::string key(name);
  auto found = entries.find(key);
  if (found == entries.end()) found = entries.find(key += '/');
  return found == entries.end() ? nullptr : &found->second;
}

Result<std::vector<ListedEntry>> parse_listing(std::string_view bytes) {
  std::vector<ListedEntry> entries;
  while (!bytes.empty()) {
    const std::optional<std::string_view> mode = take_until(bytes, ' ');
    const std::optional<EntryKind> kind = mode ? parse_mode(*mode) : std::nullopt;
    const std::optional<std::string_view> type = kind ? take_until(bytes, ' ') : std::nullopt;
    const std::optional<std::string_view> object = type ? take_until(bytes, ' ') : std::nullopt;
    const std::optional<std::string_view> size_text = object ? take_until(bytes, '\t') : std::nullopt;
    const std::optional<std::string_view> path = size_text ? take_until(bytes, '\0') : std::nullopt;
    if (!path || path->empty()) return malformed("the listing of a tree");
    const bool sized = *kind != EntryKind::submodule && *kind != EntryKind::directory;
    const std::optional<std::uint64_t> size = sized ? parse_number<std::uint64_t>(trim(*size_text)) : 0;
    if (!size) return fail(ErrorCode::not_found, "the object of '{}' is missing", printable_line(*path));
    entries.push_back({.kind = *kind, .size = *size, .path = *path});
  }
  return entries;
}

Result<MergeOutput> parse_merge_output(std::string_view bytes, MergeEnd end) {
  const std::optional<std::string_view> tree = take_until(bytes, '\0');
  if (!tree) return malformed("a merge without a tree");
  MergeOutput output{.tree = std::string(*tree), .files = {}};
  if (end == MergeEnd::clean) return output;

  ConflictList conflicts;
  while (true) {
    const std::optional<std::string_view> path = take_until(bytes, '\0');
    if (!path) return malformed("a merge's list of files does not end");
    if (path->empty()) break;
    conflicts.add_file(*path);
  }
  while (!bytes.empty()) {
    const std::optional<MergeMessage> message = take_message(bytes);
    if (!message) return malformed("a merge's messages");
    conflicts.add_message(*message);
  }
  output.files = conflicts.take();
  if (output.files.empty()) return malformed("a conflict without a file");
  return output;
}

}  // namespace ekaci::git
