#include "git/repository.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "git/formats.h"
#include "git/git_program.h"
#include "git/line_changes.h"
#include "git/object_reader.h"
#include "git/private_directory.h"
#include "git/tree_comparison.h"
#include "git/tree_store.h"

namespace ekaci::git {
namespace {

namespace fs = std::filesystem;

/// A question that is answered from a few files.
constexpr process::RunLimits kShortLimits{.time = std::chrono::seconds(30), .output = std::uint64_t{1} << 20U};
/// A walk over history.
constexpr process::RunLimits kWalkLimits{.time = std::chrono::minutes(5), .output = std::uint64_t{1} << 20U};
/// A merge; it prints each conflict.
constexpr process::RunLimits kMergeLimits{.time = std::chrono::minutes(10), .output = std::uint64_t{64} << 20U};

constexpr std::size_t kLongestRevision = 1000;
constexpr std::size_t kLongestPath = 4096;

/// git prints a path and one line feed; the path may hold others.
std::string without_line_feed(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<Location> locate(const GitProgram& git, const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) return fail(ErrorCode::not_found, "there is no directory {}", directory.string());
  const auto ask = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "rev-parse");
    // Any work tree but the one that core.worktree names, where nothing need be.
    return git.output_of({.arguments = std::move(arguments), .environment = {{"GIT_WORK_TREE", "/"}}, .directory = directory}, kShortLimits,
                         {});
  };
  Result<std::string> git_directory = ask({"--absolute-git-dir"});
  if (!git_directory) {
    return fail(ErrorCode::not_found, "{} is not in a usable git repository ({})", directory.string(), git_directory.error().message());
  }
  Result<std::string> common_directory = ask({"--path-format=absolute", "--git-common-dir"});
  if (!common_directory) return fail(common_directory.error());
  const Result<std::string> facts = ask({"--is-shallow-repository", "--show-object-format"});
  if (!facts) return fail(facts.error());
  const std::vector<std::string_view> lines = split(*facts, '\n');
  if (lines.size() < 2 || (lines[1] != "sha1" && lines[1] != "sha256")) {
    return fail(ErrorCode::unsupported, "git describes the repository as '{}'", printable_line(*facts));
  }
  return Location{.git_directory = without_line_feed(std::move(*git_directory)),
                  .common_directory = without_line_feed(std::move(*common_directory)),
                  .object_format = std::string(lines[1]),
                  .shallow = lines[0] == "true"};
}

/// The names in a path of a tree; each is looked up in a tree object, so that git never interprets a stranger's path.
Result<std::vector<std::string_view>> path_names(std::string_view path) {
  if (path.size() > kLongestPath) return fail(ErrorCode::invalid_argument, "a path of {} bytes is too long", path.size());
  std::vector<std::string_view> names = split(path, '/');
  for (const std::string_view name : names) {
    if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string_view::npos) {
      return fail(ErrorCode::invalid_argument, "'{}' is not a path relative to a tree's root", printable_line(path));
    }
  }
  return names;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

/// Whether one side of what differs is a plain file, or nothing.
bool is_file(const std::optional<TreeEntry>& side) { return !side || side->kind == EntryKind::file || side->kind == EntryKind::executable; }

/// What a Repository is made of.
struct Parts {
  GitProgram git;
  fs::path directory;
  Location location;
  PrivateDirectory home;
  TreeStore trees;
  TreeBounds bounds;
};

class GitRepository final : public engine::Repository {
 public:
  explicit GitRepository(Parts parts) : parts_(std::move(parts)), objects_(parts_.git, parts_.home.invocation({})) {}

  Result<CommitId> resolve(std::string_view revision) override;
  Result<std::string> default_base() override;
  Result<TreeId> tree_of(const CommitId& commit) override;
  Result<engine::MergeResult> merge(const CommitId& base, const CommitId& head, const CancelToken& cancel) override;
  Result<std::optional<std::string>> read_file(const TreeId& tree, std::string_view path, std::uint64_t limit) override;
  Result<engine::ChangedPaths> changed_paths(const TreeId& base, const TreeId& head, std::size_t limit) override;
  Result<std::vector<ChangedLine>> changed_lines(const TreeId& base, const TreeId& head, const engine::LineLimits& limits,
                                                 const CancelToken& cancel) override;
  Result<std::shared_ptr<const engine::MaterialisedTree>> materialise(const TreeId& tree, const CancelToken& cancel) override;

