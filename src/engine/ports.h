#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/evaluation.h"
#include "model/job.h"
#include "model/object_id.h"
#include "model/review.h"

/// What the engine needs of the world. Adapters (git/, nix/, db/) implement these; tests have fakes of them in tests/support.
/// Every call may block and is made from a pool thread, never from the engine's; implementations are safe to call from several
/// threads at once unless a line says otherwise.
namespace ekaci::engine {

/// A tree of a repository as files on disk. Its life is the lease: while one lives, the cleaner leaves the files alone.
class MaterialisedTree {
 public:
  virtual ~MaterialisedTree() = default;
  /// A directory whose content is exactly the git tree, read-only to its users.
  [[nodiscard]] virtual const std::filesystem::path& path() const = 0;
};

/// Merging gave a tree.
struct MergedTree {
  TreeId tree;
  CommitId merge_base;
};

/// Merging stopped at these files.
struct MergeConflict {
  std::vector<ConflictingFile> files;
};

using MergeResult = std::variant<MergedTree, MergeConflict>;

/// What differs between two trees.
struct ChangedPaths {
  std::vector<std::string> paths{};  ///< sorted; hostile text
  bool only_files = true;            ///< none of them is a symlink or a submodule on either side
};

/// How much of a change's text is read. Where a bound is reached, what comes behind it in the order of paths is left out.
struct LineLimits {
  std::size_t files = 2000;                            ///< that differ
  std::uint64_t file_bytes = std::uint64_t{2} << 20U;  ///< files that are larger on either side are left out
  std::size_t lines = 10'000;                          ///< of all files
  std::size_t text_bytes = std::size_t{2} << 20U;      ///< of all lines together
};

/// A git repository that is read and never written: what merging creates goes to a private object directory.
class Repository {
 public:
  virtual ~Repository() = default;

  /// The commit that a revision names. not_found where it names none; the message says what to do for a shallow clone.
  virtual Result<CommitId> resolve(std::string_view revision) = 0;
  /// What to compare with when the user does not say: the upstream default branch (`origin/HEAD`, else `origin/main`,
  /// `origin/master`, else `main`, `master`), as a revision.
  virtual Result<std::string> default_base() = 0;
  virtual Result<TreeId> tree_of(const CommitId& commit) = 0;
  /// What merging `head` into `base` gives (`git merge-tree --write-tree`). Unrelated histories are an error.
  virtual Result<MergeResult> merge(const CommitId& base, const CommitId& head, const CancelToken& cancel) = 0;
  /// A file's content in a tree; nullopt where there is none. Symlinks are not followed: one is an error of invalid_argument.
  virtual Result<std::optional<std::string>> read_file(const TreeId& tree, std::string_view path, std::uint64_t limit) = 0;
  /// Paths that differ between two trees, at most `limit` of them.
  virtual Result<ChangedPaths> changed_paths(const TreeId& base, const TreeId& head, std::size_t limit) = 0;
  /// The lines that head's files have and base's have not, sorted by path and line, within the limits. A file that moved is a new
  /// file; what is binary, a symlink or a submodule has no lines. not_found where an object is missing, as in a partial clone.
  virtual Result<std::vector<ChangedLine>> changed_lines(const TreeId& base, const TreeId& head, const LineLimits& limits,
                                                         const CancelToken& cancel) = 0;
  /// The tree as files. Shared by all reviews of this cache.
  virtual Result<std::shared_ptr<const MaterialisedTree>> materialise(const TreeId& tree, const CancelToken& cancel) = 0;
};

/// Hands out derivations with everything below them.
class DerivationReader {
 public:
  using Known = std::function<bool(const StorePath&)>;
  using Sink = std::function<void(DerivationRecord)>;

  virtual ~DerivationReader() = default;
  /// Calls `sink` once for each derivation in the closure of `roots` that is not `known` (nor below a known one), every input
  /// before its users. Fails with not_found or corrupt, naming the path, where one cannot be had.
  virtual Status read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) = 0;
};

/// How much one evaluation may take.
struct EvaluationLimits {
  std::uint32_t workers = 1;
  std::uint64_t worker_memory = std::uint64_t{4} << 30U;     ///< bytes for each worker
  std::chrono::seconds attribute_time{300};                  ///< for one attribute
  std::chrono::seconds total_time{3600};                     ///< for the whole evaluation
  std::uint64_t attribute_output = std::uint64_t{8} << 20U;  ///< bytes that evaluating one attribute may print
};

/// Attributes that are evaluated before all others, because the change is likely to be about them. An order only: whatever is
/// here, every attribute is evaluated once.
struct Foremost {
  std::set<std::string> names{};    ///< attributes with one of these names, in any set
  std::set<AttributePath> paths{};  ///< and these
};

