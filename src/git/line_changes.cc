#include "git/line_changes.h"

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "git/formats.h"
#include "git/pipe_io.h"
#include "git/tree_comparison.h"
#include "process/child.h"

namespace ekaci::git {
namespace {

constexpr process::RunLimits kTreeLimits{.time = std::chrono::minutes(1), .output = std::uint64_t{1} << 20U};
constexpr std::chrono::minutes kDiffTime{2};
/// Between closing its output and ending.
constexpr std::chrono::seconds kEndTime{10};

Failure not_a_patch(std::string_view line) {
  return fail(ErrorCode::corrupt, "git diff-tree printed what is no patch: '{}'", clip(printable_line(line), 100));
}

/// The number at the front of `text`, taken off.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// Where a hunk lies in one file: `<first>` or `<first>,<count>`.
struct HunkRange {
  std::uint32_t first = 0;
  std::uint32_t count = 1;
};

std::optional<HunkRange> take_range(std::string_view& text) {
  const std::optional<std::uint32_t> first = take_number(text);
  if (!first) return std::nullopt;
  if (!take(text, ",")) return HunkRange{.first = *first};
  const std::optional<std::uint32_t> count = take_number(text);
  if (!count) return std::nullopt;
  return HunkRange{.first = *first, .count = *count};
}

/// Without its ending, and no longer than is kept; no character of UTF-8 is cut in two.
std::string_view shown_part(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() <= kLongestLine) return line;
  std::size_t size = kLongestLine;
  while (size > kLongestLine - 3 && (static_cast<unsigned char>(line[size]) & 0xc0U) == 0x80U) --size;
  return line.substr(0, size);
}

}  // namespace

std::string PatchReader::name_of(std::size_t number) { return fmt::format("{:010}", number); }

Status PatchReader::read(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      pending_ += bytes;
      return {};
    }
    pending_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    Status status = read_line(pending_);
    pending_.clear();
    if (!status || is_full_) return status;
  }
  return {};
}

Status PatchReader::read_line(std::string_view line) {
  const bool is_in_hunk = removed_left_ > 0 || added_left_ > 0;
  if (line.starts_with("\\ ")) return {};  // no line feed at the end of the file; lines of files have a sign before them
  if (is_in_hunk && removed_left_ > 0 && line.starts_with('-')) {
    --removed_left_;
    return {};
  }
  if (is_in_hunk && added_left_ > 0 && line.starts_with('+')) {
    --added_left_;
    add(line.substr(1));
    return {};
  }
  if (is_in_hunk) return not_a_patch(line);
  if (take(line, "diff --git ")) return begin_file(line);
  if (has_file_ && take(line, "@@ -")) return begin_hunk(line);
  return {};
}

/// After `diff --git `: the number twice.
Status PatchReader::begin_file(std::string_view names) {
  std::string_view rest = names;
  const std::optional<std::uint32_t> number = take_number(rest);
  if (!number || *number >= paths_.size() || names != fmt::format("{0} {0}", name_of(*number))) return not_a_patch(names);
  file_ = *number;
  has_file_ = true;
  return {};
}

/// After `@@ -`.
Status PatchReader::begin_hunk(std::string_view header) {
  std::string_view rest = header;
  const std::optional<HunkRange> removed = take_range(rest);
  if (!removed || !take(rest, " +")) return not_a_patch(header);
  const std::optional<HunkRange> added = take_range(rest);
  if (!added || !rest.starts_with(" @@")) return not_a_patch(header);
  removed_left_ = removed->count;
  added_left_ = added->count;
  line_ = added->first;
  return {};
}

void PatchReader::add(std::string_view text) {
  text = shown_part(text);
  is_full_ = is_full_ || lines_.size() >= limits_.lines || text.size() > limits_.text_bytes - text_bytes_;
  if (is_full_) return;
  text_bytes_ += text.size();
  lines_.push_back({.position = {.file = paths_[file_], .line = line_++}, .text = std::string(text)});
}

Result<std::vector<ChangedLine>> PatchReader::finish() {
  if (!is_full_ && (!pending_.empty() || removed_left_ > 0 || added_left_ > 0)) {
    return fail(ErrorCode::corrupt, "git diff-tree's patch ends within a hunk");
  }
  return std::move(lines_);
}

