#include "git/checkout.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/files.h"
#include "base/text.h"
#include "git/formats.h"
#include "git/pipe_io.h"

namespace ekaci::git {
namespace {

namespace fs = std::filesystem;

constexpr process::RunLimits kListingLimits{.time = std::chrono::minutes(5), .output = std::uint64_t{256} << 20U};
constexpr process::RunLimits kCheckoutLimits{.time = std::chrono::minutes(15)};

/// Between closing its output and ending.
constexpr std::chrono::seconds kEndTime{10};

/// The system's bound on a path, less what stands before the tree's own part.
constexpr std::size_t kLongestPath = PATH_MAX - 512;

/// Removes a file when it goes.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    // What is left in the cache is removed with what surrounds it.
    static_cast<void>(remove_tree(path_));  // NOLINT(bugprone-unused-return-value)
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Calls `visit` with every directory above the path, the nearest first.
template <class Visit>
void each_parent(std::string_view path, const Visit& visit) {
  for (std::size_t end = path.rfind('/'); end != std::string_view::npos; end = path.rfind('/')) {
    path = path.substr(0, end);
    if (!visit(path)) return;
  }
}

/// A tree's entries and the directories they need; views into the listing.
struct Plan {
  std::vector<ListedEntry> entries;
  std::unordered_set<std::string_view> directories;
};

Status check_sizes(const std::vector<ListedEntry>& entries, const TreeBounds& bounds) {
  std::uint64_t bytes = 0;
  for (const ListedEntry& entry : entries) {
    if (entry.path.size() > kLongestPath) {
      return fail(ErrorCode::resource_exhausted, "the tree has a path of {} bytes; at most {} can be written", entry.path.size(),
                  kLongestPath);
    }
    if (entry.size > bounds.bytes - bytes) {
      return fail(ErrorCode::resource_exhausted, "the tree's files have more than {} bytes", bounds.bytes);
    }
    bytes += entry.size;
  }
  return {};
}

/// Where two entries want one place, which of them git would write is anyone's guess: the files would not be the tree.
Result<Plan> make_plan(std::vector<ListedEntry> entries) {
  Plan plan{.entries = std::move(entries), .directories = {}};
  std::unordered_set<std::string_view> leaves;
  for (const ListedEntry& entry : plan.entries) {
    if (!leaves.insert(entry.path).second) return fail(ErrorCode::corrupt, "the tree has '{}' twice", printable_line(entry.path));
    each_parent(entry.path, [&](std::string_view parent) { return plan.directories.insert(parent).second; });
  }
  for (const ListedEntry& entry : plan.entries) {
    if (plan.directories.contains(entry.path)) {
      return fail(ErrorCode::corrupt, "the tree has '{}' both as a file and as a directory", printable_line(entry.path));
    }
  }
  return plan;
}

Status set_mode(const Fd& root, std::string_view path, mode_t mode) {
  if (::fchmodat(root.get(), std::string(path).c_str(), mode, 0) == 0) return {};
  return fail(ErrorCode::io, "cannot protect '{}': {}", printable_line(path), std::generic_category().message(errno));
}

/// From the plan, not from what is found: a file that was not written is an error here.
Status protect(const Plan& plan, const fs::path& directory) {
  const Fd root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail(ErrorCode::io, "cannot open {}: {}", directory.string(), std::generic_category().message(errno));
  for (const ListedEntry& entry : plan.entries) {
    if (entry.kind == EntryKind::symlink) continue;
    const bool plain = entry.kind == EntryKind::file;
    if (Status set = set_mode(root, entry.path, plain ? 0444 : 0555); !set) return set;
  }
  for (const std::string_view path : plan.directories) {
    if (Status set = set_mode(root, path, 0555); !set) return set;
  }
  return {};
}

}  // namespace

Status check_entry_count(const GitProgram& git, const PrivateDirectory& home, const EntryCount& count, const CancelToken& cancel) {
  const Invocation invocation = home.invocation({"ls-tree", "-r", "-z", "--full-tree", "--name-only", count.tree});
  Result<process::Child> child = process::spawn(git.command(invocation), {.error = process::Stream::null});
  if (!child) return fail(child.error());
  const Patience patience = Patience::of(kListingLimits.time, cancel);
  std::uint64_t entries = 0;
  std::string received;
  while (true) {
    received.clear();
    const Result<std::size_t> got = read_some(child->output(), received, patience);
    if (!got) return fail(got.error());
    if (*got == 0) break;
    entries += static_cast<std::uint64_t>(std::ranges::count(received, '\0'));
    if (entries > count.most) return fail(ErrorCode::resource_exhausted, "the tree {} has more than {} files", count.tree, count.most);
  }
  const Result<std::optional<process::Ended>> waited = child->wait_for(kEndTime);
  if (!waited) return fail(waited.error());
  const std::optional<process::Ended>& ended = *waited;
  if (ended && ended->status.succeeded()) return {};
  return fail(ErrorCode::not_found, "the tree {} cannot be read", count.tree);
}

Status check_out(const GitProgram& git, const PrivateDirectory& home, const CheckoutRequest& request, const CancelToken& cancel) {
  const std::string& tree = request.tree.to_string();
  if (Status counted = check_entry_count(git, home, {tree, request.bounds.entries}, cancel); !counted) return counted;
  const Result<process::Completed> listing =
      git.run(home.invocation({"ls-tree", "-r", "-z", "-l", "--full-tree", tree}), kListingLimits, cancel);
  if (!listing) return fail(listing.error());
  if (!listing->ended.status.succeeded()) {
    return fail(ErrorCode::not_found, "the tree {} cannot be read: {}", tree, complaint_of(*listing));
  }
  Result<std::vector<ListedEntry>> entries = parse_listing(listing->output);
  if (!entries) return fail(entries.error());
  if (Status checked = check_sizes(*entries, request.bounds); !checked) return checked;
  const Result<Plan> plan = make_plan(std::move(*entries));
  if (!plan) return fail(plan.error());

  const Result<fs::path> scratch = make_unique_directory(home.path(), "index-");
  if (!scratch) return fail(scratch.error());
  const TemporaryFile remove_scratch(*scratch);
  Invocation read_tree = home.invocation({"read-tree", tree});
  read_tree.environment["GIT_INDEX_FILE"] = (*scratch / "index").string();
  const Result<process::Completed> read = git.run(read_tree, kCheckoutLimits, cancel);
  if (!read) return fail(read.error());
  if (!read->ended.status.succeeded()) {
    return fail(ErrorCode::corrupt, "git refuses to write the tree {}: {}", request.tree.brief(), complaint_of(*read));
  }

  Invocation checkout = home.invocation({"checkout-index", "--all"});
  checkout.environment["GIT_INDEX_FILE"] = (*scratch / "index").string();
  checkout.environment["GIT_WORK_TREE"] = request.directory.string();
  checkout.directory = request.directory;
  if (const Result<std::string> written = git.output_of(checkout, kCheckoutLimits, cancel); !written) return fail(written.error());
  return protect(*plan, request.directory);
}

}  // namespace ekaci::git
