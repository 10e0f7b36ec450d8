#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "engine/ports.h"

/// Stand-ins for the outside world of a review: all in memory, deterministic, and honest to the contracts of engine/ports.h.
/// Unit tests and simulation use them alike.
namespace ekaci::fake {

/// A git object name made from any text.
template <class Id>
Id object_id(std::string_view text) {
  return Id::parse(to_hex(sha256(text)).substr(0, 40)).value();
}

/// A derivation's path made from a name and what it depends on, so that a change below changes it.
inline StorePath derivation_path(std::string_view name, const std::vector<StorePath>& inputs) {
  std::string text(name);
  for (const StorePath& input : inputs) text += input.to_string();
  StoreHash hash{};
  const Sha256 digest = sha256(text);
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return StorePath::from_parts(hash, std::string(name) + ".drv").value();
}

class Tree final : public engine::MaterialisedTree {
 public:
  explicit Tree(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] const std::filesystem::path& path() const override { return path_; }

 private:
  std::filesystem::path path_;
};

/// A repository whose revisions are names of trees. Merging gives head's tree, or what `conflicts` says.
class Repository final : public engine::Repository {
 public:
  std::map<std::string, std::string> configurations{};  ///< by revision
  std::vector<ConflictingFile> conflicts{};
  std::set<std::string> revisions{"main", "topic"};
  std::vector<std::string> changed_files{"default.nix"};  ///< between any two trees that differ
  bool only_files_changed = true;
  std::vector<ChangedLine> added_lines{};  ///< between any two trees that differ

  Result<CommitId> resolve(std::string_view revision) override {
    if (!revisions.contains(std::string(revision))) return fail(ErrorCode::not_found, "no such revision: {}", revision);
    return object_id<CommitId>(revision);
  }
  Result<std::string> default_base() override { return "main"; }
  Result<TreeId> tree_of(const CommitId& commit) override { return tree(name_of(commit)); }
  Result<engine::MergeResult> merge(const CommitId& base, const CommitId& head, const CancelToken& /*cancel*/) override {
    if (!conflicts.empty()) return engine::MergeConflict{conflicts};
    return engine::MergedTree{tree(name_of(head)), base};
  }
  Result<std::optional<std::string>> read_file(const TreeId& tree_id, std::string_view path, std::uint64_t /*limit*/) override {
    for (const auto& [revision, text] : configurations) {
      if (tree(revision) == tree_id && path == ".ekaci/config.json") return text;
    }
    return std::nullopt;
  }
  Result<engine::ChangedPaths> changed_paths(const TreeId& base, const TreeId& head, std::size_t /*limit*/) override {
    if (base == head) return engine::ChangedPaths{};
    return engine::ChangedPaths{.paths = changed_files, .only_files = only_files_changed};
  }
  Result<std::vector<ChangedLine>> changed_lines(const TreeId& base, const TreeId& head, const engine::LineLimits& /*limits*/,
                                                 const CancelToken& /*cancel*/) override {
    return base == head ? std::vector<ChangedLine>() : added_lines;
  }
  Result<std::shared_ptr<const engine::MaterialisedTree>> materialise(const TreeId& tree_id, const CancelToken& /*cancel*/) override {
    return std::make_shared<const Tree>(tree_id.to_string());
  }

  static TreeId tree(std::string_view revision) { return object_id<TreeId>("tree of " + std::string(revision)); }

 private:
  [[nodiscard]] std::string name_of(const CommitId& commit) const {
    for (const std::string& name : revisions) {
      if (object_id<CommitId>(name) == commit) return name;
    }
    return "";
  }
};

/// Derivations with their inputs, by path.
using Derivations = std::map<StorePath, std::vector<StorePath>>;

/// Hands derivations out in post-order, from a map.
class Reader : public engine::DerivationReader {
 public:
  explicit Reader(const Derivations& derivations) : derivations_(derivations) {}
  Status read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) override {
    std::set<StorePath> seen;
    for (const StorePath& root : roots) {
      if (const Status read = visit(root, known, sink, seen); !read) return read;
    }
    return {};
  }

 private:
  Status visit(const StorePath& path, const Known& known, const Sink& sink, std::set<StorePath>& seen) {
    if (known(path) || !seen.insert(path).second) return {};
    const auto found = derivations_.find(path);
    if (found == derivations_.end()) return fail(ErrorCode::not_found, "no derivation {}", path.to_string());
    for (const StorePath& input : found->second) {
      if (const Status read = visit(input, known, sink, seen); !read) return read;
    }
    sink({path, found->second, "Derive(…)"});
    return {};
  }
  const Derivations& derivations_;
};

