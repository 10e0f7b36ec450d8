#include "report/json.h"

#include <fmt/core.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "report/json_records.h"
#include "report/json_sizes.h"
#include "report/json_words.h"
#include "review/compare.h"

namespace ekaci::report {
namespace {

/// Keeps the order of insertion: a reader sees the verdict first.
using Json = nlohmann::ordered_json;

std::string dumped(const Json& value, int indent) { return value.dump(indent, ' ', true, Json::error_handler_t::replace); }

template <class Id>
Json id_or_null(const std::optional<Id>& id) {
  return id ? Json(id->to_string()) : Json(nullptr);
}

Json verdict_of(const Verdict& verdict) {
  Json requirements = Json::array();
  for (const Requirement& requirement : verdict.requirements) {
    Json json = {{"name", requirement.name}, {"state", to_string(requirement.state)}, {"text", to_utf8(requirement.text)}};
    if (requirement.acceptance != Requirement::Acceptance::of_no_use) json["acceptance"] = to_string(requirement.acceptance);
    requirements.push_back(std::move(json));
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
  return {{"attributes", side.attributes},  {"derivations", side.derivations}, {"refusals", side.refusals},
          {"errors", side.errors},          {"others", side.others},           {"graphDerivations", side.graph_derivations},
          {"reused", side.reused},          {"repeatable", side.repeatable},   {"cost", cost_of(side.cost)},
          {"notes", text_array(side.notes)}};
}

using Counts = std::map<ChangeKind, std::uint64_t>;

Json counts_of(const Counts& counts) {
  Json object = Json::object();
  for (const auto& [kind, number] : counts) object[std::string(to_string(kind))] = number;
  return object;
}

/// Every kind, so that readers need not ask.
Json transitions_of(const JobReview& job) {
  Json object = Json::object();
  for (const Transition transition : kTransitions) {
    const auto found = job.transitions.find(transition);
    object[std::string(to_string(transition))] = found == job.transitions.end() ? 0 : found->second;
  }
  return object;
}

Json job_of(const JobReview& job) {
  const bool at_base = job.presence != JobReview::Presence::added;
  const bool at_head = job.presence != JobReview::Presence::removed;
  Json object = {{"job", to_utf8(job.job)},
                 {"system", to_utf8(job.system)},
                 {"presence", identifier(job.presence)},
                 {"attributes", job.attributes},
                 {"counts", counts_of(job.counts)},
                 {"rebuildCount", job.rebuild_count},
                 {"base", at_base ? summary_of(job.base) : Json(nullptr)},
                 {"head", at_head ? summary_of(job.head) : Json(nullptr)}};
  if (!job.transitions.empty()) object["transitions"] = transitions_of(job);
  if (job.retained_left_out > 0) object["retainedLeftOut"] = job.retained_left_out;
  if (job.size_check) object["sizeCheck"] = json_of(*job.size_check);
  return object;
}

Json builds_of(const BuildSummary& builds) {
  Json outcomes = Json::object();
  for (const OutcomeKind kind : kOutcomeKinds) {
    const auto found = builds.outcomes.find(kind);
    outcomes[std::string(to_string(kind))] = found == builds.outcomes.end() ? 0 : found->second;
  }
  return {{"outcomes", std::move(outcomes)},
          {"built", builds.built},
          {"reused", builds.reused},
          {"substituted", builds.substituted},
          {"builders", text_array(builds.builders)}};
}

Json totals_of(const Review& review) {
  Counts counts = review::count({});  // every kind, so that readers need not ask
  std::uint64_t attributes = 0;
  for (const JobReview& job : review.jobs) {
    attributes += job.attributes;
    for (const auto& [kind, number] : job.counts) counts[kind] += number;
  }
  return {{"attributes", attributes}, {"counts", counts_of(counts)}, {"rebuildCount", review.rebuild_count}};
}

/// Each on a line of its own, written one by one: so the document of a mass rebuild never stands in memory as a tree, and two reports
/// can be compared line by line.
class Lines {
 public:
  explicit Lines(std::size_t indent) : indent_(indent) {}

  void add(const Json& record) {
    text_ += text_.empty() ? "" : ",";
    text_ += "\n" + std::string(indent_ + 2, ' ') + dumped(record, -1);
  }
  [[nodiscard]] std::string take() && { return text_.empty() ? "[]" : "[" + text_ + "\n" + std::string(indent_, ' ') + "]"; }

 private:
  std::size_t indent_;
  std::string text_;
};

template <class Records>
std::string lines_of(const Records& records, std::size_t indent) {
  Lines lines(indent);
  for (const auto& record : records) lines.add(record_of(record));
  return std::move(lines).take();
}

/// The attributes of a kind that is not listed among the changes, by their written form.
std::string names_of(const std::vector<Change>& changes, ChangeKind kind, std::size_t indent) {
  Lines lines(indent);
  for (const Change& change : changes) {
    if (change.kind == kind) lines.add(change.path.to_string());
  }
  return std::move(lines).take();
}

std::string changes_of(const std::vector<JobReview>& jobs) {
  Lines lines(2);
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (is_listed(change.kind)) lines.add(record_of(job, change));
    }
  }
  return std::move(lines).take();
}

/// An object of the usual layout, open at its end for more keys.
std::string opened(const Json& object, std::size_t indent) {
  constexpr std::string_view kEnd = "\n}";
  std::string text = dumped(object, 2);
  text.resize(text.size() - kEnd.size());
  const std::string line_break = "\n" + std::string(indent, ' ');
  // Line feeds within texts are escaped: those that are left begin a line.
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) text.replace(at, 1, line_break);
  return text;
}