/// What is to be evaluated.
struct EvaluationRequest {
  TreeId tree;
  std::shared_ptr<const MaterialisedTree> files;  ///< the tree's; never null
  Job job;
  System system;
  EvaluationLimits limits;
  Foremost foremost{};
  /// Where there are any, derivations with these paths are asked for their tests, and nothing else is evaluated: the attribute `tests`
  /// of each, with what is below it where it is a set, and there only what `recurseForDerivations` says. Tests of tests are none.
  std::set<AttributePath> tests_of{};
  /// Of what changes are compared with, and not of a change: other reviews are likely to want the same.
  bool is_base = false;
};

/// Hears of an evaluation while it runs; called from the thread that runs evaluate().
class EvaluationListener {
 public:
  virtual ~EvaluationListener() = default;
  /// Called once, before anything is found: what is told of from here on is written where `derivations` reads it, also while the
  /// evaluation runs, and files that are built from are in `<store_root>/nix/store`, for as long as `derivations` lives.
  virtual void opened(std::shared_ptr<DerivationReader> derivations, std::filesystem::path store_root) = 0;
  /// Attributes known to exist, finished, and in error so far.
  virtual void progress(std::uint64_t known, std::uint64_t done, std::uint64_t errors) = 0;
  /// What came of one of the foremost attributes, as soon as it is known; a derivation's name and outputs are not known yet.
  virtual void found(Attribute foremost) = 0;
};

/// A finished evaluation, and the derivations it wrote. The scratch store is given up with the last reader.
struct EvaluationOutcome {
  std::shared_ptr<const Evaluation> evaluation = std::make_shared<const Evaluation>();  ///< never null
  std::shared_ptr<DerivationReader> derivations{};
};

class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// Which evaluator this is and how it will be run for a job. unavailable where there is no usable Nix or sandbox.
  virtual Result<EvaluatorIdentity> identity(const Job& job) = 0;
  /// The machine's own system, as the evaluator names it.
  virtual Result<System> native_system() = 0;
  /// Evaluates every attribute. One attribute's failure is that attribute's result; an error of the whole is returned only
  /// where nothing can be said of any (the sandbox cannot be made, the disk is full, cancelled).
  virtual Result<EvaluationOutcome> evaluate(const EvaluationRequest& request, EvaluationListener& listener, const CancelToken& cancel) = 0;
};

/// A text that claims to be a repository's configuration, made into one.
class ConfigurationParser {
 public:
  virtual ~ConfigurationParser() = default;
  /// `file` names it in messages: `<file>:<line>:<column>: …`.
  virtual Result<RepositoryConfiguration> parse(std::string_view text, std::string_view file) = 0;
};

/// What is remembered across reviews and repositories.
class Database : public DerivationReader {
 public:
  virtual Result<std::optional<Evaluation>> find_evaluation(const EvaluationKey& key) = 0;
  /// Stores derivations and evaluation together: after a crash either both are there or neither. The derivations not given must
  /// be stored already.
  virtual Status store_evaluation(const EvaluationKey& key, const Evaluation& evaluation,
                                  std::span<const DerivationRecord> derivations) = 0;
  /// Stores derivations without an evaluation that needs them; they may be forgotten when room is wanted. The derivations not
  /// given must be stored already.
  virtual Status store_derivations(std::span<const DerivationRecord> derivations) = 0;
  /// Whether a derivation's bytes are stored.
  virtual Result<bool> has_derivation(const StorePath& path) = 0;
};

/// A review that was made, in a line.
struct ReviewSummary {
  std::uint64_t id = 0;      ///< given by the archive
  std::string repository{};  ///< the directory of the repository, absolute and without symlinks
  std::string base_name{};
  std::string head_name{};
  CommitId base;
  CommitId head;
  Decision decision = Decision::cannot_tell;
  Clock::Wall made{};
  friend bool operator==(const ReviewSummary&, const ReviewSummary&) = default;
};

/// A review that was made, with its report.
struct ArchivedReview {
  ReviewSummary summary;
  std::string report;  ///< the bytes that were stored
  friend bool operator==(const ArchivedReview&, const ArchivedReview&) = default;
};

/// Reviews of the past, so that they can be looked at again without being made again. Bounded: the oldest are forgotten.
class ReviewArchive {
 public:
  virtual ~ReviewArchive() = default;
  /// The new review's id, above all earlier ones; `summary.id` is not looked at. `report` is kept as it is.
  virtual Result<std::uint64_t> store_review(const ReviewSummary& summary, std::string_view report) = 0;
  /// The repository's reviews, newest first, at most `limit` of them.
  virtual Result<std::vector<ReviewSummary>> list_reviews(std::string_view repository, std::size_t limit) = 0;
  /// nullopt where there is none with this id, or no more.
  virtual Result<std::optional<ArchivedReview>> find_review(std::uint64_t id) = 0;
};

}  // namespace ekaci::engine
