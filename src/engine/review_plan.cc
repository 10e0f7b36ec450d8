#include "engine/review_plan.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <utility>

#include "base/text.h"
#include "review/wording.h"

namespace ekaci::engine {
namespace {

const Job* find_job(const RepositoryConfiguration& configuration, const std::string& name) {
  const auto found = std::ranges::find(configuration.jobs, name, &Job::name);
  return found == configuration.jobs.end() ? nullptr : &*found;
}

std::string names_of(const std::vector<Job>& jobs) {
  std::string names;
  for (const Job& job : jobs) names += (names.empty() ? "" : ", ") + job.name;
  return names.empty() ? "none" : names;
}

class Planner {
 public:
  Planner(const ReviewRequest& request, const System& native) : request_(request), native_(native) {}

  [[nodiscard]] bool wants(const Job& job) const {
    return request_.jobs.empty() || std::ranges::find(request_.jobs, job.name) != request_.jobs.end();
  }

  [[nodiscard]] std::set<System> systems_of(const Job& job) const {
    const std::vector<System>& systems = request_.systems.empty() ? job.systems : request_.systems;
    if (systems.empty()) return {native_};
    return {systems.begin(), systems.end()};
  }

  void add(PlannedJob job) { jobs_.push_back(std::move(job)); }
  void add(const Job& job, JobReview::Presence presence) {
    for (const System& system : systems_of(job)) add({job, system, presence});
  }

  std::vector<PlannedJob> take() { return std::move(jobs_); }

 private:
  const ReviewRequest& request_;
  const System& native_;
  std::vector<PlannedJob> jobs_{};
};

/// Without a readable configuration at head, base's decides alone: nothing can be said to be removed.
void add_jobs_of_base(const RepositoryConfiguration& base, const RepositoryConfiguration& head, bool is_head_known, Planner& planner) {
  for (const Job& job : base.jobs) {
    if (!planner.wants(job)) continue;
    const bool is_removed = is_head_known && find_job(head, job.name) == nullptr;
    planner.add(job, is_removed ? JobReview::Presence::removed : JobReview::Presence::both);
  }
}

/// What head alone has costs as much as what base has, and any stranger may write it: beyond `most` it is named and not examined.
std::vector<std::string> add_jobs_of_head_alone(const RepositoryConfiguration& base, const RepositoryConfiguration& head, std::size_t most,
                                                Planner& planner) {
  std::vector<std::string> unexamined;
  for (const Job& job : head.jobs) {
    if (!planner.wants(job) || find_job(base, job.name) != nullptr) continue;
    Job granted = job;
    granted.allow_import_from_derivation = false;
    for (const System& system : planner.systems_of(granted)) {
      if (most == 0) {
        unexamined.push_back(fmt::format("{} ({})", job.name, system.to_string()));
        continue;
      }
      --most;
      planner.add({granted, system, JobReview::Presence::added});
    }
  }
  return unexamined;
}

/// The note on them. A report cuts notes that are long.
std::string note_on_unexamined(const std::vector<std::string>& unexamined) {
  constexpr std::size_t kNamed = 5;
  return "head adds more jobs than are examined of it alone; not examined: " + review::enumerated(unexamined, kNamed);
}

Status check_names(const std::vector<std::string>& wanted, const RepositoryConfiguration& base, const RepositoryConfiguration& head) {
  for (const std::string& name : wanted) {
    if (find_job(base, name) == nullptr && find_job(head, name) == nullptr) {
      return fail(ErrorCode::invalid_argument, "no job '{}' in the configuration; it has: {}", printable_line(name), names_of(base.jobs));
    }
  }
  return {};
}

}  // namespace

Result<ReviewPlan> plan_review(const ReviewRequest& request, const ConfigurationsRead& configurations) {
  Planner planner(request, configurations.native_system);
  if (request.job) {
    planner.add(*request.job, JobReview::Presence::both);
    return ReviewPlan{.jobs = planner.take()};
  }
  if (!configurations.base && !configurations.head) {
    if (configurations.head_error) return fail(*configurations.head_error);
    return fail(ErrorCode::not_found, "neither side has .ekaci/config.json: add one, or say what to evaluate with --file");
  }
  const RepositoryConfiguration base = configurations.base.value_or(RepositoryConfiguration{});
  const RepositoryConfiguration head = configurations.head.value_or(RepositoryConfiguration{});
  if (const Status known = check_names(request.jobs, base, head); !known) return fail(known.error());

  ReviewPlan plan{.jobs = {}, .configuration = review::compare_configurations(base, head), .notes = base.notes};
  if (configurations.head_error) plan.configuration = {.head_problem = configurations.head_error->to_string()};
  for (const std::string& name : plan.configuration.changed)
    plan.notes.push_back("head changes job " + name + ": both sides were evaluated as base defines it");
  add_jobs_of_base(base, head, !configurations.head_error, planner);
  const std::size_t most = request.most_added.value_or(std::numeric_limits<std::size_t>::max());
  plan.configuration.unexamined = add_jobs_of_head_alone(base, head, most, planner);
  if (!plan.configuration.unexamined.empty()) plan.notes.push_back(note_on_unexamined(plan.configuration.unexamined));
  plan.jobs = planner.take();
  if (plan.jobs.empty()) return fail(ErrorCode::invalid_argument, "the configuration has no job: there is nothing to evaluate");
  return plan;
}

}  // namespace ekaci::engine
