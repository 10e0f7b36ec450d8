#include "app/shelves.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "git/private_directory.h"
#include "git/tree_store.h"
#include "logs/log_archive.h"
#include "nix/inputs.h"
#include "retention/space.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

using retention::Item;
using retention::Kind;
using retention::Stock;

constexpr std::chrono::seconds kLongestWait{10};

Clock::Wall wall_of(fs::file_time_type time) {
  return std::chrono::time_point_cast<Clock::Wall::duration>(std::chrono::file_clock::to_sys(time));
}

std::vector<std::string> names_of(std::span<const Item> items) {
  std::vector<std::string> names(items.size());
  std::ranges::transform(items, names.begin(), &Item::name);
  return names;
}

class TreeShelf final : public retention::Shelf {
 public:
  explicit TreeShelf(fs::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] Kind kind() const override { return Kind::trees; }
  Result<Stock> list(std::size_t /*most*/) override {
    const auto trees = git::stored_trees(directory_);
    if (!trees) return fail(trees.error());
    Stock stock{.kind = kind()};
    for (const git::StoredTree& tree : *trees) {
      stock.items.push_back({.name = tree.name,
                             .used = wall_of(tree.used),
                             .bytes = retention::bytes_below(directory_ / tree.name),
                             .in_use = tree.is_leased});
    }
    return stock;
  }
  Result<std::vector<bool>> drop(std::span<const Item> items) override {
    std::vector<bool> gone;
    for (const Item& item : items) {
      const Result<bool> removed = git::remove_stored_tree(directory_, item.name);
      if (!removed) return fail(removed.error());
      gone.push_back(*removed);
    }
    return gone;
  }

 private:
  fs::path directory_;
};

class InputShelf final : public retention::Shelf {
 public:
  explicit InputShelf(fs::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] Kind kind() const override { return Kind::inputs; }
  Result<Stock> list(std::size_t /*most*/) override {
    Stock stock{.kind = kind()};
    for (const nix::StoredInputs& set : nix::stored_inputs(directory_)) {
      stock.items.push_back(
          {.name = set.name, .used = wall_of(set.used), .bytes = retention::bytes_below(set.directory), .in_use = set.is_leased});
    }
    return stock;
  }
  Result<std::vector<bool>> drop(std::span<const Item> items) override {
    std::vector<bool> gone;
    for (const Item& item : items) gone.push_back(nix::remove_stored_inputs(directory_, item.name));
    return gone;
  }

 private:
  fs::path directory_;
};

/// The mirror of a repository that the App was taken out of: a directory named by the repository's number.
class MirrorShelf final : public retention::Shelf {
 public:
  MirrorShelf(fs::path directory, db::KeptRows& rows) : directory_(std::move(directory)), rows_(rows) {}
  [[nodiscard]] Kind kind() const override { return Kind::mirrors; }
  Result<Stock> list(std::size_t /*most*/) override {
    const auto installed = rows_.repositories();
    if (!installed) return fail(installed.error());
    Stock stock{.kind = kind()};
    std::error_code missing;
    for (fs::directory_iterator it(directory_, missing), end; !missing && it != end; it.increment(missing)) {
      const std::optional<std::int64_t> number = number_of(it->path());
      if (!number) continue;
      const bool is_installed = installed->contains(*number);
      // How large one in use is matters to nobody here, and it has many files.
      const std::uint64_t bytes = is_installed ? 0 : retention::bytes_below(it->path());
      stock.items.push_back(
          {.name = it->path().filename().string(), .used = last_fetch(it->path()), .bytes = bytes, .in_use = is_installed});
    }
    return stock;
  }
  Result<std::vector<bool>> drop(std::span<const Item> items) override {
    const auto installed = rows_.repositories();
    if (!installed) return fail(installed.error());
    std::vector<bool> gone;
    for (const Item& item : items) {
      const std::optional<std::int64_t> number = number_of(item.name);
      gone.push_back(number && !installed->contains(*number) && remove_tree(directory_ / item.name));
    }
    return gone;
  }

 private:
  static std::optional<std::int64_t> number_of(const fs::path& path) {
    const std::string name = path.filename().string();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
  }
  /// Fetching makes new files in these.
  static Clock::Wall last_fetch(const fs::path& mirror) {
    Clock::Wall last = Clock::Wall::min();
    for (const char* part : {"", "objects", "objects/pack", "refs", "refs/remote", "packed-refs"}) {
      std::error_code missing;
      const auto time = fs::last_write_time(mirror / part, missing);
      if (!missing) last = std::max(last, wall_of(time));
    }
    return last;
  }

