#include "report/json_reader.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/json_checks.h"
#include "report/json_jobs.h"
#include "report/json_node.h"
#include "report/json_parsing.h"
#include "report/json_stream.h"
#include "report/json_values.h"

namespace ekaci::report {
namespace {

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

/// Reports of earlier versions do not have it.
std::optional<std::chrono::microseconds> first_change_from(const JsonNode& document) {
  constexpr const char* kKey = "firstChangeMicroseconds";
  if (!document.has(kKey) || document.at(kKey).is_null()) return std::nullopt;
  return duration_from(document.at(kKey));
}

Verdict verdict_from(const JsonNode& node) {
  Verdict verdict{.decision = word_from(node.at("decision"), kDecisions), .sentence = node.at("sentence").text(), .requirements = {}};
  for (const JsonNode& each : node.at("requirements").elements()) {
    Requirement requirement{.name = each.at("name").text(), .state = word_from(each.at("state"), kStates), .text = each.at("text").text()};
    if (each.has("acceptance")) requirement.acceptance = word_from(each.at("acceptance"), kAcceptances);
    verdict.requirements.push_back(std::move(requirement));
  }
  return verdict;
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
  if (const std::optional<Error>& problem = problems.first()) return fail(*problem);
  return review;
}

}  // namespace ekaci::report
