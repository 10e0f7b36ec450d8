#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "model/review.h"
#include "review/closure_packages.h"
#include "review/closure_roots.h"
#include "review/runtime_graph.h"

namespace ekaci::review {

/// What JobReview::retained has at most; those with most attributes stay, how many more there are JobReview::retained_left_out says.
inline constexpr std::size_t kMostRetained = 10'000;

/// The paths that RetainedDependency::way has at most; a longer one is left empty. Real ones have some ten.
inline constexpr std::size_t kLongestWay = 200;

/// Differences between closures, each once however many attributes and jobs show it, by number.
class DifferenceBook {
 public:
  using Number = std::uint32_t;

  Number number(const PackageDifference& difference);
  [[nodiscard]] const PackageDifference& at(Number number) const { return differences_[number]; }

 private:
  std::map<PackageDifference, Number> numbers_;
  std::vector<PackageDifference> differences_;
};

/// What closures are told from; refers to all of it.
struct ClosureFacts {
  const RuntimeGraph& graph;
  const PackageTable& packages;
  const ClosureRoots& roots;
  const DifferenceBook& book;
};

/// Gathers what the job's changes have in common: before, Change::retained holds numbers of the book, each once; afterwards what it
/// says. Both sides' closures of a change that has any are known.
void tell_retained(JobReview& job, const ClosureFacts& facts);

}  // namespace ekaci::review
