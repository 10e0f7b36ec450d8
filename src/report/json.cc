#include "report/json.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/text.h"
#include "review/compare.h"

namespace ekaci::report {
namespace {

/// Keeps the order of insertion: a reader sees the verdict first.
using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "ekaci.review/1";

std::string dumped(const Json& value, int indent) { return value.dump(indent, ' ', true, Json::error_handler_t::replace); }

Json texts(const std::vector<std::string>& values) {
  Json array = Json::array();
  for (const std::string& value : values) array.push_back(to_utf8(value));
  return array;
}

template <class Id>
Json id_or_null(const std::optional<Id>& id) {
  return id ? Json(id->to_string()) : Json(nullptr);
}

std::string_view identifier(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return "merge";
    case Decision::do_not_merge:
      return "do_not_merge";
    case Decision::wait:
      return "wait";
    case Decision::cannot_tell:
      return "cannot_tell";
  }
  return "cannot_tell";
}

std::string_view identifier(JobReview::Presence presence) {
  switch (presence) {
    case JobReview::Presence::both:
      return "both";
    case JobReview::Presence::added:
      return "added";
    case JobReview::Presence::removed:
      return "removed";
  }
  return "both";
}

Json verdict_of(const Verdict& verdict) {
  Json requirements = Json::array();
  for (const Requirement& requirement : verdict.requirements) {
    requirements.push_back({{"name", requirement.name}, {"state", to_string(requirement.state)}, {"text", to_utf8(requirement.text)}});
  }
  return {{"decision", identifier(verdict.decision)}, {"sentence", to_utf8(verdict.sentence)}, {"requirements", std::move(requirements)}};
}

Json conflicts_of(const std::vector<ConflictingFile>& conflicts) {
  Json array = Json::array();
  for (const ConflictingFile& file : conflicts) array.push_back({{"path", to_utf8(file.path)}, {"message", to_utf8(file.message)}});
  return array;
}

Json cost_of(const EvaluationCost& cost) {
  return {{"cpuMicroseconds", cost.cpu.count()},
          {"wallMicroseconds", cost.wall.count()},
          {"peakMemoryBytes", cost.peak_memory},
          {"workersStarted", cost.workers_started},
          {"workersDied", cost.workers_died}};
}

Json summary_of(const SideSummary& side) {
  return {{"attributes", side.attributes}, {"derivations", side.derivations}, {"refusals", side.refusals},
          {"errors", side.errors},         {"others", side.others},           {"graphDerivations", side.graph_derivations},
          {"reused", side.reused},         {"cost", cost_of(side.cost)},      {"notes", texts(side.notes)}};
}

using Counts = std::map<ChangeKind, std::uint64_t>;

Json counts_of(const Counts& counts) {
  Json object = Json::object();
  for (const auto& [kind, number] : counts) object[std::string(to_string(kind))] = number;
  return object;
}

Json job_of(const JobReview& job) {
  const bool at_base = job.presence != JobReview::Presence::added;
  const bool at_head = job.presence != JobReview::Presence::removed;
  return {{"job", to_utf8(job.job)},
          {"system", to_utf8(job.system)},
          {"presence", identifier(job.presence)},
          {"attributes", job.changes.size()},
          {"counts", counts_of(job.counts)},
          {"rebuildCount", job.rebuild_count},
          {"base", at_base ? summary_of(job.base) : Json(nullptr)},
          {"head", at_head ? summary_of(job.head) : Json(nullptr)}};
}

Json totals_of(const std::vector<JobReview>& jobs) {
  Counts counts = review::count({});  // every kind, so that readers need not ask
  std::uint64_t attributes = 0;
  std::uint64_t rebuild_count = 0;
  for (const JobReview& job : jobs) {
    attributes += job.changes.size();
    rebuild_count += job.rebuild_count;
    for (const auto& [kind, number] : job.counts) counts[kind] += number;
  }
  return {{"attributes", attributes}, {"counts", counts_of(counts)}, {"rebuildCount", rebuild_count}};
}

struct ResultWriter {
  Json operator()(const EvaluatedDerivation& derivation) const {
    return {{"drvPath", derivation.path.to_string()}, {"name", to_utf8(derivation.name)}, {"outputs", texts(derivation.outputs)}};
  }
  Json operator()(const Refusal& refusal) const {
    Json reasons = Json::array();
    for (const RefusalReason reason : refusal.reasons) reasons.push_back(to_string(reason));
    return {{"refusal", std::move(reasons)}};
  }
  Json operator()(const EvaluationError& error) const {
    Json position = nullptr;
    if (error.position) {
      position = {{"file", to_utf8(error.position->file)}, {"line", error.position->line}, {"column", error.position->column}};
    }
    return {{"error", {{"failure", to_string(error.failure)}, {"message", to_utf8(error.message)}, {"position", std::move(position)}}}};
  }
  Json operator()(const AttributeSet& /*set*/) const { return {{"value", "set"}}; }
  Json operator()(const OtherValue& value) const { return {{"value", to_utf8(value.type)}}; }
};

Json side_of(const std::optional<AttributeResult>& side) { return side ? std::visit(ResultWriter{}, *side) : Json(nullptr); }

Json change_of(const JobReview& job, const Change& change) {
  return {{"attribute", to_utf8(change.path.to_string())},
          {"path", texts(change.path.names())},
          {"job", to_utf8(job.job)},
          {"system", to_utf8(job.system)},
          {"change", to_string(change.kind)},
          {"base", side_of(change.base)},
          {"head", side_of(change.head)}};
}

bool is_listed(ChangeKind kind) { return is_change(kind) || kind == ChangeKind::still_erroring || kind == ChangeKind::still_refused; }

/// Each change on a line of its own, written one by one: so the document of a mass rebuild never stands in memory as a tree, and
/// two reports can be compared line by line.
std::string changes_of(const std::vector<JobReview>& jobs) {
  std::string lines;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (!is_listed(change.kind)) continue;
      lines += lines.empty() ? "\n    " : ",\n    ";
      lines += dumped(change_of(job, change), -1);
    }
  }
  return lines.empty() ? "[]" : "[" + lines + "\n  ]";
}