  fs::path directory_;
  db::KeptRows& rows_;
};

class LogShelf final : public retention::Shelf {
 public:
  LogShelf(fs::path directory, db::KeptRows& rows) : directory_(std::move(directory)), rows_(rows) {}
  [[nodiscard]] Kind kind() const override { return Kind::logs; }
  Result<Stock> list(std::size_t most) override {
    logs::StoredLogs stored = logs::oldest_logs(directory_, most);
    Stock stock{.kind = kind(), .is_complete = stored.is_complete};
    for (logs::StoredLog& log : stored.logs) {
      stock.items.push_back(
          {.name = std::move(log.name), .used = wall_of(log.written), .bytes = log.bytes, .in_use = log.is_being_written});
    }
    return stock;
  }
  Result<std::vector<bool>> drop(std::span<const Item> items) override {
    // First nobody names them any more: a row without a log is a row, a name without a file is a promise.
    if (const Status forgotten = rows_.forget_logs(names_of(items)); !forgotten) return fail(forgotten.error());
    std::vector<bool> gone;
    for (const Item& item : items) gone.push_back(logs::remove_log(directory_, item.name));
    return gone;
  }

 private:
  fs::path directory_;
  db::KeptRows& rows_;
};

/// Rows, named by their numbers.
class RowShelf : public retention::Shelf {
 public:
  Result<Stock> list(std::size_t most) final {
    const Result<db::KeptRowList> found = rows(most);
    if (!found) return fail(found.error());
    Stock stock{.kind = kind(), .is_complete = found->is_complete};
    for (const db::KeptRow& row : found->rows) {
      // The numbers' order is that of the names, too.
      stock.items.push_back({.name = fmt::format("{:020}", row.id), .used = row.used, .bytes = row.bytes, .in_use = row.in_use});
    }
    return stock;
  }
  Result<std::vector<bool>> drop(std::span<const Item> items) final {
    std::vector<std::int64_t> ids(items.size());
    std::ranges::transform(items, ids.begin(), [](const Item& item) { return id_of(item.name); });
    if (const Status forgotten = forget(ids); !forgotten) return fail(forgotten.error());
    return std::vector<bool>(items.size(), true);
  }

 protected:
  virtual Result<db::KeptRowList> rows(std::size_t most) = 0;
  virtual Status forget(std::span<const std::int64_t> ids) = 0;

 private:
  static std::int64_t id_of(std::string_view name) {
    std::int64_t id = 0;
    std::from_chars(name.data(), name.data() + name.size(), id);
    return id;
  }
};

class AttemptShelf final : public RowShelf {
 public:
  AttemptShelf(db::KeptRows& rows, fs::path logs) : rows_(rows), logs_(std::move(logs)) {}
  [[nodiscard]] Kind kind() const override { return Kind::attempts; }

 protected:
  Result<db::KeptRowList> rows(std::size_t most) override { return rows_.attempts(most); }
  Status forget(std::span<const std::int64_t> ids) override {
    const Result<std::vector<std::string>> logs = rows_.forget_attempts(ids);
    if (!logs) return fail(logs.error());
    // What stays of them, where this ends here, goes by age.
    for (const std::string& log : *logs) logs::remove_log(logs_, log);
    return {};
  }

 private:
  db::KeptRows& rows_;
  fs::path logs_;
};

class EvaluationShelf final : public RowShelf {
 public:
  EvaluationShelf(db::KeptRows& rows, fs::path directory) : rows_(rows), directory_(std::move(directory)) {}
  [[nodiscard]] Kind kind() const override { return Kind::evaluations; }
  Status finish(const CancelToken& cancel) override {
    if (!has_forgotten_) return {};
    // A review reads derivations until its end, also of an evaluation that was forgotten meanwhile: then they go the next time.
    const auto is_reviewing = [this] { return git::has_private_directories(directory_); };
    if (is_reviewing()) return {};
    if (Status forgotten = rows_.forget_derivations(is_reviewing, cancel); !forgotten) return forgotten;
    has_forgotten_ = is_reviewing();
    return {};
  }

 protected:
  Result<db::KeptRowList> rows(std::size_t most) override { return rows_.evaluations(most); }
  Status forget(std::span<const std::int64_t> ids) override {
    has_forgotten_ = true;
    return rows_.forget_evaluations(ids);
  }

 private:
  db::KeptRows& rows_;
  fs::path directory_;
  bool has_forgotten_ = false;  ///< and their derivations may be there still
};

