#include "nix/inputs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "base/fd.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "nix/inputs_fetch.h"
#include "nix/inputs_lock.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestLockFile = std::uint64_t{4} << 20U;
constexpr std::string_view kFormat = "ekaci-inputs 1";
constexpr std::string_view kContents = "contents";
constexpr std::uint64_t kLargestContents = std::uint64_t{8} << 20U;
constexpr std::string_view kWork = "work-";
constexpr std::string_view kDoomed = "doomed-";
constexpr std::chrono::milliseconds kLockInterval{50};

/// More sets than that are not kept, unless they were used within the time that an evaluation can last.
constexpr std::size_t kMostSets = 16;
/// Nothing new is prepared beyond: strangers cannot fill the disk by asking for ever new inputs.
constexpr std::size_t kMostSetsInUse = 48;
constexpr std::chrono::hours kLease{2};

Status make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(ErrorCode::io, "cannot create {}: {}", directory.string(), error.message());
  return {};
}

enum class FileCopy {
  bytes,  ///< a file of its own
  link,   ///< a second name of the same file, which nobody may write
};

Status copy_entry(const fs::path& from, const fs::path& to, FileCopy how);

/// Directories of a store are read-only: the copy becomes so when all is in it.
Status copy_directory(const fs::path& from, const fs::path& to, FileCopy how) {
  if (Status made = make_directory(to); !made) return made;
  std::error_code error;
  for (fs::directory_iterator it(from, error), end; !error && it != end; it.increment(error)) {
    if (Status copied = copy_entry(it->path(), to / it->path().filename(), how); !copied) return copied;
  }
  if (!error) fs::permissions(to, fs::status(from, error).permissions(), error);
  if (error) return fail(ErrorCode::io, "cannot copy {} to {}: {}", from.string(), to.string(), error.message());
  return {};
}

Status copy_entry(const fs::path& from, const fs::path& to, FileCopy how) {
  std::error_code error;
  const fs::file_type type = fs::symlink_status(from, error).type();
  if (type == fs::file_type::directory) return copy_directory(from, to, how);
  if (type == fs::file_type::symlink) {
    fs::copy_symlink(from, to, error);
  } else if (type == fs::file_type::regular && how == FileCopy::link) {
    fs::create_hard_link(from, to, error);
  } else if (type == fs::file_type::regular) {
    fs::copy_file(from, to, error);
  }
  if (error) return fail(ErrorCode::io, "cannot copy {} to {}: {}", from.string(), to.string(), error.message());
  return {};
}

/// Nix's entries of a store, without its own bookkeeping.
Result<std::vector<std::string>> store_entries(const fs::path& nix) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(nix / "store", error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (!name.starts_with('.') && !name.ends_with(".lock")) names.push_back(std::move(name));
  }
  if (error) return fail(ErrorCode::io, "cannot list {}: {}", (nix / "store").string(), error.message());
  std::ranges::sort(names);
  return names;
}

/// What one prepared directory is for: the expressions that it answers, with the Nix that it answers them for.
class Contents {
 public:
  Contents(const std::string& nix_version, std::set<std::string> expressions)
      : head_(fmt::format("{}\n{}\n", kFormat, printable_line(nix_version))), expressions_(std::move(expressions)) {}

  [[nodiscard]] const std::set<std::string>& expressions() const { return expressions_; }
  [[nodiscard]] bool contains(const std::string& expression) const { return expressions_.contains(expression); }
  void insert(std::string expression) { expressions_.insert(std::move(expression)); }

  [[nodiscard]] std::string to_string() const {
    std::string text = head_;
    for (const std::string& expression : expressions_) text += expression + "\n";
    return text;
  }
  [[nodiscard]] std::string key() const { return to_hex(sha256(to_string())).substr(0, 40); }

  /// The same Nix, and no expressions.
  [[nodiscard]] Contents emptied() const {
    Contents none = *this;
    none.expressions_.clear();
    return none;
  }

  /// The contents that a text describes, where they are part of these; nullopt where not.
  [[nodiscard]] std::optional<Contents> part_from(std::string_view text) const {
    if (!text.starts_with(head_)) return std::nullopt;
    Contents part = emptied();
    for (const std::string_view line : split(text.substr(head_.size()), '\n')) {
      if (line.empty()) continue;
      if (!expressions_.contains(std::string(line))) return std::nullopt;
      part.expressions_.emplace(line);
    }
    return part;
  }

 private:
  std::string head_;
  std::set<std::string> expressions_;
};

