#include "app/review_command.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "app/archive.h"
#include "app/building.h"
#include "app/interrupt.h"
#include "app/machine.h"
#include "app/narration.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/world.h"
#include "base/clock.h"
#include "base/log.h"
#include "engine/runner.h"
#include "git/repository.h"
#include "nix/evaluator.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

/// The user's bounds, or what this machine can spare.
engine::EvaluationBudget budget_of(const ReviewCommand& command) {
  const Machine machine = look_at_machine();
  engine::EvaluationBudget budget;
  budget.workers = command.workers.value_or(machine.processors);
  if (command.memory) {
    budget.memory = *command.memory;
  } else if (machine.available_memory > 0) {
    budget.memory = machine.available_memory / 4 * 3;
  }
  return budget;
}

engine::ReviewRequest request_of(const ReviewCommand& command, const Building* building) {
  engine::ReviewRequest request{.base = command.base,
                                .head = command.head,
                                .jobs = command.jobs,
                                .systems = command.systems,
                                .job = command.job,
                                .budget = budget_of(command)};
  if (building != nullptr) request.build = building->settings(command.build);
  return request;
}

/// Where to build; null where nothing is to be built.
Result<std::unique_ptr<Building>> open_building(const ReviewCommand& command, const fs::path& cache, const engine::Ports& ports,
                                                const Clock& clock, const CancelToken& cancel) {
  if (!command.build.build) return nullptr;
  const Result<System> native = ports.evaluator.native_system();
  if (!native) return fail(native.error());
  return Building::open(command.build, cache, *native, ports.database, clock, cancel);
}

/// Runs the review where one can see how it goes.
Result<Review> run_visibly(const ReviewCommand& command, engine::ReviewRequest request, const engine::Ports& ports, const Clock& clock,
                           const CancelToken& cancel) {
  // Lines of a log and a line that rewrites itself do not go together.
  const Terminal nowhere{};
  const Log log(LogLevel::info);
  Narration narration(log);
  ProgressDisplay progress(clock, command.verbose ? nowhere : look_at_terminal(STDERR_FILENO));
  engine::ReviewObserver& observer = command.verbose ? static_cast<engine::ReviewObserver&>(narration) : progress;
  return engine::run_review(std::move(request), ports, clock, observer, cancel);
}

}  // namespace

Result<Review> make_review(const ReviewCommand& command) {
  const Interrupt interrupt;
  const SystemClock clock;
  const Result<fs::path> cache = make_cache();
  if (!cache) return fail(cache.error());
  const auto repository = git::open({.directory = command.repository, .cache_directory = *cache});
  if (!repository) return fail(repository.error());
  const nix::SandboxMode sandbox = command.sandbox ? nix::SandboxMode::bubblewrap : nix::SandboxMode::none;
  const auto evaluator = nix::make_evaluator({.cache = *cache, .sandbox = sandbox}, clock);
  if (!evaluator) return fail(evaluator.error());
  const auto database = open_database(*cache, clock);
  if (!database) return fail(database.error());
  RepositoryConfigurationParser configurations;
  engine::Ports ports{**repository, **evaluator, **database, configurations};
  const auto building = open_building(command, *cache, ports, clock, interrupt.token());
  if (!building) return fail(building.error());
  std::unique_ptr<ReviewBuilding> builds;
  if (*building) {
    auto begun = (*building)->begin_review(engine::BuildPace::prompt, (*building)->memory(), interrupt.token());
    if (!begun) return fail(begun.error());
    builds = std::move(*begun);
    ports.building = &builds->world();
  }
  Result<Review> review = run_visibly(command, request_of(command, building->get()), ports, clock, interrupt.token());
  if (!review) return review;
  review->sandboxed = command.sandbox;
  if (*building) {
    for (std::string& note : (*building)->notes()) review->notes.push_back(std::move(note));
  }
  if (const Status kept = archive(**database, *review, command.repository, clock); !kept) {
    review->notes.push_back("the review could not be kept for `ekaci show`: " + kept.error().to_string());
  }
  return review;
}

Result<ExitStatus> review(const ReviewCommand& command) {
  const Result<Review> review = make_review(command);
  if (!review) return fail(review.error());
  if (const Status published = publish(*review, command.presentation); !published) return fail(published.error());
  return exit_status_of(review->verdict.decision);
}

}  // namespace ekaci::app