namespace {

/// The entry where it has lines; else null.
const TreeEntry* with_lines(const std::optional<TreeEntry>& entry) {
  const bool is_file = entry && (entry->kind == EntryKind::file || entry->kind == EntryKind::executable);
  return is_file ? &*entry : nullptr;
}

/// The files to be compared: the lines that make the two flat trees, and what the numbers stand for.
struct Sides {
  std::vector<std::string> paths;
  std::string base;
  std::string head;
};

/// Whether an object is small enough to be compared. not_found where it is missing.
Result<bool> fits(ObjectReader& objects, const std::string& object, std::uint64_t limit) {
  const Result<std::optional<ObjectHeader>> answer = objects.header(object);
  if (!answer) return fail(answer.error());
  const std::optional<ObjectHeader>& header = *answer;
  if (!header) return fail(ErrorCode::not_found, "the object {} is missing", object);
  return header->size <= limit;
}

/// One line of what `git mktree` reads.
std::string tree_line(const TreeEntry& entry, std::size_t number) {
  return fmt::format("100644 blob {}\t{}\n", entry.object, PatchReader::name_of(number));
}

Result<Sides> collect_sides(ObjectReader& objects, const LineRequest& request) {
  const Result<std::vector<EntryDifference>> found = compare_entries(objects, request.base, request.head, request.limits.files);
  if (!found) return fail(found.error());
  Sides sides;
  for (const EntryDifference& difference : *found) {
    const TreeEntry* const head = with_lines(difference.head);
    const TreeEntry* const base = with_lines(difference.base);
    if (head == nullptr || (base != nullptr && base->object == head->object)) continue;
    const Result<bool> head_fits = fits(objects, head->object, request.limits.file_bytes);
    if (!head_fits) return fail(head_fits.error());
    const Result<bool> base_fits = base == nullptr ? Result<bool>(true) : fits(objects, base->object, request.limits.file_bytes);
    if (!base_fits) return fail(base_fits.error());
    if (!*head_fits || !*base_fits) continue;
    if (base != nullptr) sides.base += tree_line(*base, sides.paths.size());
    sides.head += tree_line(*head, sides.paths.size());
    sides.paths.push_back(difference.path);
  }
  return sides;
}

/// Writes a tree into the private directory and says its id.
Result<std::string> make_tree(const LineSources& sources, std::string_view lines, const CancelToken& cancel) {
  const Invocation invocation = sources.home.invocation({"mktree"});
  const Result<process::Completed> completed = process::run(sources.git.command(invocation), lines, kTreeLimits, cancel);
  if (!completed) return fail(completed.error());
  if (!completed->ended.status.succeeded()) return fail(failure_of(invocation, *completed));
  const Result<TreeId> tree = TreeId::parse(trim(completed->output));
  if (!tree) return fail(ErrorCode::corrupt, "git mktree named no tree");
  return tree->to_string();
}

Result<std::vector<ChangedLine>> compare_sides(const LineSources& sources, const Invocation& invocation, PatchReader reader,
                                               const CancelToken& cancel) {
  Result<process::Child> child = process::spawn(sources.git.command(invocation), {.error = process::Stream::null});
  if (!child) return fail(child.error());
  const Patience patience = Patience::of(kDiffTime, cancel);
  std::string received;
  while (!reader.is_full()) {
    received.clear();
    const Result<std::size_t> got = read_some(child->output(), received, patience);
    if (!got) return fail(got.error());
    if (*got == 0) break;
    if (const Status read = reader.read(received); !read) return fail(read.error());
  }
  if (reader.is_full()) return reader.finish();
  const Result<std::optional<process::Ended>> waited = child->wait_for(kEndTime);
  if (!waited) return fail(waited.error());
  const std::optional<process::Ended>& ended = *waited;
  if (!ended || !ended->status.succeeded()) return fail(ErrorCode::io, "git diff-tree failed");
  return reader.finish();
}

}  // namespace

Result<std::vector<ChangedLine>> added_lines(const LineSources& sources, const LineRequest& request, const CancelToken& cancel) {
  const Result<Sides> sides = collect_sides(sources.objects, request);
  if (!sides) return fail(sides.error());
  if (sides->paths.empty()) return std::vector<ChangedLine>();
  // A file on both sides, so that neither is the empty tree. Of an object that is written again git renews the time, and the user's
  // repository may have that one.
  const std::string common = sides->head.substr(0, sides->head.find('\t')) + "\tcommon\n";
  const Result<std::string> base = make_tree(sources, sides->base + common, cancel);
  if (!base) return fail(base.error());
  const Result<std::string> head = make_tree(sources, sides->head + common, cancel);
  if (!head) return fail(head.error());
  const Invocation invocation = sources.home.invocation({"diff-tree", "-r", "-p", "-U0", "--no-prefix", "--no-renames", "--no-ext-diff",
                                                         "--no-textconv", "--no-color", "--no-indent-heuristic", *base, *head});
  return compare_sides(sources, invocation, PatchReader(sides->paths, request.limits), cancel);
}

}  // namespace ekaci::git
