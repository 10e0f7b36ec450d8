#include "report/json_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/json_node.h"
#include "report/json_parsing.h"
#include "report/json_stream.h"
#include "report/json_words.h"

namespace ekaci::report {
namespace {

constexpr std::uint64_t kLongest = std::numeric_limits<std::int64_t>::max();

/// What a job holds beside its changes.
struct RecordsOfJob {
  std::vector<RebuiltDerivation> rebuilds{};
  std::vector<Origin> origins{};
  std::vector<StepDifference> own_differences{};
  std::vector<Change> named{};  ///< attributes that are only named
};

/// The records of a report as they came, until the jobs that they belong to are known.
struct Records {
  std::vector<ParsedChange> changes{};
  std::vector<RecordsOfJob> jobs{};
  std::vector<RootFailure> root_failures{};

  void add(const Record& record) {
    if (record.kind == RecordKind::change) return changes.push_back(change_from(record.node));
    if (record.kind == RecordKind::root_failure) return root_failures.push_back(root_failure_from(record.node));
    if (record.job >= jobs.size()) jobs.resize(record.job + 1);
    add_to(jobs[record.job], record);
  }

 private:
  static void add_to(RecordsOfJob& job, const Record& record) {
    switch (record.kind) {
      case RecordKind::change:
      case RecordKind::root_failure:
        return;
      case RecordKind::rebuilt:
        return job.rebuilds.push_back(rebuilt_from(record.node));
      case RecordKind::origin:
        return job.origins.push_back(origin_from(record.node));
      case RecordKind::step_difference:
        return job.own_differences.push_back(step_difference_from(record.node));
      case RecordKind::unchanged:
        return job.named.push_back(named_change_from(record.node, ChangeKind::unchanged));
      case RecordKind::not_a_derivation:
        return job.named.push_back(named_change_from(record.node, ChangeKind::not_a_derivation));
    }
  }
};

template <class Values>
typename Values::value_type word_from(const JsonNode& node, const Values& values) {
  const auto value = identified(values, node.text());
  if (!value) node.refuse("is none of the words that can stand there");
  return value.value_or(values.front());
}

template <class Id>
Id id_from(const JsonNode& node) {
  Result<Id> id = Id::parse(node.text());
  if (id) return *std::move(id);
  node.refuse("has to be a git object's name");
  return Id::parse(std::string(40, '0')).value();
}

template <class Id>
std::optional<Id> id_or_none_from(const JsonNode& node) {
  if (node.is_null()) return std::nullopt;
  return id_from<Id>(node);
}

std::chrono::microseconds duration_from(const JsonNode& node) {
  return std::chrono::microseconds(static_cast<std::int64_t>(node.number(kLongest)));
}

/// Reports of earlier versions do not have it.
std::optional<std::chrono::microseconds> first_change_from(const JsonNode& document) {
  constexpr const char* kKey = "firstChangeMicroseconds";
  if (!document.has(kKey) || document.at(kKey).is_null()) return std::nullopt;
  return duration_from(document.at(kKey));
}

Verdict verdict_from(const JsonNode& node) {
  Verdict verdict{.decision = word_from(node.at("decision"), kDecisions), .sentence = node.at("sentence").text(), .requirements = {}};
  for (const JsonNode& each : node.at("requirements").elements()) {
    verdict.requirements.push_back(
        {.name = each.at("name").text(), .state = word_from(each.at("state"), kStates), .text = each.at("text").text()});
  }
  return verdict;
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
  if (node.at("base").is_null() != (job.presence == JobReview::Presence::added)) node.at("base").refuse("does not go with the presence");
  if (node.at("head").is_null() != (job.presence == JobReview::Presence::removed)) node.at("head").refuse("does not go with the presence");
  std::uint64_t sum = 0;
  for (const ChangeKind kind : kKinds) sum += job.counts[kind] = node.at("counts").at(std::string(identifier(kind))).number();
  if (sum != job.attributes) node.at("attributes").refuse("is not the sum of the counts");
  for (const char* records : {"origins", "rebuilds"}) {
    if (!node.at(records).elements().empty()) node.at(records).refuse("has elements that are no objects");
  }
  // Reports of earlier versions do not have them.
  for (const char* records : {"ownDifferences", "unchanged", "notDerivations"}) {
    if (node.has(records) && !node.at(records).elements().empty()) node.at(records).refuse("has elements that cannot stand there");
  }
  return job;
}

/// Ways have to lead down, step by step, to where they say.
void check_ways(const JobReview& job, const JsonNode& node) {
  for (const RebuiltDerivation& step : job.rebuilds) {
    const bool ends = !step.towards && step.distance == 0;
    const bool goes_on = step.towards && *step.towards < job.rebuilds.size() && job.rebuilds[*step.towards].distance < step.distance;
    if ((!ends && !goes_on) || step.origin >= job.origins.size()) node.at("rebuilds").refuse("a way does not lead down to an origin");
  }
  for (const Origin& origin : job.origins) {
    if (origin.derivation >= job.rebuilds.size()) node.at("origins").refuse("an origin is none of the rebuilds");
  }
  for (const StepDifference& own : job.own_differences) {
    if (own.derivation >= job.rebuilds.size()) node.refuse("a step's own difference is of none of the rebuilds");
  }
  for (const Change& change : job.changes) {
    if (change.rebuild && *change.rebuild >= job.rebuilds.size()) node.refuse("a change's derivation is none of the rebuilds");
  }
}

void check_counts(const JobReview& job, const JsonNode& node) {
  std::map<ChangeKind, std::uint64_t> listed;
  for (const Change& change : job.changes) ++listed[change.kind];
  const auto is_told = [&node](ChangeKind kind) {
    return is_listed(kind) || node.has(kind == ChangeKind::unchanged ? "unchanged" : "notDerivations");
  };
  for (const ChangeKind kind : kKinds) {
    if (is_told(kind) && listed[kind] != job.counts.at(kind))
      node.at("counts").at(std::string(identifier(kind))).refuse(fmt::format("but {} of them are listed", listed[kind]));
  }
}

/// Reports of earlier versions, and of reviews that built nothing, do not say.
void set_transitions(JobReview& job, const JsonNode& node) {
  for (const Change& change : job.changes) {
    if (change.build) ++job.transitions[change.build->transition];
  }
  if (!node.has("transitions")) return;
  for (const Transition transition : kTransitions) {
    const JsonNode number = node.at("transitions").at(std::string(to_string(transition)));
    const auto found = job.transitions.find(transition);
    const std::uint64_t listed = found == job.transitions.end() ? 0 : found->second;
    if (number.number() != listed) number.refuse(fmt::format("but {} of them are listed", listed));
  }
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
  }
  std::size_t at = 0;
  for (ParsedChange& parsed : records.changes) {
    while (at < jobs.size() && (jobs[at].job != parsed.job || jobs[at].system != parsed.system)) ++at;
    if (at == jobs.size()) return document.at("changes").refuse("a change is of no job that is there, or not in the order of the jobs");
    jobs[at].changes.push_back(std::move(parsed.change));
  }
  for (std::size_t i = 0; i < std::min(jobs.size(), records.jobs.size()); ++i)
    jobs[i].changes = merged(std::move(jobs[i].changes), std::move(records.jobs[i].named));
}

std::vector<JobReview> jobs_from(const JsonNode& document, Records records) {
  const std::vector<JsonNode> nodes = document.at("jobs").elements();
  std::vector<JobReview> jobs;
  jobs.reserve(nodes.size());
  for (const JsonNode& node : nodes) jobs.push_back(job_from(node));
  if (!document.at("changes").elements().empty()) document.at("changes").refuse("has elements that are no objects");
  distribute(std::move(records), jobs, document);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    check_ways(jobs[i], nodes[i]);
    check_counts(jobs[i], nodes[i]);
    set_transitions(jobs[i], nodes[i]);
  }
  return jobs;
}

