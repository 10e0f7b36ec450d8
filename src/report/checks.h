#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "forge/check.h"
#include "forge/subject.h"
#include "model/object_id.h"
#include "model/review.h"

namespace ekaci::report {

/// What a review is told as checks of.
struct CheckOptions {
  forge::RepositoryId repository{};
  CommitId head;               ///< the commit that they stand on
  std::string details_path{};  ///< of the page that every one of them links to, as CheckText has it
  /// Whether building was kept back until someone approves it. What is not known for that is `action_required`, with a button.
  enum class Building { done, withheld };
  Building building = Building::done;
  /// Which attributes get a check of their own, those that fail first.
  enum class Shown {
    none,
    newly_failing,
    changed,  ///< all that have another derivation than at base, or one where base has none
  };
  Shown shown = Shown::newly_failing;
  std::size_t attributes = 20;  ///< at most so many; the rest is counted
  Clock::Wall started{};
  Clock::Wall completed{};
};

/// A review as the checks of its head. All are completed, and none of them is a success, nor neutral, where something is unknown. What
/// needs no review by the maintainers' rule is neutral, and so are an attribute that fails as it did before and a job whose removal someone
/// with write access accepted. Where nothing but the word of such a person is missing, to build or to accept, the summary is
/// `action_required` and has a button; where nothing but time was, it is `timed_out`. The review is one that was made, not read.
struct ReviewChecks {
  forge::CheckText summary{};          ///< the verdict as its title, the report as its text
  std::string comment{};               ///< the summary in short, for a comment on the pull request: markdown of at most forge::kMaxComment
  std::vector<forge::Check> others{};  ///< one for each job and system, and for the attributes that are shown, each name once
};
ReviewChecks to_checks(const Review& review, const CheckOptions& options);

}  // namespace ekaci::report