/// A set of inputs on disk.
struct StoredSet {
  fs::path directory;
  fs::file_time_type used;
};

/// The directory of all prepared sets, locked.
class InputsCache {
 public:
  static Result<InputsCache> open(const fs::path& directory, const CancelToken& cancel) {
    if (Status made = make_directory(directory); !made) return fail(made.error());
    while (true) {
      Result<FileLock> lock = FileLock::try_acquire(directory / "lock");
      if (lock) {
        InputsCache cache(directory, std::move(*lock));
        cache.remove_leftovers();
        return cache;
      }
      if (lock.error().code() != ErrorCode::conflict) return fail(lock.error());
      if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "waiting for another process that fetches inputs was stopped");
      std::this_thread::sleep_for(kLockInterval);
    }
  }

  [[nodiscard]] std::optional<fs::path> find(const Contents& contents) const {
    fs::path directory = directory_ / contents.key();
    std::error_code error;
    if (!fs::exists(directory / kContents, error)) return std::nullopt;
    note_use(directory);
    return directory;
  }

  /// Begins its lease.
  static void note_use(const fs::path& directory) {
    std::error_code error;
    fs::last_write_time(directory / kContents, fs::file_time_type::clock::now(), error);
  }

  /// The set that has most of these and nothing else.
  [[nodiscard]] std::pair<fs::path, Contents> largest_part_of(const Contents& wanted) const {
    std::pair<fs::path, Contents> best{fs::path(), wanted.emptied()};
    for (const StoredSet& set : sets()) {
      const Result<std::string> text = read_file(set.directory / kContents, kLargestContents);
      std::optional<Contents> part = text ? wanted.part_from(*text) : std::nullopt;
      if (part && part->expressions().size() > best.second.expressions().size()) best = {set.directory, std::move(*part)};
    }
    return best;
  }

  /// Removes sets that were used least recently; resource_exhausted where too many are still in use.
  [[nodiscard]] Status make_room() const {
    std::vector<StoredSet> all = sets();
    std::ranges::sort(all, {}, &StoredSet::used);
    std::size_t left = all.size();
    const fs::file_time_type oldest_lease = fs::file_time_type::clock::now() - kLease;
    for (const StoredSet& set : all) {
      if (left < kMostSets || set.used > oldest_lease) break;
      discard(set.directory);
      --left;
    }
    if (left < kMostSetsInUse) return {};
    return fail(ErrorCode::resource_exhausted, "{} sets of inputs are in use in {}; try again in two hours", left, directory_.string());
  }

  [[nodiscard]] Result<fs::path> make_work_directory() const { return make_unique_directory(directory_, kWork); }

  /// Gives a finished directory its name. Everything is on disk before: after a loss of power it is whole or not there.
  [[nodiscard]] Result<fs::path> publish(const fs::path& work, const Contents& contents) const {
    if (Status written = write_file_atomically(work / kContents, contents.to_string()); !written) return fail(written.error());
    const Fd fd(::open(work.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::syncfs(fd.get()) != 0) return fail(ErrorCode::io, "cannot write {} to disk", work.string());
    fs::path directory = directory_ / contents.key();
    std::error_code error;
    fs::rename(work, directory, error);
    if (error) return fail(ErrorCode::io, "cannot rename {} to {}: {}", work.string(), directory.string(), error.message());
    return directory;
  }

  /// The finished ones; whoever asks holds the lock.
  [[nodiscard]] static std::vector<StoredSet> sets_in(const fs::path& directory) {
    std::vector<StoredSet> found;
    for (const fs::path& entry : entries_of(directory)) {
      std::error_code error;
      const fs::file_time_type used = fs::last_write_time(entry / kContents, error);
      const bool is_whole = !entry.filename().string().starts_with(kWork) && !entry.filename().string().starts_with(kDoomed);
      if (!error && is_whole) found.push_back({entry, used});
    }
    return found;
  }

  /// Out of sight at once; what cannot be removed now is removed by the next one that comes.
  static void discard(const fs::path& directory) {
    const fs::path doomed = directory.parent_path() / (std::string(kDoomed) + directory.filename().string());
    std::error_code error;
    fs::rename(directory, doomed, error);
    [[maybe_unused]] const Status removed = remove_tree(error ? directory : doomed);
  }

 private:
  InputsCache(fs::path directory, FileLock lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}

  [[nodiscard]] static std::vector<fs::path> entries_of(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) found.push_back(it->path());
    return found;
  }

  [[nodiscard]] std::vector<StoredSet> sets() const { return sets_in(directory_); }

  /// Of processes that were killed: whoever holds the lock is alone.
  void remove_leftovers() const {
    for (const fs::path& entry : entries_of(directory_)) {
      const std::string name = entry.filename().string();
      if (!name.starts_with(kWork) && !name.starts_with(kDoomed)) continue;
      [[maybe_unused]] const Status removed = remove_tree(entry);
    }
  }

  fs::path directory_;
  FileLock lock_;
};

