#include "report/facts_sets.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "review/wording.h"

namespace ekaci::report {
namespace {

template <class IsWanted>
std::vector<SetChanges> grouped_by_set(const std::vector<JobReview>& jobs, IsWanted is_wanted) {
  std::map<std::string, std::vector<const AttributePath*>> found;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (is_wanted(change)) found[set_of(change.path)].push_back(&change.path);
    }
  }
  std::vector<SetChanges> sets;
  for (auto& [set, attributes] : found) {
    const auto path = [](const AttributePath* attribute) -> const AttributePath& { return *attribute; };
    std::ranges::sort(attributes, {}, path);
    const auto [first, last] = std::ranges::unique(attributes, {}, path);
    attributes.erase(first, last);
    sets.push_back({set, std::move(attributes)});
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

std::string count_in_words(const std::vector<SetChanges>& sets) {
  std::size_t attributes = 0;
  for (const SetChanges& set : sets) attributes += set.attributes.size();
  return fmt::format("{} in {}", review::counted(attributes, "attribute"), review::counted(sets.size(), "set"));
}

}  // namespace ekaci::report
