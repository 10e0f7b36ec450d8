#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/events.h"
#include "engine/request.h"
#include "model/job.h"
#include "model/review.h"
#include "review/judge.h"

namespace ekaci::engine {

/// One job for one system, as a review evaluates it.
struct PlannedJob {
  Job job;
  System system;
  JobReview::Presence presence = JobReview::Presence::both;
};

/// What a review evaluates.
struct ReviewPlan {
  std::vector<PlannedJob> jobs{};  ///< never empty
  review::ConfigurationDifference configuration{};
  std::vector<std::string> notes{};
};

/// What the request and the configurations of both sides ask for. Jobs are evaluated as base defines them; what head adds may add
/// work, never rights. Fails where there is no job, or none of a name that was asked for.
Result<ReviewPlan> plan_review(const ReviewRequest& request, const ConfigurationsRead& configurations);

}  // namespace ekaci::engine