/// A directory that grows input by input: each is fetched into a copy, so that a failed one leaves nothing behind.
class Workshop {
 public:
  static Result<Workshop> open(const InputsCache& cache, const fs::path& seed) {
    Result<fs::path> directory = cache.make_work_directory();
    if (!directory) return fail(directory.error());
    Workshop workshop(std::move(*directory));
    Status made = seed.empty() ? make_directory(workshop.current() / "nix/store") : copy(seed, workshop.current());
    if (!made) return fail(made.error());
    return workshop;
  }

  Workshop(Workshop&& other) noexcept : directory_(std::exchange(other.directory_, {})), round_(other.round_) {}
  Workshop& operator=(Workshop&&) = delete;
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  ~Workshop() {
    if (directory_.empty()) return;
    [[maybe_unused]] const Status removed = remove_tree(directory_);
  }

  [[nodiscard]] fs::path current() const { return directory_ / std::to_string(round_); }

  /// A copy of what there is, to be fetched into.
  Result<fs::path> begin_attempt() {
    fs::path next = directory_ / std::to_string(round_ + 1);
    if (Status copied = copy(current(), next); !copied) return fail(copied.error());
    return next;
  }
  Status keep_attempt() {
    ++round_;
    return remove_tree(current() / kFetchScratch);
  }
  Status drop_attempt() { return remove_tree(directory_ / std::to_string(round_ + 1)); }

 private:
  explicit Workshop(fs::path directory) : directory_(std::move(directory)) {}

  static Status copy(const fs::path& from, const fs::path& to) {
    // No file of a store is ever written again.
    if (Status linked = copy_directory(from / "nix/store", to / "nix/store", FileCopy::link); !linked) return linked;
    std::error_code error;
    if (!fs::exists(from / "nix/var", error)) return {};
    return copy_directory(from / "nix/var", to / "nix/var", FileCopy::bytes);
  }

  fs::path directory_;
  std::size_t round_ = 0;
};

/// What prepare_inputs() works with.
struct Work {
  const Facilities& facilities;
  const InputsRequest& request;
  const CancelToken& cancel;
};

std::string note_for(const std::string& name, const std::string& where, const std::string& why) {
  return fmt::format("input '{}' of flake.lock{} is missing: {}. Attributes that need it fail", clip(printable_line(name), 80),
                     where.empty() ? "" : " (" + where + ")", why);
}

/// Of the tree's lock file, what evaluating it can need.
Result<LockFile> inputs_needed(const fs::path& tree) {
  // A link could lead anywhere on this machine.
  std::error_code error;
  if (fs::is_symlink(tree / "flake.lock", error)) return fail(ErrorCode::invalid_argument, "flake.lock is a symbolic link");
  const Result<std::string> text = read_file(tree / "flake.lock", kLargestLockFile);
  if (!text) {
    if (text.error().code() == ErrorCode::not_found) return LockFile{};
    return fail(text.error());
  }
  Result<LockFile> file = parse_lock_file(*text);
  if (!file) return file;
  std::vector<std::string> names;
  for (const LockedInput& input : file->inputs) names.push_back(input.name);
  for (const auto& [name, reason] : file->skipped) names.push_back(name);
  const std::vector<std::string> used = inputs_in_use(tree, names);
  const auto is_unused = [&](const std::string& name) { return std::ranges::find(used, name) == used.end(); };
  std::erase_if(file->inputs, [&](const LockedInput& input) { return is_unused(input.name); });
  std::erase_if(file->skipped, [&](const auto& entry) { return is_unused(entry.first); });
  return file;
}

/// Fetches what the workshop lacks; what could not be had becomes a note.
Status fetch_missing(const Work& work, const std::vector<LockedInput>& inputs, Workshop& workshop, Contents& have, PreparedInputs& result) {
  std::set<std::string> tried;
  for (const LockedInput& input : inputs) {
    const std::string expression = input.expression();
    if (have.contains(expression) || !tried.insert(expression).second) continue;
    const Result<fs::path> attempt = workshop.begin_attempt();
    if (!attempt) return fail(attempt.error());
    Status fetched = fetch_input(work.facilities, work.request, input, *attempt, work.cancel);
    if (fetched) {
      if (Status kept = workshop.keep_attempt(); !kept) return kept;
      have.insert(expression);
      continue;
    }
    if (fetched.error().code() == ErrorCode::cancelled) return fetched;
    result.complete = false;
    result.notes.push_back(note_for(input.name, input.location(), fetched.error().message()));
    if (Status dropped = workshop.drop_attempt(); !dropped) return dropped;
  }
  return {};
}

