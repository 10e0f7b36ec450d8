#include "report/json_jobs.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "report/json_checks.h"
#include "report/json_sizes.h"
#include "report/json_values.h"

namespace ekaci::report {
namespace {

void add_to(RecordsOfJob& job, const Record& record) {
  switch (record.kind) {
    case RecordKind::change:
    case RecordKind::root_failure:
      return;
    case RecordKind::rebuilt:
      job.rebuilds.push_back(rebuilt_from(record.node));
      return;
    case RecordKind::origin:
      job.origins.push_back(origin_from(record.node));
      return;
    case RecordKind::step_difference:
      job.own_differences.push_back(step_difference_from(record.node));
      return;
    case RecordKind::retained:
      job.retained.push_back(retained_from(record.node));
      return;
    case RecordKind::unchanged:
      job.named.push_back(named_change_from(record.node, ChangeKind::unchanged));
      return;
    case RecordKind::not_a_derivation:
      job.named.push_back(named_change_from(record.node, ChangeKind::not_a_derivation));
      return;
  }
}

EvaluationCost cost_from(const JsonNode& node) {
  return {.cpu = duration_from(node.at("cpuMicroseconds")),
          .wall = duration_from(node.at("wallMicroseconds")),
          .peak_memory = node.at("peakMemoryBytes").number(),
          .workers_started = node.at("workersStarted").small_number(),
          .workers_died = node.at("workersDied").small_number()};
}

SideSummary side_from(const JsonNode& node) {
  if (node.is_null()) return {};
  return {.attributes = node.at("attributes").number(),
          .derivations = node.at("derivations").number(),
          .refusals = node.at("refusals").number(),
          .errors = node.at("errors").number(),
          .others = node.at("others").number(),
          .graph_derivations = node.at("graphDerivations").number(),
          .reused = node.at("reused").boolean(),
          .repeatable = !node.has("repeatable") || node.at("repeatable").boolean(),
          .cost = cost_from(node.at("cost")),
          .notes = node.at("notes").texts()};
}

void check_presence(const JobReview& job, const JsonNode& node) {
  if (node.at("base").is_null() != (job.presence == JobReview::Presence::added)) node.at("base").refuse("does not go with the presence");
  if (node.at("head").is_null() != (job.presence == JobReview::Presence::removed)) node.at("head").refuse("does not go with the presence");
}

/// Their records were handed over while the text was read.
void check_arrays(const JsonNode& node) {
  for (const char* records : {"origins", "rebuilds"}) {
    if (!node.at(records).elements().empty()) node.at(records).refuse("has elements that are no objects");
  }
  // Reports of earlier versions do not have them.
  for (const char* records : {"ownDifferences", "unchanged", "notDerivations", "retained"}) {
    if (node.has(records) && !node.at(records).elements().empty()) node.at(records).refuse("has elements that cannot stand there");
  }
}

JobReview job_from(const JsonNode& node) {
  JobReview job{.job = node.at("job").text(),
                .system = node.at("system").text(),
                .presence = word_from(node.at("presence"), kPresences),
                .base = side_from(node.at("base")),
                .head = side_from(node.at("head")),
                .counts = {},
                .rebuild_count = node.at("rebuildCount").number(),
                .attributes = node.at("attributes").number(),
                .changes = {}};
  check_presence(job, node);
  std::uint64_t sum = 0;
  for (const ChangeKind kind : kKinds) sum += job.counts[kind] = node.at("counts").at(std::string(identifier(kind))).number();
  if (sum != job.attributes) node.at("attributes").refuse("is not the sum of the counts");
  check_arrays(node);
  if (node.has("retainedLeftOut")) job.retained_left_out = node.at("retainedLeftOut").number();
  if (node.has("sizeCheck")) job.size_check = size_check_from(node.at("sizeCheck"));
  return job;
}

/// Puts attributes that are only named where they belong among those that are listed, whose order stays.
std::vector<Change> merged(std::vector<Change> listed, std::vector<Change> named) {
  if (named.empty()) return listed;
  std::ranges::sort(named, {}, &Change::path);
  std::vector<Change> all;
  all.reserve(listed.size() + named.size());
  auto next = named.begin();
  for (Change& change : listed) {
    for (; next != named.end() && next->path < change.path; ++next) all.push_back(std::move(*next));
    all.push_back(std::move(change));
  }
  std::move(next, named.end(), std::back_inserter(all));
  return all;
}

/// Gives every job its records. Changes are ordered by job.
void distribute(Records records, std::vector<JobReview>& jobs, const JsonNode& document) {
  for (std::size_t i = 0; i < std::min(jobs.size(), records.jobs.size()); ++i) {
    jobs[i].rebuilds = std::move(records.jobs[i].rebuilds);
    jobs[i].origins = std::move(records.jobs[i].origins);
    jobs[i].own_differences = std::move(records.jobs[i].own_differences);
    jobs[i].retained = std::move(records.jobs[i].retained);
  }
  std::size_t at = 0;
  for (ParsedChange& parsed : records.changes) {
    while (at < jobs.size() && (jobs[at].job != parsed.job || jobs[at].system != parsed.system)) ++at;
    if (at == jobs.size()) {
      document.at("changes").refuse("a change is of no job that is there, or not in the order of the jobs");
      return;
    }
    jobs[at].changes.push_back(std::move(parsed.change));
  }
  for (std::size_t i = 0; i < std::min(jobs.size(), records.jobs.size()); ++i)
    jobs[i].changes = merged(std::move(jobs[i].changes), std::move(records.jobs[i].named));
}

}  // namespace

void Records::add(const Record& record) {
  if (record.kind == RecordKind::change) {
    changes.push_back(change_from(record.node));
  } else if (record.kind == RecordKind::root_failure) {
    root_failures.push_back(root_failure_from(record.node));
  } else {
    if (record.job >= jobs.size()) jobs.resize(record.job + 1);
    add_to(jobs[record.job], record);
  }
}

std::vector<JobReview> jobs_from(const JsonNode& document, Records records) {
  const std::vector<JsonNode> nodes = document.at("jobs").elements();
  std::vector<JobReview> jobs;
  jobs.reserve(nodes.size());
  for (const JsonNode& node : nodes) jobs.push_back(job_from(node));
  if (!document.at("changes").elements().empty()) document.at("changes").refuse("has elements that are no objects");
  distribute(std::move(records), jobs, document);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    check_indices(jobs[i], nodes[i]);
    check_counts(jobs[i], nodes[i]);
    set_transitions(jobs[i], nodes[i]);
  }
  return jobs;
}

}  // namespace ekaci::report
