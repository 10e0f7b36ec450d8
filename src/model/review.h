#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/attribute.h"
#include "model/closure_size.h"
#include "model/evaluation.h"
#include "model/metadata.h"
#include "model/object_id.h"
#include "model/rebuild.h"
#include "model/transition.h"

namespace ekaci {

/// What a change does to one attribute of one job and system. Every attribute has exactly one kind, so counts sum to totals.
enum class ChangeKind {
  unchanged,          ///< the same derivation on both sides, and the same metadata as far as both are known
  added,              ///< a derivation at head where base had none
  removed,            ///< base had a derivation, a refusal or an error; head has nothing to build there
  rebuilt,            ///< another derivation
  metadata_only,      ///< the same derivation, but what it says of itself differs
  newly_erroring,     ///< an evaluation error at head where base had none
  error_fixed,        ///< an error at base; at head a derivation or another value
  still_erroring,     ///< errors on both sides
  newly_refused,      ///< a refusal at head where base had none (and no error at head)
  no_longer_refused,  ///< a refusal at base; at head a derivation or another value
  still_refused,      ///< refused on both sides
  not_a_derivation,   ///< neither side has a derivation, a refusal or an error
};
std::string_view to_string(ChangeKind kind);

/// Whether the kind is worth a line of a report: everything but unchanged, still_* and not_a_derivation.
bool is_change(ChangeKind kind);

/// One attribute, both sides. A side is empty where the attribute is absent there.
struct Change {
  AttributePath path;
  ChangeKind kind = ChangeKind::unchanged;
  std::optional<AttributeResult> base;
  std::optional<AttributeResult> head;
  std::optional<Metadata> base_metadata{};  ///< left out, as head's is, where the attribute is unchanged
  std::optional<Metadata> head_metadata{};
  std::set<MetadataAspect> aspects{};  ///< in what the two differ
  /// The change is about this package itself, and not only about something it is built from: its metadata differs, or it is defined
  /// in a changed file and is not what it was, or a changed file is among its own sources.
  bool direct = false;
  std::optional<std::uint32_t> rebuild{};  ///< where its derivation at head stands in JobReview::rebuilds; empty where it is not new
  std::optional<BuildChange> build{};      ///< where its derivation at head is another than at base, and building was asked for
  std::optional<SizeChange> size{};        ///< where `build` is there, and anything is known of either side's outputs
  std::vector<std::uint32_t> retained{};   ///< where in JobReview::retained what it gained, lost or keeps in another version stands
  friend bool operator==(const Change&, const Change&) = default;
};

/// How one side of a job and system was evaluated.
struct SideSummary {
  std::uint64_t attributes = 0;
  std::uint64_t derivations = 0;  ///< attributes that are derivations
  std::uint64_t refusals = 0;
  std::uint64_t errors = 0;
  std::uint64_t others = 0;             ///< sets and other values; the four sum to `attributes`
  std::uint64_t graph_derivations = 0;  ///< distinct derivations in the closure of them all
  bool reused = false;                  ///< the memo had it; nothing was evaluated
  bool repeatable = true;               ///< as Evaluation::repeatable: false where something was missing that another run may have
  EvaluationCost cost;                  ///< of the evaluation when it was made
  std::vector<std::string> notes;
  friend bool operator==(const SideSummary&, const SideSummary&) = default;
};

/// One job for one system: what changed.
struct JobReview {
  enum class Presence {
    both,
    added,    ///< only head's configuration has the job
    removed,  ///< only base's configuration has it
  };
  std::string job;
  std::string system;
  Presence presence = Presence::both;
  SideSummary base;
  SideSummary head;
  std::map<ChangeKind, std::uint64_t> counts;  ///< every kind; sums to `attributes`
  std::uint64_t rebuild_count = 0;             ///< derivations in head's closure that are not in base's
  std::uint64_t attributes = 0;                ///< of either side, each once; what the counts sum to
  /// In path order: every attribute of either side. Where the review was read from a report, those that are unchanged or no derivation
  /// have neither side, or are left out.
  std::vector<Change> changes;
  std::vector<RebuiltDerivation> rebuilds{};          ///< the ways from changed attributes down to where the change entered
  std::vector<Origin> origins{};                      ///< widest blast radius first
  std::vector<StepDifference> own_differences{};      ///< of the foremost steps that change by themselves as well, by derivation
  std::map<Transition, std::uint64_t> transitions{};  ///< of the changes that have a `build`; empty where nothing was to be built
  std::vector<RetainedDependency> retained{};         ///< most attributes first, then by name; those with most attributes, where many
  std::uint64_t retained_left_out = 0;                ///< how many more there are than `retained` has; Change::retained has none of them
  std::optional<SizeCheck> size_check{};              ///< as base's configuration has it
  friend bool operator==(const JobReview&, const JobReview&) = default;
};

enum class Decision { merge, do_not_merge, wait, cannot_tell };
/// `merge`, `do not merge`, `wait`, `cannot tell`.
std::string_view to_string(Decision decision);

/// One line of the verdict (product.md: *requirement*).
struct Requirement {
  enum class State { met, not_met, pending, unknown };
  /// Stable identifier: `no-conflict`, `evaluates`, `nothing-newly-unevaluable`, `nothing-removed`, `built`,
  /// `nothing-newly-failing`, `sizes-within-bounds`, `configuration-unchanged`; `nothing-to-review`.
  std::string name;
  State state = State::unknown;
  std::string text;  ///< one sentence for a person
  /// What it comes to that someone with write access accepts the commit: a changed configuration and removals are theirs to accept.
  enum class Acceptance {
    of_no_use,  ///< evidence alone decides
    awaited,    ///< it is not met, and would be if someone did
    given,      ///< it is met because someone did
  };
  Acceptance acceptance = Acceptance::of_no_use;
  friend bool operator==(const Requirement&, const Requirement&) = default;
};
std::string_view to_string(Requirement::State state);
std::string_view to_string(Requirement::Acceptance acceptance);

/// The answer (product.md: *verdict*). Fails closed: only `merge` means that nothing stands against merging.
struct Verdict {
  Decision decision = Decision::cannot_tell;
  std::string sentence;
  std::vector<Requirement> requirements;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// A file that could not be merged.
struct ConflictingFile {
  std::string path;     ///< hostile text
  std::string message;  ///< what git says of it, hostile text
  friend bool operator==(const ConflictingFile&, const ConflictingFile&) = default;
};

/// Everything a report is made from.
struct Review {
  static constexpr std::size_t kMaxChangedPaths = 1000;
  std::string base_name;  ///< what the user called it: `origin/main`
  std::string head_name;
  CommitId base;
  CommitId head;
  std::optional<TreeId> base_tree{};
  std::optional<TreeId> merged_tree{};  ///< empty on a conflict
  std::vector<ConflictingFile> conflicts{};
  std::uint64_t changed_files = 0;
  std::vector<std::string> changed_paths{};  ///< files that differ between base and head, sorted, at most kMaxChangedPaths; hostile text
  std::vector<JobReview> jobs{};
  /// Derivations that are new in some job, each once however many jobs share it: no job has more, and all together have no less.
  std::uint64_t rebuild_count = 0;
  Verdict verdict{};
  std::vector<std::string> notes{};
  EvaluatorIdentity evaluator{};
  bool sandboxed = true;
  std::chrono::microseconds wall{0};  ///< from the command to the verdict
  /// From the command to the first change that could be told, where one could before everything was evaluated.
  std::optional<std::chrono::microseconds> first_change{};
  std::optional<BuildSummary> builds{};      ///< empty where building was not asked for
  std::vector<RootFailure> root_failures{};  ///< what keeps head's attributes from succeeding, the worst first
};

}  // namespace ekaci