 private:
  Result<std::optional<std::string>> rev_parse(std::string_view revision) const;
  Failure unresolved(std::string_view revision);
  [[nodiscard]] std::string advice() const;
  [[nodiscard]] bool is_partial() const;
  [[nodiscard]] Error advised(const Error& error) const;
  Result<CommitId> merge_base(const CommitId& base, const CommitId& head, const CancelToken& cancel);
  Result<engine::MergeResult> merge_trees(const engine::MergedTree& found, const CommitId& base, const CommitId& head,
                                          const CancelToken& cancel);

  Parts parts_;
  ObjectReader objects_;
};

/// In the user's repository, since its refs are asked for; of its settings none can run anything here.
Result<std::optional<std::string>> GitRepository::rev_parse(std::string_view revision) const {
  const Invocation invocation{
      .arguments = {"rev-parse", "--verify", "--quiet", "--end-of-options", std::string(revision)},
      .environment = {{"GIT_DIR", parts_.location.git_directory.string()}, {"GIT_WORK_TREE", parts_.home.path().string()}},
      .directory = parts_.home.path()};
  const Result<process::Completed> completed = parts_.git.run(invocation, kShortLimits, {});
  if (!completed) return fail(completed.error());
  if (!completed->ended.status.succeeded()) return std::nullopt;
  std::string id(trim(completed->output));
  if (!CommitId::parse(id)) return std::nullopt;
  return id;
}

