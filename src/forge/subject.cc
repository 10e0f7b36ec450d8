#include "forge/subject.h"

#include <fmt/core.h>

#include "forge/names.h"

namespace ekaci::forge {
namespace {

constexpr Names<Association, 6> kAssociations{"OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR", "NONE"};

struct KeyOf {
  RepositoryId repository;
  SubjectKey operator()(const PullRequest& subject) const {
    return {.repository = repository, .kind = SubjectKey::Kind::pull_request, .number = subject.number};
  }
  SubjectKey operator()(const MergeGroup& subject) const {
    return {.repository = repository, .kind = SubjectKey::Kind::merge_group, .branch = subject.branch};
  }
  SubjectKey operator()(const TargetBranch& subject) const {
    return {.repository = repository, .kind = SubjectKey::Kind::target_branch, .branch = subject.branch};
  }
};

struct HeadOf {
  const CommitId& operator()(const PullRequest& subject) const { return subject.head; }
  const CommitId& operator()(const MergeGroup& subject) const { return subject.head; }
  const CommitId& operator()(const TargetBranch& subject) const { return subject.tip; }
};

}  // namespace

std::string_view owner_of(const Repository& repository) {
  const std::string_view name = repository.name;
  return name.substr(0, name.find('/'));
}

std::string_view to_string(Association association) { return kAssociations.of(association); }

std::optional<Association> parse_association(std::string_view text) { return kAssociations.parse(text); }

SubjectKey key_of(RepositoryId repository, const Subject& subject) { return std::visit(KeyOf{repository}, subject); }

const CommitId& head_of(const Subject& subject) { return std::visit(HeadOf{}, subject); }

std::string details_path_of(const Repository& repository, const Subject& subject) {
  if (const auto* pull_request = std::get_if<PullRequest>(&subject)) {
    return fmt::format("/{}/pr/{}", repository.name, pull_request->number.value);
  }
  return fmt::format("/{}/commit/{}", repository.name, head_of(subject).to_string());
}

std::string describe(const SubjectKey& key) {
  switch (key.kind) {
    case SubjectKey::Kind::pull_request:
      return fmt::format("#{}", key.number.value);
    case SubjectKey::Kind::merge_group:
      return fmt::format("merge group {}", key.branch);
    case SubjectKey::Kind::target_branch:
      break;
  }
  return fmt::format("branch {}", key.branch);
}

}  // namespace ekaci::forge
