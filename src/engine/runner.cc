#include "engine/runner.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "base/channel.h"
#include "base/pool.h"
#include "engine/build_crew.h"

namespace ekaci::engine {
namespace {

/// Evaluations wait for slots, not for threads: enough for both sides of a few jobs and the load beside them.
constexpr std::size_t kPoolThreads = 8;

/// How often a building is shown at least.
constexpr std::chrono::milliseconds kGlance{500};

/// What reaches the engine's thread.
using Happening = std::variant<Event, BuildEvent>;

/// The top of a pool thread: a defect that throws becomes a failed review, not a dead process.
Event perform(Performer& performer, Effect effect) {
  try {
    return performer.perform(std::move(effect));
  } catch (const std::exception& defect) {
    return EffectFailed{Error(ErrorCode::internal, defect.what())};
  }
}

/// One review on the engine's thread, with everything that runs for it.
class Run {
 public:
  Run(ReviewRequest request, const Ports& ports, const Clock& clock, ReviewObserver& observer)
      : ports_(ports),
        clock_(clock),
        observer_(observer),
        started_(clock.now()),
        sources_(ports.repository, ports.evaluator, stop_.get_token()),
        performer_(
            ports, sources_, [this](Event event) { happenings_.push(std::move(event)); }, stop_.get_token()),
        life_(std::move(request)),
        pool_(kPoolThreads, [this](Effect effect) { happenings_.push(perform(performer_, std::move(effect))); }) {}

  Result<Review> to_the_end(const CancelToken& cancel) {
    // Effects stop when the caller asks, and also when the review has ended without them.
    const std::stop_callback forward(cancel, [this] {
      stop_.request_stop();
      happenings_.push(BuildEvent(AllCancelled{}));
    });
    begin(life_.start());
    while (true) {
      if (const std::optional<Result<Review>>& ended = life_.result()) return finished(*ended);
      take(happenings_.pop_until(deadline()));
      end_building();
      tell();
    }
  }

 private:
  /// Whoever watches a build wants to see time pass.
  [[nodiscard]] std::optional<Clock::Instant> deadline() const {
    if (!crew_) return std::nullopt;
    const Clock::Instant glance = clock_.now() + kGlance;
    return std::min(crew_->alarm().value_or(glance), glance);
  }

  [[nodiscard]] bool is_alarm_due(const BuildCrew& crew) const {
    const std::optional<Clock::Instant> alarm = crew.alarm();
    return alarm && *alarm <= clock_.now();
  }

  /// Nothing happened in time where there is none.
  void take(const std::optional<Happening>& happening) {
    if (!happening) {
      if (crew_ && is_alarm_due(*crew_)) crew_->handle(Woke{});
    } else if (const auto* event = std::get_if<Event>(&*happening)) {
      begin(life_.handle(*event));
    } else if (crew_) {
      crew_->handle(std::get<BuildEvent>(*happening));
    }
  }

  Result<Review> finished(Result<Review> result) {
    stop_.request_stop();
    crew_.reset();
    if (result) {
      result->wall = since_start();
      result->first_change = first_change_;
    }
    return result;
  }

  void begin(std::vector<Effect> effects) {
    for (Effect& effect : effects) {
      if (auto* foremost = std::get_if<BuildForemost>(&effect)) {
        crew_for(foremost->policy).want(std::move(foremost->wish));
      } else if (auto* changes = std::get_if<BuildChanges>(&effect)) {
        BuildCrew& crew = crew_for(changes->policy);
        crew.want(std::move(changes->wish));
        crew.close();
      } else {
        pool_.start(std::move(effect));
      }
    }
  }

  BuildCrew& crew_for(const BuildPolicy& policy) {
    if (!crew_) {
      crew_.emplace(*ports_.building, sources_, policy, [this](BuildEvent event) { happenings_.push(std::move(event)); });
      crew_->start();
    }
    return *crew_;
  }

  void end_building() {
    if (!crew_ || !crew_->is_done() || is_built_) return;
    is_built_ = true;
    if (stop_.stop_requested()) {
      begin(life_.handle(EffectFailed{Error(ErrorCode::cancelled, "the review was stopped")}));
    } else {
      begin(life_.handle(ChangesBuilt{crew_->findings(), crew_->builders()}));
    }
  }

  void tell() {
    for (const EarlyChange& change : life_.take_early_changes()) {
      if (!first_change_) first_change_ = since_start();
      observer_.change_seen(change);
    }
    if (const std::vector<JobReview>* jobs = life_.jobs_to_build(); jobs != nullptr && !is_compared_) {
      is_compared_ = true;
      observer_.compared(*jobs);
    }
    observer_.review_moved(life_.phase(), life_.progress(), crew_ ? &*crew_ : nullptr);
  }

  [[nodiscard]] std::chrono::microseconds since_start() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - started_);
  }

  const Ports& ports_;
  const Clock& clock_;
  ReviewObserver& observer_;
  Clock::Instant started_;
  std::optional<std::chrono::microseconds> first_change_{};
  CancelSource stop_{};
  Channel<Happening> happenings_{};
  SourceSupply sources_;
  Performer performer_;
  ReviewLife life_;
  bool is_built_ = false;
  bool is_compared_ = false;  ///< and the observer was told
  std::optional<BuildCrew> crew_{};
  Pool<Effect> pool_;  ///< last: its threads use all of the above
};

}  // namespace

Result<Review> run_review(ReviewRequest request, const Ports& ports, const Clock& clock, ReviewObserver& observer,
                          const CancelToken& cancel) {
  return Run(std::move(request), ports, clock, observer).to_the_end(cancel);
}

}  // namespace ekaci::engine
