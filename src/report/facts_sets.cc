#include "report/facts_sets.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "report/facts_builds.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

/// Otherwise in the order that they have.
std::vector<const AttributePath*> troubled_first(std::vector<const AttributePath*> attributes, const Troubles& troubles) {
  if (troubles.empty()) return attributes;
  const auto is_troubled = [&troubles](const AttributePath* path) { return troubles.contains(*path); };
  std::vector<const AttributePath*> ordered;
  ordered.reserve(attributes.size());
  std::ranges::copy_if(attributes, std::back_inserter(ordered), is_troubled);
  std::ranges::copy_if(attributes, std::back_inserter(ordered), std::not_fn(is_troubled));
  return ordered;
}

template <class IsWanted>
std::vector<SetChanges> grouped_by_set(const std::vector<JobReview>& jobs, IsWanted is_wanted) {
  std::map<std::string, std::vector<const AttributePath*>> found;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (is_wanted(change)) found[set_of(change.path)].push_back(&change.path);
    }
  }
  const Troubles troubles = troubles_of(jobs);
  std::vector<SetChanges> sets;
  for (auto& [set, attributes] : found) {
    const auto path = [](const AttributePath* attribute) -> const AttributePath& { return *attribute; };
    std::ranges::sort(attributes, {}, path);
    const auto [first, last] = std::ranges::unique(attributes, {}, path);
    attributes.erase(first, last);
    sets.push_back({set, troubled_first(std::move(attributes), troubles)});
  }
  std::ranges::sort(sets, {}, [](const SetChanges& one) { return std::pair(~one.attributes.size(), std::string_view(one.set)); });
  return sets;
}

}  // namespace

std::string set_of(const AttributePath& path) {
  std::vector<std::string> names = path.names();
  if (!names.empty()) names.pop_back();
  return AttributePath(std::move(names)).to_string();
}

std::vector<SetChanges> changes_by_set(const std::vector<JobReview>& jobs, ChangeKind kind) {
  return grouped_by_set(jobs, [kind](const Change& change) { return change.kind == kind; });
}

std::vector<SetChanges> rebuilt_through_inputs(const std::vector<JobReview>& jobs) {
  return grouped_by_set(jobs, [](const Change& change) { return change.kind == ChangeKind::rebuilt && !change.direct; });
}

std::map<Transition, std::uint64_t> count_troubles(const std::vector<SetChanges>& sets, const Troubles& troubles) {
  std::map<Transition, std::uint64_t> counts;
  for (const SetChanges& set : sets) {
    for (const AttributePath* path : set.attributes) {
      if (const auto trouble = troubles.find(*path); trouble != troubles.end()) ++counts[trouble->second];
    }
  }
  return counts;
}

std::string count_in_words(const std::vector<SetChanges>& sets) {
  std::size_t attributes = 0;
  for (const SetChanges& set : sets) attributes += set.attributes.size();
  return fmt::format("{} in {}", review::counted(attributes, "attribute"), review::counted(sets.size(), "set"));
}

}  // namespace ekaci::report