Json jobs_of(const std::vector<JobReview>& jobs) {
  Json array = Json::array();
  for (const JobReview& job : jobs) array.push_back(job_of(job));
  return array;
}

/// Everything but the changes.
Json envelope_of(const Review& review) {
  return {
      {"schema", kSchema},
      {"verdict", verdict_of(review.verdict)},
      {"base", {{"name", to_utf8(review.base_name)}, {"commit", review.base.to_string()}, {"tree", id_or_null(review.base_tree)}}},
      {"head", {{"name", to_utf8(review.head_name)}, {"commit", review.head.to_string()}, {"mergedTree", id_or_null(review.merged_tree)}}},
      {"changedFiles", review.changed_files},
      {"conflicts", conflicts_of(review.conflicts)},
      {"notes", texts(review.notes)},
      {"evaluator",
       {{"version", to_utf8(review.evaluator.version)},
        {"binary", to_utf8(review.evaluator.binary)},
        {"settings", to_utf8(review.evaluator.settings)},
        {"sandboxed", review.sandboxed}}},
      {"wallMicroseconds", review.wall.count()},
      {"totals", totals_of(review.jobs)},
      {"jobs", jobs_of(review.jobs)}};
}

}  // namespace

std::string to_json(const Review& review) {
  std::string text = dumped(envelope_of(review), 2);
  constexpr std::string_view kEnd = "\n}";
  text.resize(text.size() - kEnd.size());
  return text + ",\n  \"changes\": " + changes_of(review.jobs) + "\n}\n";
}

}  // namespace ekaci::report
