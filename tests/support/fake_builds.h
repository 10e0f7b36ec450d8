#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "drv/derivation.h"
#include "engine/build_ports.h"
#include "engine/ports.h"

/// Stand-ins for what building needs of the world: in memory, safe to use from several threads, and honest to the contracts of
/// engine/build_ports.h.
namespace ekaci::fake {

/// A path whose hash follows from its name.
inline StorePath store_path(std::string_view name) {
  StoreHash hash{};
  const Sha256 digest = sha256(name);
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return StorePath::from_parts(hash, std::string(name)).value();
}

/// Real derivations by name, each with the output `out`.
class Recipes final : public engine::DerivationReader {
 public:
  /// Inputs are names of earlier ones, sources names of files.
  StorePath add(const std::string& name, const std::vector<std::string>& inputs, const std::vector<std::string>& sources = {}) {
    drv::Derivation derivation{.outputs = {{.name = "out", .address = drv::InputAddressedOutput{store_path(name)}}},
                               .system = "x86_64-linux",
                               .builder = "/bin/sh"};
    std::vector<StorePath> below;
    for (const std::string& input : inputs) {
      below.push_back(path(input));
      derivation.input_derivations.push_back({.path = path(input), .outputs = {"out"}});
    }
    for (const std::string& source : sources) derivation.input_sources.push_back(store_path(source));
    std::ranges::sort(derivation.input_derivations, {}, [](const drv::InputDerivation& input) { return input.path.to_string(); });
    std::ranges::sort(derivation.input_sources, {}, &StorePath::to_string);
    records_.emplace(path(name), DerivationRecord{path(name), below, drv::print(derivation)});
    return path(name);
  }
  static StorePath path(const std::string& name) { return store_path(name + ".drv"); }

  Status read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) override {
    for (const StorePath& root : roots) {
      if (known(root)) continue;
      const auto found = records_.find(root);
      if (found == records_.end()) return fail(ErrorCode::not_found, "no derivation {}", root.to_string());
      sink(found->second);
    }
    return {};
  }

 private:
  std::map<StorePath, DerivationRecord> records_{};
};

/// A store that builds at once, by what it is told of each name.
class Store final : public engine::BuildStore {
 public:
  std::map<std::string, AttemptResult> results{};      ///< by the output's name; built where it says nothing
  std::set<std::string> throws{};                      ///< a defect of ours
  std::set<std::string> differs{};                     ///< comes out otherwise each time
  std::function<void(const std::string&)> on_begin{};  ///< told the output's name of each build that begins, on its thread
  std::atomic<bool> hangs = false;                     ///< builds end only when they are stopped
  std::atomic<bool> lost = false;                      ///< path_infos() fails
  std::atomic<bool> cannot_keep = false;               ///< keep() fails

  [[nodiscard]] engine::BuilderDescription description() const override {
    return {.name = "fake",
            .systems = {"x86_64-linux"},
            .slots = 2,
            .assurance = {.sandbox = BuildSandbox::full, .trust = BuildTrust::trusted}};
  }
  Result<std::unique_ptr<engine::BuilderConnection>> connect() override { return std::make_unique<Connection>(*this); }
  Result<std::vector<StorePath>> valid_paths(std::span<const StorePath> paths) override {
    const std::scoped_lock lock(mutex_);
    std::vector<StorePath> found;
    for (const StorePath& path : paths) {
      if (valid_.contains(path)) found.push_back(path);
    }
    return found;
  }
  Result<std::vector<StorePath>> substitutable_paths(std::span<const StorePath> /*paths*/) override { return std::vector<StorePath>(); }
  Result<std::vector<PathInfo>> path_infos(std::span<const StorePath> paths) override {
    if (lost) return fail(ErrorCode::unavailable, "the store is gone");
    const std::scoped_lock lock(mutex_);
    std::vector<PathInfo> found;
    for (const StorePath& path : paths) {
      ++asked_[path];
      if (const auto info = infos_.find(path); info != infos_.end() && valid_.contains(path)) found.push_back(info->second);
    }
    return found;
  }
  Status keep(std::span<const StorePath> paths) override {
    if (cannot_keep) return fail(ErrorCode::unavailable, "the store is gone");
    const std::scoped_lock lock(mutex_);
    kept_.insert(paths.begin(), paths.end());
    return {};
  }
  Status import_paths(std::string_view /*root*/, std::span<const StorePath> paths, const CancelToken& /*cancel*/) override {
    for (const StorePath& path : paths) make_valid(path);
    return {};
  }

  void make_valid(const StorePath& path) {
    const std::scoped_lock lock(mutex_);
    valid_.insert(path);
  }
  void collect(const StorePath& path) {
    const std::scoped_lock lock(mutex_);
    valid_.erase(path);
  }
  /// Makes a path valid, of which path_infos() says this.
  void make_valid(const PathInfo& info) {
    make_valid(info.path);
    tell(info);
  }
  /// What path_infos() says of a path while it is valid.
  void tell(const PathInfo& info) {
    const std::scoped_lock lock(mutex_);
    infos_.insert_or_assign(info.path, info);
  }
  void collect_garbage() {
    const std::scoped_lock lock(mutex_);
    valid_.clear();
  }
  /// How often path_infos() was asked about a path.
  [[nodiscard]] std::map<StorePath, int> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::set<StorePath> kept() const {
    const std::scoped_lock lock(mutex_);
    return kept_;
  }
  /// Names of outputs in the order in which their builds were begun.
  [[nodiscard]] std::vector<std::string> begun() const {
    const std::scoped_lock lock(mutex_);
    return begun_;
  }

