#include "app/why_depends_command.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/archive.h"
#include "app/building.h"
#include "app/interrupt.h"
#include "app/nearest_names.h"
#include "app/output.h"
#include "app/why_depends_text.h"
#include "app/world.h"
#include "base/text.h"
#include "engine/measuring.h"
#include "review/measure.h"

namespace ekaci::app {
namespace {

/// Where something is known of what was built.
struct Known {
  std::unique_ptr<db::SqliteDatabase> database;
  std::unique_ptr<db::SqliteBuildMemory> memory;
  std::unique_ptr<nix::DaemonStore> store{};  ///< null where it cannot be reached
};

/// A store that cannot be reached costs what is not remembered, and a line that says so.
Result<Known> open_known(const WhyDependsCommand& command, const Clock& clock, const CancelToken& cancel) {
  Result<Cache> cache = open_cache(clock);
  if (!cache) return fail(cache.error());
  auto memory = open_build_memory(cache->directory, clock);
  if (!memory) return fail(memory.error());
  Known known{.database = std::move(cache->database), .memory = std::move(*memory)};
  auto store = open_store_to_ask(command.store, cancel);
  if (!store && store.error().code() == ErrorCode::invalid_argument) return fail(store.error());
  if (store) {
    known.store = std::move(*store);
  } else {
    write_text(STDERR_FILENO, "note: what is said here is remembered; the store cannot be asked: " + store.error().to_string() + "\n");
  }
  return known;
}

/// The attribute alone, in each job and system that has a derivation there.
std::vector<JobReview> jobs_with(const Review& review, const AttributePath& attribute) {
  std::vector<JobReview> jobs;
  for (const JobReview& job : review.jobs) {
    const auto found = std::ranges::find(job.changes, attribute, &Change::path);
    if (found == job.changes.end() || (derivation_of(found->base) == nullptr && derivation_of(found->head) == nullptr)) continue;
    Change change = *found;
    change.rebuild.reset();
    change.size.reset();
    change.retained.clear();
    if (!change.build) change.build = BuildChange{};  // what was found without building can be measured as well
    JobReview alone;
    alone.job = job.job;
    alone.system = job.system;
    alone.changes.push_back(std::move(change));
    jobs.push_back(std::move(alone));
  }
  return jobs;
}

std::vector<MeasuredAttribute> measured(std::vector<JobReview> jobs, const review::Measurements& known) {
  review::measure_changes(jobs, known);
  const auto closure_of = [&known](const std::optional<AttributeResult>& side) {
    const EvaluatedDerivation* derivation = derivation_of(side);
    return derivation == nullptr ? nullptr : std::make_unique<RuntimeClosure>(known, derivation->path);
  };
  std::vector<MeasuredAttribute> attributes;
  for (JobReview& job : jobs) {
    MeasuredAttribute& attribute = attributes.emplace_back();
    attribute.base = closure_of(job.changes.front().base);
    attribute.head = closure_of(job.changes.front().head);
    attribute.job = std::move(job);
  }
  return attributes;
}

std::vector<std::string> names_of_packages(const std::vector<MeasuredAttribute>& attributes) {
  std::set<std::string> names;
  for (const MeasuredAttribute& attribute : attributes) {
    for (const auto* side : {attribute.base.get(), attribute.head.get()}) {
      if (side == nullptr || !side->is_known()) continue;
      for (const auto& [name, package] : side->packages()) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

Failure no_such_dependency(const std::vector<MeasuredAttribute>& attributes, const AttributePath& of, const std::string& dependency) {
  const std::vector<std::string> names = names_of_packages(attributes);
  std::string unknown;
  for (const MeasuredAttribute& attribute : attributes) unknown += "\n" + unknown_sides_text(attribute);
  while (unknown.ends_with('\n')) unknown.pop_back();
  if (names.empty()) return fail(ErrorCode::not_found, "nothing is known of what {} keeps{}", printable_line(of.to_string()), unknown);
  return fail(ErrorCode::not_found, "no known closure of {} has {}{}{}", printable_line(of.to_string()), printable_line(dependency),
              suggestion_of(nearest_texts(names, dependency)), unknown);
}

Result<std::string> answer(const std::vector<MeasuredAttribute>& attributes, const WhyDependsCommand& command) {
  std::string text;
  for (const MeasuredAttribute& attribute : attributes) {
    const std::string part = command.dependency ? ways_text(attribute, *command.dependency) : dependencies_text(attribute);
    if (!part.empty()) text += (text.empty() ? "" : "\n") + part;
  }
  if (command.dependency && text.empty()) return no_such_dependency(attributes, command.attribute, *command.dependency);
  return text;
}

Failure no_derivation(const Review& review, const AttributePath& attribute) {
  const bool is_there = std::ranges::any_of(
      review.jobs, [&](const JobReview& job) { return std::ranges::find(job.changes, attribute, &Change::path) != job.changes.end(); });
  if (!is_there) return no_such_attribute(review, attribute);
  return fail(ErrorCode::not_found, "{} is no derivation on either side: it keeps nothing", printable_line(attribute.to_string()));
}

}  // namespace

Result<ExitStatus> why_depends(const WhyDependsCommand& command) {
  const Interrupt interrupt;
  const SystemClock clock;
  const Result<Known> known = open_known(command, clock, interrupt.token());
  if (!known) return fail(known.error());
  const Result<Review> review = recall(*known->database, command.repository, command.review);
  if (!review) return fail(review.error());
  std::vector<JobReview> jobs = jobs_with(*review, command.attribute);
  if (jobs.empty()) return no_derivation(*review, command.attribute);
  const Result<engine::KnownPaths> paths =
      engine::find_paths(engine::measured_derivations(jobs),
                         {.derivations = *known->database, .memory = *known->memory, .store = known->store.get()}, interrupt.token());
  if (!paths) return fail(paths.error());
  for (const std::string& note : paths->notes) write_text(STDERR_FILENO, "note: " + printable_line(note) + "\n");
  const review::Measurements measurements = paths->measurements();
  const Result<std::string> text = answer(measured(std::move(jobs), measurements), command);
  if (!text) return fail(text.error());
  if (!write_text(STDOUT_FILENO, *text)) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

}  // namespace ekaci::app