/// An evaluator that knows each tree's attributes beforehand.
class Evaluator final : public engine::Evaluator {
 public:
  std::map<TreeId, std::vector<Attribute>> attributes{};
  std::map<TreeId, std::vector<Attribute>> tests{};  ///< what is told where tests are asked for
  std::map<TreeId, std::set<AttributePath>> asked_for_tests{};
  Derivations derivations{};
  std::atomic<int> evaluations = 0;
  std::optional<Error> failure{};
  std::optional<Job> last_job{};
  std::function<void(const TreeId&)> before_end{};  ///< called when everything was found, and nothing of it was said but the foremost

  Result<EvaluatorIdentity> identity(const Job& /*job*/) override { return EvaluatorIdentity{"nix (Nix) 2.8.0", "/nix", "none"}; }
  Result<System> native_system() override { return System::parse("x86_64-linux"); }
  Result<engine::EvaluationOutcome> evaluate(const engine::EvaluationRequest& request, engine::EvaluationListener& listener,
                                             const CancelToken& /*cancel*/) override {
    if (failure) return fail(*failure);
    ++evaluations;
    last_job = request.job;
    listener.opened(std::make_shared<Reader>(derivations), {});
    Evaluation evaluation;
    if (!request.tests_of.empty()) asked_for_tests[request.tree] = request.tests_of;
    evaluation.attributes = request.tests_of.empty() ? attributes[request.tree] : tests[request.tree];
    for (const Attribute& attribute : evaluation.attributes) {
      const bool is_foremost =
          request.foremost.paths.contains(attribute.path) || request.foremost.names.contains(attribute.path.to_string());
      if (is_foremost) listener.found(attribute);
    }
    if (before_end) before_end(request.tree);
    listener.progress(evaluation.attributes.size(), evaluation.attributes.size(), 0);
    return engine::EvaluationOutcome{std::make_shared<const Evaluation>(std::move(evaluation)), std::make_shared<Reader>(derivations)};
  }
};

/// A database in memory.
class Database final : public engine::Database {
 public:
  std::map<EvaluationKey, Evaluation> evaluations{};
  Derivations derivations{};
  std::optional<Error> store_failure{};
  std::optional<Error> derivations_failure{};  ///< of derivations that are stored without an evaluation

  Result<std::optional<Evaluation>> find_evaluation(const EvaluationKey& key) override {
    const auto found = evaluations.find(key);
    if (found == evaluations.end()) return std::nullopt;
    return found->second;
  }
  Status store_evaluation(const EvaluationKey& key, const Evaluation& evaluation, std::span<const DerivationRecord> records) override {
    if (store_failure) return fail(*store_failure);
    for (const DerivationRecord& record : records) derivations.try_emplace(record.path, record.input_derivations);
    evaluations.insert_or_assign(key, evaluation);
    return {};
  }
  Status store_derivations(std::span<const DerivationRecord> records) override {
    if (derivations_failure) return fail(*derivations_failure);
    for (const DerivationRecord& record : records) derivations.try_emplace(record.path, record.input_derivations);
    return {};
  }
  Result<bool> has_derivation(const StorePath& path) override { return derivations.contains(path); }
  Status read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) override {
    return Reader(derivations).read_closure(roots, known, sink);
  }
};

/// A configuration parser for texts like `packages:default.nix other:other.nix skip:doc/**`.
class ConfigurationParser final : public engine::ConfigurationParser {
 public:
  Result<RepositoryConfiguration> parse(std::string_view text, std::string_view file) override {
    RepositoryConfiguration configuration;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      const std::string_view item = text.substr(0, end);
      const std::size_t colon = item.find(':');
      if (colon == std::string_view::npos) return fail(ErrorCode::invalid_argument, "{}:1:1: not a job", file);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (item.starts_with("skip:")) {
        configuration.skip.push_back(PathPattern::parse(item.substr(colon + 1)).value());
        continue;
      }
      Job job{.name = std::string(item.substr(0, colon)), .file = std::string(item.substr(colon + 1))};
      job.allow_import_from_derivation = job.file == "ifd.nix";
      job.tests = job.file == "tested.nix";
      if (job.file == "sized.nix") job.size_check = SizeCheck{.max_increase_percent = 10};
      configuration.jobs.push_back(std::move(job));
    }
    return configuration;
  }
};

}  // namespace ekaci::fake
