#include "app/log_command.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "app/archive.h"
#include "app/building.h"
#include "app/interrupt.h"
#include "app/log_text.h"
#include "app/output.h"
#include "app/world.h"
#include "base/text.h"

namespace ekaci::app {
namespace {

constexpr std::chrono::milliseconds kPause{200};

/// Everything that was kept of builds.
struct Kept {
  std::unique_ptr<db::SqliteDatabase> database;
  std::unique_ptr<db::SqliteBuildMemory> memory;
  std::unique_ptr<logs::FileLogArchive> logs;
};

Result<Kept> open_kept(const Clock& clock) {
  Result<Cache> cache = open_cache(clock);
  if (!cache) return fail(cache.error());
  auto memory = open_build_memory(cache->directory, clock);
  if (!memory) return fail(memory.error());
  auto logs = open_logs(cache->directory, clock);
  if (!logs) return fail(logs.error());
  return Kept{std::move(cache->database), std::move(*memory), std::move(*logs)};
}

/// The derivations at head of an attribute of the repository's latest review, one for each job and system.
Result<std::vector<StorePath>> derivations_of(engine::ReviewArchive& archive, const LogCommand& command) {
  const Result<AttributePath> attribute = AttributePath::parse(command.what);
  if (!attribute) return fail(attribute.error(), "neither a derivation nor an attribute");
  const Result<Review> review = recall(archive, command.repository, std::nullopt);
  if (!review) return fail(review.error());
  std::vector<StorePath> derivations;
  for (const JobReview& job : review->jobs) {
    const auto change = std::ranges::find(job.changes, *attribute, &Change::path);
    if (change == job.changes.end()) continue;
    if (const EvaluatedDerivation* derivation = derivation_of(change->head)) derivations.push_back(derivation->path);
  }
  if (!derivations.empty()) return derivations;
  return fail(ErrorCode::not_found, "the latest review knows no derivation of {} at head; name the derivation itself",
              printable_line(command.what));
}

Result<std::vector<StorePath>> derivations_named(engine::ReviewArchive& archive, const LogCommand& command) {
  const bool is_path = command.what.starts_with(StorePath::kStoreDirectory);
  const Result<StorePath> named = is_path ? StorePath::parse(command.what) : StorePath::parse_base_name(command.what);
  if (named && named->is_derivation()) return std::vector{*named};
  if (is_path && !named) return fail(named.error());
  if (is_path) return fail(ErrorCode::invalid_argument, "{} is no derivation: name the .drv", named->to_string());
  return derivations_of(archive, command);
}

Failure no_log(const StorePath& derivation, const LogCommand& command) {
  if (command.attempt)
    return fail(ErrorCode::not_found, "no attempt {} at building {} has a log", *command.attempt, derivation.to_string());
  return fail(ErrorCode::not_found, "no attempt at building {} has a log: it was not built here, or something below it failed",
              derivation.to_string());
}

/// The attempt's log that is meant, of one derivation; empty where it has none.
Result<std::string> log_of(Kept& kept, const StorePath& derivation, const LogCommand& command) {
  if (command.follow && !command.attempt) return kept.logs->newest(derivation).value_or("");
  const auto attempts = kept.memory->attempts_of(derivation);
  if (!attempts) return fail(attempts.error());
  const auto found = std::ranges::find_if(*attempts, [&command](const engine::KeptAttempt& attempt) {
    return !attempt.log.name.empty() && (!command.attempt || attempt.attempt.number == *command.attempt);
  });
  if (found == attempts->end()) return std::string();
  write_text(STDERR_FILENO, introduction_of(*found) + "\n");
  return found->log.name;
}

/// The name of the log that is meant.
Result<std::string> log_named(Kept& kept, const LogCommand& command) {
  if (kept.logs->has(command.what)) return command.what;
  const Result<std::vector<StorePath>> derivations = derivations_named(*kept.database, command);
  if (!derivations) return fail(derivations.error());
  for (const StorePath& derivation : *derivations) {
    Result<std::string> log = log_of(kept, derivation, command);
    if (!log || !log->empty()) return log;
  }
  return no_log(derivations->front(), command);
}

Status print_log(logs::LogReader& reader, const LogCommand& command, const CancelToken& cancel) {
  LogPrinter printer(command.form);
  while (!cancel.stop_requested()) {
    const Result<std::optional<std::string>> next = reader.next();
    if (!next) return fail(next.error());
    if (const std::optional<std::string>& piece = *next) {
      if (Status printed = printer.print(*piece); !printed) return printed;
      continue;
    }
    if (reader.has_ended() || !command.follow) break;
    std::this_thread::sleep_for(kPause);
  }
  return printer.finish();
}

}  // namespace

Result<ExitStatus> log(const LogCommand& command) {
  const Interrupt interrupt;
  const SystemClock clock;
  Result<Kept> kept = open_kept(clock);
  if (!kept) return fail(kept.error());
  const Result<std::string> name = log_named(*kept, command);
  if (!name) return fail(name.error());
  Result<logs::LogReader> reader = kept->logs->read(*name);
  if (!reader) return fail(reader.error());
  if (const Status printed = print_log(*reader, command, interrupt.token()); !printed) return fail(printed.error());
  return ExitStatus::merge;
}

}  // namespace ekaci::app
