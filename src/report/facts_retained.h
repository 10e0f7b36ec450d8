#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/review.h"
#include "report/facts.h"

/// What runtime closures gained, lost or keep in another version, as all reports for people say it. Hostile text where it is not said
/// otherwise; what is given points into the jobs.
namespace ekaci::report {

/// What happens to one package in runtime closures, over all jobs and systems.
struct RetainedFact {
  const RetainedDependency* foremost = nullptr;  ///< between the versions that most attributes have
  std::uint64_t attributes = 0;                  ///< each once for each job and system
  std::uint64_t otherwise = 0;                   ///< of them, those between other versions
  Places places{};
};

struct RetainedFacts {
  std::vector<RetainedFact> gained{};  ///< most attributes first, then by name; as the others
  std::vector<RetainedFact> lost{};
  std::vector<RetainedFact> version_changed{};
  std::uint64_t left_out = 0;  ///< how many more there are that the jobs do not list, of fewer attributes each

  [[nodiscard]] std::size_t size() const { return gained.size() + lost.size() + version_changed.size(); }
  /// The first of each, so many in all that there are no more than `limit`: one kind leaves room to the others.
  [[nodiscard]] std::vector<const RetainedFact*> foremost(std::size_t limit) const;
};
/// Leaves out what no attribute has that a filter left.
RetainedFacts retained_facts(const std::vector<JobReview>& jobs);

/// `3 gained, 1 lost, 2 in another version`, and how many are left out. Ours.
std::string retained_in_words(const RetainedFacts& facts);
/// `gained`, `lost`, `changed`. Ours.
std::string_view retained_verb(RetainedKind kind);
/// `3.0.8`, `2.37 → 2.38`; empty where there is none.
std::string versions_of(const RetainedDependency& retained);
/// `in 12 closures, +3.1 MiB`. Ours.
std::string retained_share(const RetainedFact& fact);

/// The way that retains it, by names without versions: `hello`, `curl`, `openssl`. Long ones have `…` in the place of their middle. The
/// attribute stands first where the way's first name does not say it.
std::vector<std::string> way_of(const RetainedDependency& retained);

}  // namespace ekaci::report
