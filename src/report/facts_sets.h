#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/review.h"

/// What changes by package set, as all reports for people say it. Hostile text; what is given may point into the jobs.
namespace ekaci::report {

/// Attributes of one package set.
struct SetChanges {
  std::string set;                                 ///< its attribute path; empty for the top level
  std::vector<const AttributePath*> attributes{};  ///< those that do not build first, then in path order; each once
};

/// The attributes of a kind by their package set, the largest first.
std::vector<SetChanges> changes_by_set(const std::vector<JobReview>& jobs, ChangeKind kind);
/// The same, of those that are rebuilt and that the change itself is not about.
std::vector<SetChanges> rebuilt_through_inputs(const std::vector<JobReview>& jobs);
/// How many of the attributes have which transition that is not good.
std::map<Transition, std::uint64_t> count_troubles(const std::vector<SetChanges>& sets,
                                                   const std::map<AttributePath, Transition>& troubles);
/// `12 attributes in 2 sets`.
std::string count_in_words(const std::vector<SetChanges>& sets);

/// The path of the set that an attribute stands in; empty for the top level.
std::string set_of(const AttributePath& path);

}  // namespace ekaci::report
