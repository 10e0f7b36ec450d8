#include "report/json_checks.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>

#include "report/json_words.h"

namespace ekaci::report {
namespace {

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
}

}  // namespace

void check_indices(const JobReview& job, const JsonNode& node) {
  check_ways(job, node);
  for (const StepDifference& own : job.own_differences) {
    if (own.derivation >= job.rebuilds.size()) node.refuse("a step's own difference is of none of the rebuilds");
  }
  for (const Change& change : job.changes) {
    if (change.rebuild && *change.rebuild >= job.rebuilds.size()) node.refuse("a change's derivation is none of the rebuilds");
    const bool all_there = std::ranges::all_of(change.retained, [&job](std::uint32_t retained) { return retained < job.retained.size(); });
    if (!all_there) node.refuse("what a change retains is none of the retained dependencies");
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

}  // namespace ekaci::report
