#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
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

/// Where a change entered the graph, told once for all jobs and systems: where it is one derivation, or has the same name and position,
/// and the same differs.
struct OriginFact {
  StepName name{};
  std::uint64_t attributes = 0;    ///< blast radius: attributes built from it, summed over the places
  std::uint64_t explained = 0;     ///< of them, those whose shortest way ends here
  const Origin* origin = nullptr;  ///< where most attributes are built from it; points into the review
  std::size_t place = 0;           ///< of that one
  Places places{};
};

/// The origins of all jobs, and how each job's belong to them.
struct OriginFacts {
  std::vector<OriginFact> origins{};                 ///< widest blast radius first
  std::uint64_t explained = 0;                       ///< what they explain together: attributes with a new derivation
  bool are_all_rebuilt = true;                       ///< each of those had a derivation at base: none is added or fixed
  std::vector<std::vector<std::size_t>> of_place{};  ///< for each job, for each of its origins: index into `origins`
};

/// Origins that name a derivation which is not there are left out; `of_place` says npos for them.
OriginFacts origin_facts(const std::vector<JobReview>& jobs);

/// What the attributes that have a new derivation go through: `rebuild`, or `build` where some had none before.
std::string_view noun_of(const OriginFacts& facts);
/// How many of them come from one origin: `2 of 3 rebuilds come from`, `all 3 builds come from`, `the rebuild comes from`.
std::string share_in_words(const OriginFact& fact, const OriginFacts& facts);
/// `Where the rebuilds come from`.
std::string origins_heading(const OriginFacts& facts);

}  // namespace ekaci::report
