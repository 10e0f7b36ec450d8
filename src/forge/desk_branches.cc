#include <algorithm>
#include <utility>

#include "forge/desk.h"
#include "forge/merge_queue.h"

/// What the desk makes of branches: those that pull requests are merged into, and the merge queue's.
namespace ekaci::forge {
namespace {

const std::string* target_of(const SubjectRecord& record) {
  const auto* pull_request = std::get_if<PullRequest>(&record.subject);
  const bool is_open = pull_request != nullptr && pull_request->state != PullRequest::State::closed;
  return is_open ? &pull_request->target : nullptr;
}

SubjectKey key_of_branch(RepositoryId repository, SubjectKey::Kind kind, const std::string& branch) {
  return {.repository = repository, .kind = kind, .branch = branch};
}

}  // namespace

bool Desk::is_target(RepositoryId repository, const std::string& branch) const {
  const Repository* known = find_repository(repository);
  if (known != nullptr && known->default_branch == branch) return true;
  return std::ranges::any_of(subjects_, [&](const auto& entry) {
    const std::string* target = target_of(entry.second);
    return entry.first.repository == repository && target != nullptr && *target == branch;
  });
}

std::optional<std::string> Desk::heed(DeliveryId /*delivery*/, const PushNotice& notice) {
  if (!knows(notice.repository)) return kUnknownRepository;
  const Repository& repository = *find_repository(notice.repository.id);
  if (!is_target(repository.id, notice.branch)) return "nothing is to be merged into this branch";
  const std::optional<CommitId> known = branches_.tip(repository.id, notice.branch);
  branches_.hear_of(repository.id, notice.branch, QuestionId{questions_asked_});
  if (known && notice.tip != known && notice.before != known) {
    ask_about_branches(repository, {notice.branch}, false);
    return "does not follow what is known: asked where the branch is";
  }
  move_branch(repository, {.branch = notice.branch, .tip = notice.tip});
  if (!notice.tip) return "the branch is gone";
  review_branch(repository.id, notice.branch, *notice.tip);
  if (policy_.pushes == DeskPolicy::Pushes::ignore) return "verdicts against it are marked as stale";
  return "to be evaluated; verdicts against it are marked as stale";
}

std::optional<std::string> Desk::heed(DeliveryId /*delivery*/, const MergeGroupNotice& notice) {
  if (!knows(notice.repository)) return kUnknownRepository;
  branches_.hear_of(notice.repository.id, notice.group.branch, QuestionId{questions_asked_});
  if (notice.is_destroyed) {
    close(key_of(notice.repository.id, notice.group), {Abandonment::Reason::closed});
    return "the merge queue gave the group up";
  }
  take_over(notice.repository.id, notice.group);
  return "to be reviewed for the merge queue";
}

void Desk::reconcile_branches(const Repository& repository) {
  std::set<std::string> branches{repository.default_branch};
  for (const auto& [key, record] : subjects_) {
    if (key.repository != repository.id) continue;
    if (const std::string* target = target_of(record)) branches.insert(*target);
    if (key.kind == SubjectKey::Kind::target_branch) branches.insert(key.branch);
  }
  ask_about_branches(repository, std::move(branches), true);
}

void Desk::ask_about_branches(const Repository& repository, std::set<std::string> branches, bool with_groups) {
  const auto is_it = [&](const AboutBranches& asked) { return asked.repository == repository.id; };
  if (is_asked<AboutBranches>(is_it)) {
    Unasked& unasked = unasked_branches_[repository.id];
    unasked.branches.merge(branches);
    unasked.with_groups |= with_groups;
    return;
  }
  decision_.then.emplace_back(ReadBranches{.id = ask(AboutBranches{repository.id}),
                                           .repository = repository,
                                           .branches = {branches.begin(), branches.end()},
                                           .with_groups = with_groups});
}

void Desk::ask_about_more_branches(RepositoryId repository) {
  auto unasked = unasked_branches_.extract(repository);
  const Repository* known = find_repository(repository);
  if (unasked.empty() || known == nullptr) return;
  ask_about_branches(*known, std::move(unasked.mapped().branches), unasked.mapped().with_groups);
}

void Desk::on(const BranchesRead& event) {
  const auto question = answered_as<AboutBranches>(event.id);
  if (!question) return;
  const Repository* repository = find_repository(question->repository);
  if (repository == nullptr) return;
  for (const BranchTip& told : event.tips) {
    if (!branches_.was_heard_of_since(repository->id, told.branch, event.id)) move_branch(*repository, told);
  }
  if (const auto& groups = event.groups) reconcile_groups(*repository, *groups, event.id);
  ask_about_more_branches(repository->id);
}

void Desk::move_branch(const Repository& repository, const BranchTip& told) {
  const auto& [branch, tip] = told;
  if (!tip) {
    branches_.forget(repository.id, branch);
    close(key_of_branch(repository.id, SubjectKey::Kind::target_branch, branch), {Abandonment::Reason::closed});
    return;
  }
  const std::optional<CommitId> known = branches_.tip(repository.id, branch);
  branches_.move(repository.id, branch, *tip);
  compare_bases(repository.id, branch);
  // Of a branch that nothing was known of nobody said that it moved.
  const bool is_reviewed = find_subject(key_of_branch(repository.id, SubjectKey::Kind::target_branch, branch)) != nullptr;
  if (is_reviewed || (known && known != tip)) review_branch(repository.id, branch, *tip);
}

void Desk::review_branch(RepositoryId repository, const std::string& branch, const CommitId& tip) {
  if (policy_.pushes == DeskPolicy::Pushes::ignore) return;
  const TargetBranch there{.branch = branch, .tip = tip};
  const SubjectRecord* known = find_subject(key_of(repository, there));
  if (known == nullptr || known->subject != Subject(there)) take_over(repository, there);
}

void Desk::compare_bases(RepositoryId repository, const std::string& branch) {
  for (auto& [key, record] : subjects_) {
    const std::string* target = target_of(record);
    if (key.repository == repository && target != nullptr && *target == branch) compare_base(record);
  }
}

void Desk::compare_base(SubjectRecord& record) {
  const std::string* target = target_of(record);
  if (target == nullptr || !record.base) return;
  const std::optional<CommitId> tip = branches_.tip(record.repository, *target);
  const bool is_stale = tip && tip != record.base;
  if (is_stale == record.is_base_stale) return;
  record.is_base_stale = is_stale;
  keep(record);
}

void Desk::look_for_newer_base(const SubjectRecord& record) {
  const std::string* target = target_of(record);
  const Repository* repository = find_repository(record.repository);
  const std::optional<CommitId>& base = record.base;
  if (target == nullptr || repository == nullptr || !base) return;
  const std::optional<CommitId> tip = branches_.tip(record.repository, *target);
  if (!tip) {
    branches_.move(record.repository, *target, *base);
  } else if (tip != base) {
    ask_about_branches(*repository, {*target}, false);
  }
}

void Desk::reconcile_groups(const Repository& repository, const std::vector<BranchTip>& branches, QuestionId asked) {
  const auto is_older = [&](const std::string& branch) { return branches_.was_heard_of_since(repository.id, branch, asked); };
  const auto is_head = [&](const CommitId& commit) { return std::ranges::find(branches, commit, &BranchTip::tip) != branches.end(); };
  for (const BranchTip& told : branches) {
    if (!told.tip || is_older(told.branch)) continue;
    const std::optional<MergeGroup> group = merge_group_of(told.branch, *told.tip);
    // A branch may outlive its group for weeks: what stands on something older than the tip is not waited for.
    const bool is_waited_for = group && (branches_.has_tip(repository.id, group->base) || is_head(group->base));
    if (!is_waited_for) continue;
    const SubjectRecord* known = find_subject(key_of(repository.id, *group));
    if (known == nullptr || head_of(known->subject) != *told.tip) take_over(repository.id, *group);
  }
  std::vector<SubjectKey> gone;
  for (const auto& [key, record] : subjects_) {
    if (key.repository != repository.id || key.kind != SubjectKey::Kind::merge_group || is_older(key.branch)) continue;
    if (std::ranges::find(branches, key.branch, &BranchTip::branch) == branches.end()) gone.push_back(key);
  }
  for (const SubjectKey& key : gone) close(key, {Abandonment::Reason::closed});
  for (const std::string& branch : branches_.names(repository.id, kMergeQueue)) {
    const bool is_there = find_subject(key_of_branch(repository.id, SubjectKey::Kind::merge_group, branch)) != nullptr;
    if (!is_there && !is_older(branch)) branches_.forget(repository.id, branch);
  }
}

}  // namespace ekaci::forge