void check_totals(const JsonNode& totals, const std::vector<JobReview>& jobs) {
  const auto check = [&jobs](const JsonNode& node, const auto& number_of) {
    std::uint64_t sum = 0;
    for (const JobReview& job : jobs) sum += number_of(job);
    if (node.number() != sum) node.refuse("is not the sum over the jobs");
  };
  check(totals.at("attributes"), [](const JobReview& job) { return job.attributes; });
  for (const ChangeKind kind : kKinds) {
    check(totals.at("counts").at(std::string(identifier(kind))), [kind](const JobReview& job) { return job.counts.at(kind); });
  }
}

/// Each derivation once, in however many jobs it is new; reports of earlier versions have the sum.
std::uint64_t rebuild_count_from(const JsonNode& node, const std::vector<JobReview>& jobs) {
  std::uint64_t most = 0;
  std::uint64_t sum = 0;
  for (const JobReview& job : jobs) {
    most = std::max(most, job.rebuild_count);
    sum += job.rebuild_count;
  }
  const std::uint64_t number = node.number();
  if (number < most || number > sum) node.refuse("cannot be what the jobs have together");
  return number;
}

std::vector<ConflictingFile> conflicts_from(const JsonNode& node) {
  std::vector<ConflictingFile> files;
  for (const JsonNode& each : node.elements()) files.push_back({.path = each.at("path").text(), .message = each.at("message").text()});
  return files;
}

