#include "forge/known_branches.h"

#include <algorithm>

namespace ekaci::forge {

std::optional<CommitId> KnownBranches::tip(RepositoryId repository, const std::string& branch) const {
  const auto known = branches_.find({repository, branch});
  return known == branches_.end() ? std::nullopt : known->second.tip;
}

bool KnownBranches::has_tip(RepositoryId repository, const CommitId& commit) const {
  return std::ranges::any_of(branches_, [&](const auto& entry) { return entry.first.first == repository && entry.second.tip == commit; });
}

void KnownBranches::move(RepositoryId repository, const std::string& branch, const CommitId& tip) {
  branches_[{repository, branch}].tip = tip;
}

void KnownBranches::forget(RepositoryId repository, const std::string& branch) { branches_.erase({repository, branch}); }

void KnownBranches::forget(RepositoryId repository) {
  std::erase_if(branches_, [repository](const auto& entry) { return entry.first.first == repository; });
}

std::vector<std::string> KnownBranches::names(RepositoryId repository, std::string_view prefix) const {
  std::vector<std::string> names;
  for (auto entry = branches_.lower_bound({repository, std::string(prefix)}); entry != branches_.end(); ++entry) {
    const auto& [of, name] = entry->first;
    if (of != repository || !name.starts_with(prefix)) break;
    names.push_back(name);
  }
  return names;
}

void KnownBranches::hear_of(RepositoryId repository, const std::string& branch, QuestionId newest) {
  branches_[{repository, branch}].heard_of = newest;
}

bool KnownBranches::was_heard_of_since(RepositoryId repository, const std::string& branch, QuestionId asked) const {
  const auto known = branches_.find({repository, branch});
  return known != branches_.end() && known->second.heard_of >= asked;
}

}  // namespace ekaci::forge