/// False of a review that was read from a report of an earlier version, which counted such changes and did not name them.
bool names_every(const JobReview& job, ChangeKind kind) {
  const auto counted = job.counts.find(kind);
  const auto named = std::ranges::count(job.changes, kind, &Change::kind);
  return counted == job.counts.end() || counted->second == static_cast<std::uint64_t>(named);
}

std::string jobs_of(const std::vector<JobReview>& jobs) {
  std::string text;
  for (const JobReview& job : jobs) {
    const auto array = [](std::string_view key, const std::string& lines) { return fmt::format(",\n      \"{}\": {}", key, lines); };
    // Absent where nothing was to be built.
    const bool is_measured = !job.transitions.empty() || !job.retained.empty();
    const std::string retained = is_measured ? array("retained", lines_of(job.retained, 6)) : "";
    text += fmt::format("{}\n    {}{}{}{}{}{}{}\n    }}", text.empty() ? "" : ",", opened(job_of(job), 4), retained,
                        array("origins", lines_of(job.origins, 6)), array("rebuilds", lines_of(job.rebuilds, 6)),
                        array("ownDifferences", lines_of(job.own_differences, 6)),
                        names_every(job, ChangeKind::unchanged) ? array("unchanged", names_of(job.changes, ChangeKind::unchanged, 6)) : "",
                        names_every(job, ChangeKind::not_a_derivation)
                            ? array("notDerivations", names_of(job.changes, ChangeKind::not_a_derivation, 6))
                            : "");
  }
  return text.empty() ? "[]" : "[" + text + "\n  ]";
}

/// Everything but root failures, jobs and changes.
Json envelope_of(const Review& review) {
  Json envelope = {
      {"schema", kSchema},
      {"verdict", verdict_of(review.verdict)},
      {"base", {{"name", to_utf8(review.base_name)}, {"commit", review.base.to_string()}, {"tree", id_or_null(review.base_tree)}}},
      {"head", {{"name", to_utf8(review.head_name)}, {"commit", review.head.to_string()}, {"mergedTree", id_or_null(review.merged_tree)}}},
      {"changedFiles", review.changed_files},
      {"changedPaths", text_array(review.changed_paths)},
      {"conflicts", conflicts_of(review.conflicts)},
      {"notes", text_array(review.notes)},
      {"evaluator",
       {{"version", to_utf8(review.evaluator.version)},
        {"binary", to_utf8(review.evaluator.binary)},
        {"settings", to_utf8(review.evaluator.settings)},
        {"sandboxed", review.sandboxed}}},
      {"wallMicroseconds", review.wall.count()},
      {"firstChangeMicroseconds", review.first_change ? Json(review.first_change->count()) : Json(nullptr)},
      {"totals", totals_of(review)}};
  if (review.builds) envelope["builds"] = builds_of(*review.builds);
  return envelope;
}

/// Absent where nothing was built.
std::string roots_member(const Review& review) {
  if (!review.builds) return {};
  return fmt::format(",\n  \"rootFailures\": {}", lines_of(review.root_failures, 2));
}

}  // namespace

std::string to_json(const Review& review) {
  return fmt::format("{}{},\n  \"jobs\": {},\n  \"changes\": {}\n}}\n", opened(envelope_of(review), 0), roots_member(review),
                     jobs_of(review.jobs), changes_of(review.jobs));
}

}  // namespace ekaci::report
