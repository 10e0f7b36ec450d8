#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/review.h"

/// What the reports for people say alike. All text is as it came out of the repository: hostile, for the renderer to make
/// harmless. Pure functions; what they give may point into the jobs they were given.
namespace ekaci::report {

/// Indices of jobs in the review, ascending.
using Places = std::set<std::size_t>;

/// The jobs of a review by the shortest names that tell them apart: systems where there is only one job, else job and system.
std::vector<std::string> place_names(const std::vector<JobReview>& jobs);

/// The places by name; empty where they are all there are.
std::vector<std::string> places_shown(const std::vector<std::string>& names, const Places& places);

/// How many attributes of a job have the kind.
std::uint64_t count_of(const JobReview& job, ChangeKind kind);
/// The same, over all jobs.
std::uint64_t count_of(const std::vector<JobReview>& jobs, ChangeKind kind);

/// All kinds, what a reviewer has to look at first in front.
const std::vector<ChangeKind>& kinds_in_order();
/// The kind for a person: `newly erroring`.
std::string kind_in_words(ChangeKind kind);

/// One thing that a package says of itself otherwise than before. Sides that it did not say are empty; both are where the words say
/// it all.
struct Statement {
  std::string words;  ///< ours: `version`, `licence`, `marked broken`; empty where before and after speak for themselves
  std::string before{};
  std::string after{};
  friend auto operator<=>(const Statement&, const Statement&) = default;
};

/// What a change makes of one package, version first; empty where nothing is known but that it is another derivation.
std::vector<Statement> statements_of(const Change& change);
/// The statements on one line: `5.4.1 → 5.4.2, licence MIT → 0BSD`.
std::string summary_of(const Change& change);

/// What the change does to a package itself: attributes that stand at one position, change alike and build alike are one.
struct DirectChange {
  ChangeKind kind = ChangeKind::unchanged;
  std::vector<Statement> statements{};
  std::optional<SourcePosition> position{};
  std::vector<AttributePath> attributes{};  ///< in path order, at least one
  Places places{};
  std::optional<Transition> trouble{};  ///< where building does not succeed
};

/// What takes something away first, then new versions, then by attribute. Without what newly fails to evaluate, which is told in full
/// elsewhere.
std::vector<DirectChange> direct_changes(const std::vector<JobReview>& jobs);
/// How many attributes these are, each once.
std::size_t count_attributes(const std::vector<DirectChange>& changes);

/// A person and the directly changed packages that they maintain, at base or at head.
struct Maintained {
  std::string maintainer;
  std::vector<AttributePath> attributes{};  ///< in path order
};

/// Of all directly changed packages; who has the most first.
std::vector<Maintained> maintainers_of(const std::vector<JobReview>& jobs);

/// An attribute with a kind of change, and what becomes of it: `was hello-1.0`, `broken`.
struct Listed {
  AttributePath path;
  std::string detail{};
  Places places{};
  std::optional<Transition> trouble{};  ///< where building does not succeed
};

/// All attributes of a kind, in path order; one that changes alike in several places is listed once.
std::vector<Listed> listed(const std::vector<JobReview>& jobs, ChangeKind kind);

/// `file:line:column`, without what is not known.
std::string position_text(const SourcePosition& position);

}  // namespace ekaci::report