/// Names the prepared set that holds everything in `have`.
Status point_to(const fs::path& directory, PreparedInputs& result) {
  Result<std::vector<std::string>> entries = store_entries(directory / "nix");
  if (!entries) return fail(entries.error());
  result.nix = directory / "nix";
  result.store_entries = std::move(*entries);
  return {};
}

Status prepare(const Work& work, const std::vector<LockedInput>& inputs, const InputsCache& cache, PreparedInputs& result) {
  std::set<std::string> expressions;
  for (const LockedInput& input : inputs) expressions.insert(input.expression());
  const Contents wanted(work.request.nix_version, std::move(expressions));
  if (const std::optional<fs::path> ready = cache.find(wanted)) return point_to(*ready, result);

  if (Status room = cache.make_room(); !room) return room;
  auto [seed, have] = cache.largest_part_of(wanted);
  Result<Workshop> workshop = Workshop::open(cache, seed);
  if (!workshop) return fail(workshop.error());
  const std::size_t before = have.expressions().size();
  if (Status fetched = fetch_missing(work, inputs, *workshop, have, result); !fetched) return fetched;
  if (have.expressions().empty()) return {};
  if (have.expressions().size() == before) {
    InputsCache::note_use(seed);
    return point_to(seed, result);
  }
  const Result<fs::path> published = cache.publish(workshop->current(), have);
  if (!published) return fail(published.error());
  return point_to(*published, result);
}

}  // namespace

Result<PreparedInputs> prepare_inputs(const Facilities& facilities, const InputsRequest& request, const CancelToken& cancel) {
  PreparedInputs result;
  const Result<LockFile> needed = inputs_needed(request.tree);
  if (!needed) {
    result.notes.push_back(fmt::format("no input of flake.lock is prepared: {}", needed.error().to_string()));
    return result;
  }
  for (const auto& [name, reason] : needed->skipped) result.notes.push_back(note_for(name, "", reason));
  if (needed->inputs.empty()) return result;
  const Result<InputsCache> cache = InputsCache::open(request.cache, cancel);
  if (!cache) return fail(cache.error(), "preparing the inputs of flake.lock");
  if (Status prepared = prepare({facilities, request, cancel}, needed->inputs, *cache, result); !prepared) {
    return fail(prepared.error(), "preparing the inputs of flake.lock");
  }
  return result;
}

Status copy_input_records(const PreparedInputs& inputs, const fs::path& nix) {
  if (inputs.nix.empty()) return {};
  return copy_directory(inputs.nix / "var", nix / "var", FileCopy::bytes);
}

Status copy_input_store(const PreparedInputs& inputs, const fs::path& nix) {
  if (Status made = make_directory(nix / "store"); !made) return made;
  for (const std::string& entry : inputs.store_entries) {
    if (Status copied = copy_entry(inputs.nix / "store" / entry, nix / "store" / entry, FileCopy::bytes); !copied) return copied;
  }
  return {};
}

std::vector<StoredInputs> stored_inputs(const fs::path& cache) {
  std::vector<StoredInputs> stored;
  std::error_code missing;
  if (!fs::exists(cache / "lock", missing)) return stored;
  const Result<FileLock> lock = FileLock::try_acquire(cache / "lock");
  if (!lock) return stored;
  const fs::file_time_type oldest_lease = fs::file_time_type::clock::now() - kLease;
  for (const StoredSet& set : InputsCache::sets_in(cache)) {
    stored.push_back(
        {.name = set.directory.filename().string(), .directory = set.directory, .used = set.used, .is_leased = set.used > oldest_lease});
  }
  return stored;
}

bool remove_stored_inputs(const fs::path& cache, const std::string& name) {
  const Result<FileLock> lock = FileLock::try_acquire(cache / "lock");
  if (!lock) return false;
  for (const StoredSet& set : InputsCache::sets_in(cache)) {
    if (set.directory.filename() != name) continue;
    if (set.used > fs::file_time_type::clock::now() - kLease) return false;
    InputsCache::discard(set.directory);
    return true;
  }
  return true;
}

}  // namespace ekaci::nix