Result<CommitId> GitRepository::resolve(std::string_view revision) {
  const bool usable = !revision.empty() && revision.size() <= kLongestRevision &&
                      std::ranges::none_of(revision, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (!usable) return fail(ErrorCode::invalid_argument, "'{}' is not a revision", clip(printable_line(revision), 100));
  const Result<std::optional<std::string>> answer = rev_parse(std::string(revision) + "^{commit}");
  if (!answer) return fail(answer.error(), fmt::format("while resolving '{}'", printable_line(revision)));
  const std::optional<std::string>& commit = *answer;
  if (commit) return CommitId::parse(*commit);
  return unresolved(revision);
}

/// Says as exactly as can be known why a revision names no commit that is here.
Failure GitRepository::unresolved(std::string_view revision) {
  const std::string name = printable_line(revision);
  const Result<std::optional<std::string>> found = rev_parse(revision);
  if (!found) return fail(found.error());
  const std::optional<std::string>& id = *found;
  if (!id) {
    return fail(ErrorCode::not_found, "unknown or ambiguous revision '{}' in {}; {}", name, parts_.directory.string(), advice());
  }
  const Result<std::optional<ObjectHeader>> answer = objects_.header(*id);
  if (!answer) return fail(answer.error());
  const std::optional<ObjectHeader>& header = *answer;
  if (!header) return fail(ErrorCode::not_found, "the object {} is not in {}; {}", *id, parts_.directory.string(), advice());
  if (header->type == ObjectType::blob || header->type == ObjectType::tree) {
    return fail(ErrorCode::invalid_argument, "'{}' names a {}, not a commit", name, to_string(header->type));
  }
  return fail(ErrorCode::not_found, "'{}' names a {} whose commit is not in {}; {}", name, to_string(header->type),
              parts_.directory.string(), advice());
}

/// What may bring an object that is not here.
std::string GitRepository::advice() const {
  if (parts_.location.shallow) return "the clone is shallow: `git fetch --unshallow` gets the rest of its history";
  if (is_partial()) return "the clone is partial: `git fetch --refetch --no-filter` gets the rest of its objects";
  return "if it is newer than this clone, `git fetch` gets it";
}

/// Git marks the packs of a partial clone.
bool GitRepository::is_partial() const {
  std::error_code error;
  for (fs::directory_iterator it(parts_.location.common_directory / "objects" / "pack", error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".promisor") return true;
  }
  return false;
}

/// A shallow or partial clone is the likely reason for an object that cannot be read; the error then says what helps.
Error GitRepository::advised(const Error& error) const {
  const bool may_be_missing = error.code() == ErrorCode::io || error.code() == ErrorCode::not_found || error.code() == ErrorCode::corrupt;
  if (!may_be_missing || (!parts_.location.shallow && !is_partial())) return error;
  return {error.code(), fmt::format("{}; {}", error.message(), advice())};
}

Result<std::string> GitRepository::default_base() {
  constexpr std::array<std::string_view, 5> kCandidates = {"refs/remotes/origin/HEAD", "refs/remotes/origin/main",
                                                           "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"};
  for (const std::string_view candidate : kCandidates) {
    const Result<std::optional<std::string>> commit = rev_parse(std::string(candidate) + "^{commit}");
    if (!commit) return fail(commit.error());
    if (!*commit) continue;
    const Invocation shorten{
        .arguments = {"rev-parse", "--abbrev-ref=strict", std::string(candidate)},
        .environment = {{"GIT_DIR", parts_.location.git_directory.string()}, {"GIT_WORK_TREE", parts_.home.path().string()}},
        .directory = parts_.home.path()};
    const Result<std::string> name = parts_.git.output_of(shorten, kShortLimits, {});
    if (!name) return fail(name.error());
    return without_line_feed(*name);
  }
  return fail(ErrorCode::not_found,
              "{} has neither origin/HEAD, origin/main, origin/master, main nor master: say what to compare with, as BASE..HEAD",
              parts_.directory.string());
}

Result<TreeId> GitRepository::tree_of(const CommitId& commit) {
  const Result<std::optional<ObjectHeader>> answer = objects_.header(commit.to_string() + "^{tree}");
  if (!answer) return fail(advised(answer.error()));
  const std::optional<ObjectHeader>& tree = *answer;
  if (!tree) return fail(advised(Error(ErrorCode::not_found, fmt::format("the commit {} or its tree is missing", commit.to_string()))));
  return TreeId::parse(tree->id);
}

Result<CommitId> GitRepository::merge_base(const CommitId& base, const CommitId& head, const CancelToken& cancel) {
  const Invocation invocation = parts_.home.invocation({"merge-base", base.to_string(), head.to_string()});
  const Result<process::Completed> completed = parts_.git.run(invocation, kWalkLimits, cancel);
  if (!completed) return fail(completed.error());
  if (completed->ended.status.succeeded()) return CommitId::parse(completed->output.substr(0, completed->output.find('\n')));
  const bool walked = completed->ended.status.signal == 0 && completed->ended.status.code == 1;  // git-merge-base(1)
  if (!walked) return fail(advised(failure_of(invocation, *completed)));
  if (parts_.location.shallow) {
    return fail(ErrorCode::not_found, "this shallow clone does not reach the commit where {} and {} part; `git fetch --unshallow` gets it",
                base.brief(), head.brief());
  }
  return fail(ErrorCode::invalid_argument, "{} and {} have unrelated histories: they cannot be merged", base.brief(), head.brief());
}

Result<engine::MergeResult> GitRepository::merge(const CommitId& base, const CommitId& head, const CancelToken& cancel) {
  const Result<CommitId> ancestor = merge_base(base, head, cancel);
  if (!ancestor) return fail(ancestor.error());
  const bool one_side_only = *ancestor == base || *ancestor == head;
  const Result<TreeId> tree = tree_of(*ancestor == base ? head : base);
  if (!tree) return fail(tree.error());
  engine::MergedTree merged{.tree = *tree, .merge_base = *ancestor};
  if (one_side_only) return merged;
  for (const CommitId& side : {base, head}) {  // git would take memory for each entry of both
    if (const Status checked = check_entry_count(parts_.git, parts_.home, {side.to_string(), parts_.bounds.entries}, cancel); !checked) {
      return fail(advised(checked.error()), fmt::format("while merging {} into {}", head.brief(), base.brief()));
    }
  }
  return merge_trees(merged, base, head, cancel);
}

Result<engine::MergeResult> GitRepository::merge_trees(const engine::MergedTree& found, const CommitId& base, const CommitId& head,
                                                       const CancelToken& cancel) {
  const Invocation invocation =
      parts_.home.invocation({"merge-tree", "--write-tree", "-z", "--name-only", "--messages", base.to_string(), head.to_string()});
  const Result<process::Completed> completed = parts_.git.run(invocation, kMergeLimits, cancel);
  if (!completed) return fail(completed.error());
  const bool conflicted = completed->ended.status.signal == 0 && completed->ended.status.code == 1;  // git-merge-tree(1)
  if (!conflicted && !completed->ended.status.succeeded()) return fail(advised(failure_of(invocation, *completed)));
  Result<MergeOutput> output = parse_merge_output(completed->output, conflicted ? MergeEnd::conflicted : MergeEnd::clean);
  if (!output) return fail(output.error());
  const Result<TreeId> tree = TreeId::parse(output->tree);
  if (!tree) return fail(ErrorCode::corrupt, "git merge-tree named no tree");
  if (!conflicted) return engine::MergedTree{.tree = *tree, .merge_base = found.merge_base};
  for (ConflictingFile& file : output->files) {
    replace_all(file.message, base.to_string(), "base");
    replace_all(file.message, head.to_string(), "head");
  }
  return engine::MergeConflict{.files = std::move(output->files)};
}

Result<std::optional<std::string>> GitRepository::read_file(const TreeId& tree, std::string_view path, std::uint64_t limit) {
  const Result<std::vector<std::string_view>> names = path_names(path);
  if (!names) return fail(names.error());
  const std::string doing = fmt::format("while reading '{}' of the tree {}", printable_line(path), tree.brief());
  TreeEntry entry{.kind = EntryKind::directory, .object = tree.to_string()};
  for (const std::string_view name : *names) {
    if (entry.kind != EntryKind::directory) return std::nullopt;
    const Result<TreeEntries> entries = read_tree(objects_, entry.object);
    if (!entries) return fail(advised(entries.error()), doing);
    const TreeEntry* const next = find_entry(*entries, name);
    if (next == nullptr) return std::nullopt;
    entry = *next;
    if (entry.kind == EntryKind::symlink) {
      return fail(Error(ErrorCode::invalid_argument, fmt::format("'{}' is a symlink, which is not followed", printable_line(name))), doing);
    }
  }
  if (entry.kind != EntryKind::file && entry.kind != EntryKind::executable) return std::nullopt;
  Result<std::string> content = objects_.content(entry.object, ObjectType::blob, limit);
  if (!content) return fail(advised(content.error()), doing);
  return std::move(*content);
}

Result<engine::ChangedPaths> GitRepository::changed_paths(const TreeId& base, const TreeId& head, std::size_t limit) {
  Result<std::vector<EntryDifference>> found = compare_entries(objects_, base, head, limit);
  if (!found) return fail(advised(found.error()), fmt::format("while comparing the trees {} and {}", base.brief(), head.brief()));
  engine::ChangedPaths changed;
  for (EntryDifference& difference : *found) {
    changed.only_files = changed.only_files && is_file(difference.base) && is_file(difference.head);
    changed.paths.push_back(std::move(difference.path));
  }
  return changed;
}

Result<std::vector<ChangedLine>> GitRepository::changed_lines(const TreeId& base, const TreeId& head, const engine::LineLimits& limits,
                                                              const CancelToken& cancel) {
  const LineSources sources{.git = parts_.git, .home = parts_.home, .objects = objects_};
  Result<std::vector<ChangedLine>> lines = added_lines(sources, {.base = base, .head = head, .limits = limits}, cancel);
  if (lines) return lines;
  return fail(advised(lines.error()), fmt::format("while reading what changed between the trees {} and {}", base.brief(), head.brief()));
}

Result<std::shared_ptr<const engine::MaterialisedTree>> GitRepository::materialise(const TreeId& tree, const CancelToken& cancel) {
  const auto maker = [&](const fs::path& directory) {
    return check_out(parts_.git, parts_.home, {.tree = tree, .directory = directory, .bounds = parts_.bounds}, cancel);
  };
  Result<std::shared_ptr<const engine::MaterialisedTree>> leased = parts_.trees.lease(tree, maker);
  if (leased) return leased;
  const bool lacks_object = leased.error().code() == ErrorCode::not_found;
  return fail(lacks_object ? advised(leased.error()) : leased.error(), fmt::format("while writing the files of the tree {}", tree.brief()));
}

}  // namespace

Result<std::unique_ptr<engine::Repository>> open(const OpenOptions& options) {
  std::error_code error;
  const fs::path directory = fs::absolute(options.directory.empty() ? "." : options.directory, error);
  const fs::path cache = fs::absolute(options.cache_directory, error);
  const Result<GitProgram> git = GitProgram::find();
  if (!git) return fail(git.error());
  Result<Location> location = locate(*git, directory);
  if (!location) return fail(location.error());
  Result<PrivateDirectory> home = PrivateDirectory::make(cache, *location);
  if (!home) return fail(home.error(), "while preparing the cache");
  Result<TreeStore> trees = TreeStore::open(cache / "trees", options.kept_trees);
  if (!trees) return fail(trees.error(), "while preparing the cache");
  return std::make_unique<GitRepository>(Parts{.git = *git,
                                               .directory = directory,
                                               .location = std::move(*location),
                                               .home = std::move(*home),
                                               .trees = std::move(*trees),
                                               .bounds = options.bounds});
}

}  // namespace ekaci::git