std::optional<BuildSummary> builds_or_none_from(const JsonNode& document) {
  if (!document.has("builds")) return std::nullopt;
  return builds_from(document.at("builds"));
}

/// They were handed over while the text was read.
std::vector<RootFailure> root_failures_from(const JsonNode& document, std::vector<RootFailure> read) {
  if (document.has("rootFailures") && !document.at("rootFailures").elements().empty())
    document.at("rootFailures").refuse("has elements that are no objects");
  if (!read.empty() && !document.has("builds")) document.at("rootFailures").refuse("cannot be there where nothing was built");
  return read;
}

Review review_from(const JsonNode& document, Records records) {
  std::vector<RootFailure> roots = root_failures_from(document, std::move(records.root_failures));
  const JsonNode evaluator = document.at("evaluator");
  return {.base_name = document.at("base").at("name").text(),
          .head_name = document.at("head").at("name").text(),
          .base = id_from<CommitId>(document.at("base").at("commit")),
          .head = id_from<CommitId>(document.at("head").at("commit")),
          .base_tree = id_or_none_from<TreeId>(document.at("base").at("tree")),
          .merged_tree = id_or_none_from<TreeId>(document.at("head").at("mergedTree")),
          .conflicts = conflicts_from(document.at("conflicts")),
          .changed_files = document.at("changedFiles").number(),
          .changed_paths = document.at("changedPaths").texts(),
          .jobs = jobs_from(document, std::move(records)),
          .verdict = verdict_from(document.at("verdict")),
          .notes = document.at("notes").texts(),
          .evaluator = {.version = evaluator.at("version").text(),
                        .binary = evaluator.at("binary").text(),
                        .settings = evaluator.at("settings").text()},
          .sandboxed = evaluator.at("sandboxed").boolean(),
          .wall = duration_from(document.at("wallMicroseconds")),
          .first_change = first_change_from(document),
          .builds = builds_or_none_from(document),
          .root_failures = std::move(roots)};
}

}  // namespace

Result<Review> from_json(std::string_view text) {
  if (text.size() > kLargestReport) {
    return fail(ErrorCode::invalid_argument, "the report has {} bytes; at most {} are read", text.size(), kLargestReport);
  }
  Problems problems;
  Records records;
  const Result<nlohmann::json> read = read_stream(text, problems, [&records](const Record& record) { records.add(record); });
  if (!read) return fail(read.error());
  const JsonNode document(*read, "", problems);
  if (!document.has("schema")) document.refuse("the key schema is missing: this is no review");
  Review review = review_from(document, std::move(records));
  check_totals(document.at("totals"), review.jobs);
  review.rebuild_count = rebuild_count_from(document.at("totals").at("rebuildCount"), review.jobs);
  if (problems.first()) return fail(*problems.first());
  return review;
}

}  // namespace ekaci::report