/// Many and tiny, so that one item stands for a range of them.
class SizeShelf final : public retention::Shelf {
 public:
  SizeShelf(db::KeptRows& rows, const Clock& clock) : rows_(rows), clock_(clock) {}
  [[nodiscard]] Kind kind() const override { return Kind::sizes; }
  Result<Stock> list(std::size_t most) override {
    const Result<db::KeptPathList> found = rows_.paths(most, clock_.wall());
    if (!found) return fail(found.error());
    Stock stock{.kind = kind(), .is_complete = found->is_complete};
    for (const db::KeptPaths& paths : found->ranges) {
      stock.items.push_back({.name = name_of(paths.range), .used = paths.used, .bytes = paths.bytes, .count = paths.count});
    }
    return stock;
  }
  Result<std::vector<bool>> drop(std::span<const Item> items) override {
    std::vector<bool> gone;
    for (const Item& item : items) {
      const Result<std::uint64_t> forgotten = rows_.forget_paths(range_of(item.name));
      if (!forgotten) return fail(forgotten.error());
      gone.push_back(*forgotten > 0);
    }
    return gone;
  }

 private:
  static std::string name_of(const db::PathRange& range) { return fmt::format("{:010} {:020} {:020}", range.day, range.first, range.last); }
  static db::PathRange range_of(std::string_view name) {
    db::PathRange range;
    for (std::int64_t* number : {&range.day, &range.first, &range.last}) {
      name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), *number);
      name.remove_prefix(static_cast<std::size_t>(end - name.data()));
    }
    return range;
  }

  db::KeptRows& rows_;
  const Clock& clock_;
};

/// The last one: it gives back what all rows have left.
class ReviewShelf final : public RowShelf {
 public:
  explicit ReviewShelf(db::KeptRows& rows) : rows_(rows) {}
  [[nodiscard]] Kind kind() const override { return Kind::reviews; }
  Status finish(const CancelToken& cancel) override { return rows_.give_back_space(cancel); }

 protected:
  Result<db::KeptRowList> rows(std::size_t most) override { return rows_.reviews(most); }
  Status forget(std::span<const std::int64_t> ids) override { return rows_.forget_reviews(ids); }

 private:
  db::KeptRows& rows_;
};

}  // namespace

Result<std::unique_ptr<Shelves>> Shelves::open(const fs::path& directory, const Clock& clock) {
  auto rows = db::KeptRows::open(directory / "ekaci.db", kLongestWait);
  if (!rows) return fail(rows.error());
  return std::unique_ptr<Shelves>(new Shelves(directory, std::move(*rows), clock));
}

Shelves::Shelves(fs::path directory, std::unique_ptr<db::KeptRows> rows, const Clock& clock)
    : directory_(std::move(directory)), rows_(std::move(rows)), clock_(clock) {
  shelves_.push_back(std::make_unique<TreeShelf>(directory_ / "trees"));
  shelves_.push_back(std::make_unique<InputShelf>(directory_ / "inputs"));
  shelves_.push_back(std::make_unique<MirrorShelf>(directory_ / "mirrors", *rows_));
  shelves_.push_back(std::make_unique<LogShelf>(directory_ / "logs", *rows_));
  shelves_.push_back(std::make_unique<AttemptShelf>(*rows_, directory_ / "logs"));
  shelves_.push_back(std::make_unique<EvaluationShelf>(*rows_, directory_));
  shelves_.push_back(std::make_unique<SizeShelf>(*rows_, clock_));
  shelves_.push_back(std::make_unique<ReviewShelf>(*rows_));
}

retention::SweepWorld Shelves::world() {
  retention::SweepWorld world{.measure = [this] { return measure(); }, .clock = clock_};
  for (const auto& shelf : shelves_) world.shelves.push_back(shelf.get());
  return world;
}

Result<retention::Room> Shelves::measure() {
  const auto free = retention::free_space(directory_);
  if (!free) return fail(free.error());
  // What the database has room for inside takes no more of the disk when it is used.
  const auto unused = rows_->unused_bytes();
  if (!unused) return fail(unused.error());
  const std::uint64_t taken = retention::bytes_below(directory_);
  return retention::Room{.taken = taken - std::min(taken, *unused), .free = *free};
}

retention::Rules retention_rules(const config::RetentionSettings& settings) {
  return {.ages = {{Kind::trees, settings.trees},
                   {Kind::inputs, settings.trees},
                   {Kind::mirrors, settings.trees},
                   {Kind::logs, settings.logs},
                   {Kind::attempts, settings.attempts},
                   {Kind::sizes, settings.attempts},
                   {Kind::reviews, settings.reviews}},
          .disk = settings.disk,
          .keep_free = settings.keep_free};
}

}  // namespace ekaci::app
