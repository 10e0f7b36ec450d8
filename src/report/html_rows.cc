#include "report/html_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "report/facts.h"
#include "report/facts_builds.h"

namespace ekaci::report {
namespace {

Label label_of(const Change& change) { return {change.kind, change.build ? std::optional(change.build->transition) : std::nullopt}; }

}  // namespace

std::string label_in_words(const Label& label) {
  std::string kind = kind_in_words(label.kind);
  if (!label.transition) return kind;
  const std::string_view transition = transition_in_words(*label.transition);
  return tells(*label.transition, label.kind) ? std::string(transition) : fmt::format("{} ({})", transition, kind);
}

std::vector<Label> labels_of(const std::vector<JobReview>& jobs) {
  std::set<Label> occurring;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (change.build) occurring.insert({change.kind, change.build->transition});
    }
  }
  std::vector<Label> troubled;
  std::vector<Label> building;
  for (const Transition transition : kTransitionsInOrder) {
    std::vector<Label>& labels = standing_of(transition) == Standing::succeeding ? building : troubled;
    for (const ChangeKind kind : kinds_in_order()) {
      if (occurring.contains({kind, transition})) labels.push_back({kind, transition});
    }
  }
  std::vector<Label> all = std::move(troubled);
  for (const ChangeKind kind : kinds_in_order()) all.push_back({kind, std::nullopt});
  all.insert(all.end(), building.begin(), building.end());
  return all;
}

std::vector<Located> located_changes(const std::vector<JobReview>& jobs, const std::vector<Label>& labels) {
  std::vector<Located> changes;
  std::map<Label, std::size_t> ranks;
  for (std::size_t rank = 0; rank < labels.size(); ++rank) ranks.emplace(labels[rank], rank);
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const Change& change : jobs[place].changes) {
      if (change.kind == ChangeKind::unchanged || change.kind == ChangeKind::not_a_derivation) continue;
      changes.push_back({&change, place, ranks.at(label_of(change))});
    }
  }
  std::ranges::sort(changes, [](const Located& left, const Located& right) {
    const auto key = [](const Located& one) { return std::pair(one.rank, !one.change->direct); };
    if (key(left) != key(right)) return key(left) < key(right);
    return std::tie(left.change->path, left.place) < std::tie(right.change->path, right.place);
  });
  return changes;
}

}  // namespace ekaci::report
