#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/review.h"
#include "report/facts.h"

namespace ekaci::report {

/// A derivation by what a person calls it. Hostile text.
struct StepName {
  std::string name{};    ///< without version where both sides have the same name
  std::string before{};  ///< version at base, or the whole name where the names differ; empty where it has none, or nothing stood there
  std::string after{};   ///< the same at head
  bool is_new = false;   ///< nothing stood in its place
  friend bool operator==(const StepName&, const StepName&) = default;
};
StepName step_name(const RebuiltDerivation& derivation);

/// Where a change entered the graph, taken together over the jobs where it did so under the same name.
struct OriginFact {
  StepName name{};
  std::uint64_t explained = 0;     ///< attributes whose shortest way ends here, summed over the places
  std::uint64_t attributes = 0;    ///< attributes built from it, summed over the places
  std::uint64_t derivations = 0;   ///< new derivations built from it, summed over the places
  const Origin* origin = nullptr;  ///< of the first place; points into the review
  Places places{};
};

/// The origins of all jobs, and how each job's belong to them.
struct OriginFacts {
  std::vector<OriginFact> origins{};                 ///< what explains most first
  std::uint64_t explained = 0;                       ///< what they explain together: attributes with another derivation
  std::vector<std::vector<std::size_t>> of_place{};  ///< for each job, for each of its origins: index into `origins`
};

/// Origins that name a derivation which is not there are left out; `of_place` says npos for them.
OriginFacts origin_facts(const std::vector<JobReview>& jobs);

}  // namespace ekaci::report
