#pragma once

#include <chrono>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "engine/build_crew.h"
#include "engine/performer.h"
#include "engine/request.h"
#include "engine/review_life.h"

namespace ekaci::engine {

/// Sees a review go on. Called from the engine's thread, which is the one that called run_review(); must not block.
class ReviewObserver {
 public:
  virtual ~ReviewObserver() = default;
  /// A change that is certain already, while the rest is still evaluated. Each attribute at most once.
  virtual void change_seen(const EarlyChange& change) = 0;
  /// Both sides are compared: what changed in each job. At most once, before the rest is built; never where nothing is built.
  virtual void compared(const std::vector<JobReview>& /*jobs*/) {}
  /// Something has moved on, or time has passed. `building` is null before anything is built, which can be while evaluations run; ask it
  /// how far it is where that is to be shown.
  virtual void review_moved(Phase phase, const std::vector<TaskProgress>& tasks, const BuildCrew* building) = 0;
};

/// Runs one review to its end on the calling thread, with a pool for what blocks. Returns after everything it started has
/// ended, also when it is cancelled or fails. Where the request asks for building, the ports must say where.
Result<Review> run_review(ReviewRequest request, const Ports& ports, const Clock& clock, ReviewObserver& observer,
                          const CancelToken& cancel);

}  // namespace ekaci::engine