 private:
  class Connection final : public engine::BuilderConnection {
   public:
    explicit Connection(Store& store) : store_(store) {}
    Result<engine::AttemptReport> build(const engine::BuildOrder& order, engine::LogSink& log, const CancelToken& cancel) override {
      return store_.build(order, log, cancel);
    }

   private:
    Store& store_;
  };

  Result<engine::AttemptReport> build(const engine::BuildOrder& order, engine::LogSink& log, const CancelToken& cancel) {
    const StorePath output = order.derivation.outputs.front().path().value();
    {
      const std::scoped_lock lock(mutex_);
      begun_.push_back(output.name());
      for (const StorePath& input : order.inputs) {
        if (!valid_.contains(input)) return engine::AttemptReport{.result = AttemptResult::dependency_unavailable};
      }
    }
    if (on_begin) on_begin(output.name());
    if (throws.contains(output.name())) throw std::runtime_error("a defect");
    log.phase("buildPhase");
    log.write("building " + output.name() + "\n");
    while (hangs) {
      if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
    }
    const auto told = results.find(output.name());
    const AttemptResult result = told == results.end() ? AttemptResult::built : told->second;
    if (outcome_of(result) == OutcomeKind::succeeded) make_valid(output);
    const bool is_compared = order.mode == engine::BuildMode::rebuild && result == AttemptResult::built;
    return engine::AttemptReport{.result = result, .differs_from_store = is_compared && differs.contains(output.name())};
  }

  mutable std::mutex mutex_{};
  std::set<StorePath> valid_{};
  std::map<StorePath, PathInfo> infos_{};
  std::map<StorePath, int> asked_{};
  std::set<StorePath> kept_{};
  std::vector<std::string> begun_{};
};

/// Remembers attempts as SQLite does.
class BuildMemory final : public engine::BuildMemory {
 public:
  Result<std::vector<Outcome>> find_outcomes(std::span<const StorePath> derivations, const Assurance& wanted) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Outcome> outcomes;
    for (const StorePath& derivation : derivations) {
      Outcome outcome;
      for (const engine::KeptAttempt& kept : attempts_[derivation]) {
        ++outcome.attempts;
        const OutcomeKind kind = outcome_of(kept.attempt.result);
        const bool lasts = kind == OutcomeKind::succeeded || kind == OutcomeKind::failed || kind == OutcomeKind::timed_out;
        if (!lasts || !kept.attempt.assurance.covers(wanted)) continue;
        outcome.kind = kind;
        outcome.assurance = kept.attempt.assurance;
      }
      outcomes.push_back(outcome);
    }
    return outcomes;
  }
  Status store_attempts(std::span<const engine::KeptAttempt> attempts) override {
    const std::scoped_lock lock(mutex_);
    for (const engine::KeptAttempt& kept : attempts) attempts_[kept.attempt.derivation].push_back(kept);
    return {};
  }
  Result<std::vector<engine::KeptAttempt>> attempts_of(const StorePath& derivation) override {
    const std::scoped_lock lock(mutex_);
    std::vector<engine::KeptAttempt> newest_first = attempts_[derivation];
    std::ranges::reverse(newest_first);
    return newest_first;
  }
  Result<std::vector<std::optional<engine::BuildTime>>> build_times(std::span<const StorePath> derivations) override {
    const std::scoped_lock lock(mutex_);
    std::vector<std::optional<engine::BuildTime>> times;
    for (const StorePath& derivation : derivations) times.push_back(own_time(derivation));
    return times;
  }
  Status store_path_infos(std::span<const PathInfo> infos) override {
    const std::scoped_lock lock(mutex_);
    if (broken) return fail(ErrorCode::io, "the memory is broken");
    for (const PathInfo& info : infos) {
      infos_.insert_or_assign(info.path, info);
      ++stored_infos;
    }
    return {};
  }
  Result<std::vector<PathInfo>> find_path_infos(std::span<const StorePath> paths) override {
    const std::scoped_lock lock(mutex_);
    if (broken) return fail(ErrorCode::io, "the memory is broken");
    std::vector<PathInfo> found;
    for (const StorePath& path : paths) {
      if (const auto info = infos_.find(path); info != infos_.end()) found.push_back(info->second);
    }
    return found;
  }

  std::atomic<bool> broken = false;           ///< as far as path infos are concerned
  std::atomic<std::size_t> stored_infos = 0;  ///< how often one was stored

 private:
  std::optional<engine::BuildTime> own_time(const StorePath& derivation) {
    std::optional<engine::BuildTime> time;
    for (const auto& [attempt, log] : attempts_[derivation]) {
      if (attempt.result != AttemptResult::built) continue;
      const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(attempt.end - attempt.start);
      time = engine::BuildTime{.duration = duration, .is_its_own = true};
    }
    return time;
  }

  std::mutex mutex_{};
  std::map<StorePath, std::vector<engine::KeptAttempt>> attempts_{};
  std::map<StorePath, PathInfo> infos_{};
};

/// Counts lines, and keeps the last phase.
class LogArchive final : public engine::LogArchive {
 public:
  Result<std::unique_ptr<engine::LogWriter>> begin(const StorePath& derivation) override {
    return std::make_unique<Writer>(derivation.name());
  }

 private:
  class Writer final : public engine::LogWriter {
   public:
    explicit Writer(std::string name) { summary_.name = std::move(name); }
    void write(std::string_view bytes) override {
      summary_.bytes += bytes.size();
      summary_.lines += static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
    }
    void phase(std::string_view name) override { summary_.phase = name; }
    void idle() override {}
    engine::LogSummary finish(Status& /*kept*/) override { return summary_; }

   private:
    engine::LogSummary summary_{};
  };
};

}  // namespace ekaci::fake
