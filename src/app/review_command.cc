#include "app/review_command.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <utility>

#include "app/interrupt.h"
#include "app/machine.h"
#include "app/narration.h"
#include "app/output.h"
#include "app/progress.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "config/repository_configuration.h"
#include "db/database.h"
#include "engine/runner.h"
#include "git/repository.h"
#include "nix/evaluator.h"
#include "report/json.h"
#include "report/terminal.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

/// `--json -`: the report goes to standard output, and nothing else does.
constexpr std::string_view kStandardOutput = "-";

class RepositoryConfigurationParser final : public engine::ConfigurationParser {
 public:
  Result<RepositoryConfiguration> parse(std::string_view text, std::string_view file) override {
    return config::parse_repository_configuration(text, file);
  }
};

/// The adapters of one command.
struct World {
  std::unique_ptr<engine::Repository> repository;
  std::unique_ptr<engine::Evaluator> evaluator;
  std::unique_ptr<engine::Database> database;
  RepositoryConfigurationParser configurations{};
};

Result<fs::path> make_cache() {
  Result<fs::path> cache = default_cache_directory();
  if (!cache) return fail(cache.error());
  std::error_code error;
  fs::create_directories(*cache, error);
  // What private repositories evaluate to is nobody else's business.
  if (!error) fs::permissions(*cache, fs::perms::owner_all, error);
  if (error) return fail(ErrorCode::io, "cannot make the cache directory {}: {}; set EKACI_CACHE_DIR", cache->string(), error.message());
  return cache;
}

Result<World> make_world(const ReviewCommand& command, const fs::path& cache, const Clock& clock) {
  World world;
  auto repository = git::open({.directory = command.repository, .cache_directory = cache});
  if (!repository) return fail(repository.error());
  world.repository = std::move(*repository);
  const nix::SandboxMode sandbox = command.sandbox ? nix::SandboxMode::bubblewrap : nix::SandboxMode::none;
  auto evaluator = nix::make_evaluator({.cache = cache, .sandbox = sandbox}, clock);
  if (!evaluator) return fail(evaluator.error());
  world.evaluator = std::move(*evaluator);
  auto database = db::SqliteDatabase::open({.file = cache / "ekaci.db"}, clock);
  if (!database) return fail(database.error());
  world.database = std::move(*database);
  return world;
}

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

engine::ReviewRequest request_of(const ReviewCommand& command) {
  return {.base = command.base,
          .head = command.head,
          .jobs = command.jobs,
          .systems = command.systems,
          .job = command.job,
          .budget = budget_of(command)};
}

report::TerminalStyle style_of(const ReviewCommand& command) {
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nothing of ours writes the environment
  const bool automatic = terminal.is_terminal && (no_colour == nullptr || *no_colour == '\0');
  const bool coloured = command.colour == Colour::always || (command.colour == Colour::automatic && automatic);
  report::TerminalStyle style{.columns = terminal.columns, .colour = coloured ? report::Colour::on : report::Colour::off};
  if (command.verbose) {
    style.verbosity = report::Verbosity::verbose;
    style.rows = std::numeric_limits<std::size_t>::max();
  }
  return style;
}

Status publish(const Review& review, const ReviewCommand& command) {
  const bool only_json = command.json == kStandardOutput;
  if (command.json && !only_json) {
    if (const Status written = write_file_atomically(*command.json, report::to_json(review)); !written)
      return fail(written.error(), "--json");
  }
  const std::string text = only_json ? report::to_json(review) : report::to_terminal(review, style_of(command));
  if (!write_text(STDOUT_FILENO, text)) return fail(ErrorCode::io, "cannot write the report to standard output");
  return {};
}

}  // namespace

Result<ExitStatus> review(const ReviewCommand& command) {
  const Interrupt interrupt;
  const SystemClock clock;
  const Result<fs::path> cache = make_cache();
  if (!cache) return fail(cache.error());
  Result<World> world = make_world(command, *cache, clock);
  if (!world) return fail(world.error());
  const engine::Ports ports{*world->repository, *world->evaluator, *world->database, world->configurations};
  Result<Review> review = [&] {
    // Lines of a log and a line that rewrites itself do not go together.
    const Terminal nowhere{};
    const Log log(LogLevel::info);
    Narration narration(log);
    ProgressDisplay progress(clock, command.verbose ? nowhere : look_at_terminal(STDERR_FILENO));
    engine::ReviewObserver& observer = command.verbose ? static_cast<engine::ReviewObserver&>(narration) : progress;
    return engine::run_review(request_of(command), ports, clock, observer, interrupt.token());
  }();
  if (!review) return fail(review.error());
  review->sandboxed = command.sandbox;
  if (const Status published = publish(*review, command); !published) return fail(published.error());
  return exit_status_of(review->verdict.decision);
}

}  // namespace ekaci::app
