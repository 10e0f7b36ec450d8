#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/review.h"

/// What building found, as all reports for people say it. Hostile text where it is not said otherwise; what is given may point into the
/// review.
namespace ekaci::report {

/// Whether a transition is good. What is not known never is.
enum class Standing { failing, unknown, succeeding };
Standing standing_of(Transition transition);

/// All transitions, what a reviewer has to look at first in front.
inline constexpr std::array kTransitionsInOrder = {
    Transition::newly_failing,    Transition::added_failing,    Transition::failing_base_unknown,
    Transition::unknown,          Transition::still_failing,    Transition::newly_succeeding,
    Transition::added_succeeding, Transition::still_succeeding, Transition::succeeding_base_not_built};
/// For a person: `newly failing`, `succeeding, base not built`.
std::string_view transition_in_words(Transition transition);

/// Whether the words for the transition say the kind of change as well: `added and failing`.
bool tells(Transition transition, ChangeKind kind);

/// How many attributes have the transition.
std::uint64_t count_of(const JobReview& job, Transition transition);
std::uint64_t count_of(const std::vector<JobReview>& jobs, Transition transition);
/// Those that some attribute has, in order.
std::vector<Transition> occurring_transitions(const std::vector<JobReview>& jobs);

/// The change's transition where that is not good.
std::optional<Transition> trouble_of(const Change& change);
/// What a list says of an attribute, its trouble in front: `newly failing: 1.0 → 1.1`.
std::string with_trouble(const std::string& detail, const std::optional<Transition>& trouble);

/// `; 87 newly failing; 3 unknown`; empty where there are none. Ours.
std::string troubles_in_words(const std::map<Transition, std::uint64_t>& counts);

/// Attributes whose transition is not good, by their worst one over all jobs and systems.
using Troubles = std::map<AttributePath, Transition>;
Troubles troubles_of(const std::vector<JobReview>& jobs);

/// How an attempt ended: `hash mismatch`, `timed out (silent for too long)`, `infrastructure (out of memory)`; where the builder's exit
/// status is known `builder failed with exit status 1`, else `failed`. Ours.
std::string result_in_words(AttemptResult result, const std::optional<int>& exit_status = {});

/// `xz-5.4.2`
std::string name_of(const RootFailure& root);
/// How it failed: `failed`, `hash mismatch`, `timed out (silent for too long)`, `infrastructure (out of memory)`. Ours.
std::string failure_in_words(const RootFailure& root);
/// What it keeps from being built: `explains 88 newly failing of 89 affected`. Ours.
std::string share_in_words(const RootFailure& root);
/// Whether it is held against the package; else it is only not known.
bool is_against_package(const RootFailure& root);

/// Some of the attributes that a root keeps from succeeding, and how many more there are.
struct AffectedAttributes {
  std::vector<std::string> names{};  ///< each once
  std::uint64_t further = 0;
};
AffectedAttributes affected_attributes(const RootFailure& root, std::size_t limit);

/// The end of its log: at most `limit` lines, none empty at either end, without what carriage returns overwrote. Printable, with its
/// indentation.
std::vector<std::string> log_tail(const RootFailure& root, std::size_t limit);
/// The lines of what the store says, without empty ones. Printable.
std::vector<std::string> message_lines(const RootFailure& root);

/// Derivations that nobody tried to build, for the same reason.
struct Untried {
  OutcomeKind kind = OutcomeKind::not_built;
  std::string system{};
  std::string message{};
  std::vector<const RootFailure*> roots{};  ///< in the review's order, at least one
};
/// `no builder`; ours.
std::string outcome_in_words(OutcomeKind kind);

AffectedAttributes affected_attributes(const Untried& untried, std::size_t limit);

/// Root failures that say the same of derivations of one name for different systems.
struct RootGroup {
  RootFailure root;                         ///< the first, with the attributes of all, and how many they are together
  std::vector<const RootFailure*> roots{};  ///< in the review's order, at least one
};

/// The root failures of a review.
struct RootFacts {
  std::vector<RootGroup> tried{};  ///< those that explain the most first
  std::vector<Untried> untried{};  ///< those that are most first
  bool one_system = true;          ///< so that systems need not be named
};
RootFacts root_facts(const Review& review);
/// `x86_64-linux`, `aarch64-linux`.
std::vector<std::string> systems_of(const RootGroup& group);
/// `Root failures: 16 derivations, and 32 of which nothing is known`. Ours.
std::string roots_heading(const RootFacts& facts);

/// By what name `ekaci log` finds a root's log: the attribute that it is, where that is its only name and safe to give to a shell, else
/// its store path.
class LogNames {
 public:
  explicit LogNames(const std::vector<JobReview>& jobs);
  [[nodiscard]] std::string of(const RootFailure& root) const;
  /// `ekaci log …` for each of the group that has a log.
  [[nodiscard]] std::vector<std::string> commands(const RootGroup& group) const;

 private:
  std::map<StorePath, std::string> attributes_;
};

/// `built 41, reused 1,203, fetched 318 derivations`. Ours.
std::string builds_in_words(const BuildSummary& builds);

}  // namespace ekaci::report
