#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "forge/merge_queue.h"
#include "forge/ports.h"

/// A stand-in for a forge: what it was told of checks, and what it is asked to answer.
namespace ekaci::fake {

/// Calls of checks can be made to fail, before or after they did what they do: the latter is an answer that is lost. Any thread.
class Forge final : public forge::Forge {
 public:
  enum class Moment { before, after };
  struct Told {
    forge::CheckId id{};
    forge::Check check;
    std::uint32_t updates = 0;
  };

  /// The next call that tells of a check, a label or a comment fails.
  void fail_next(ErrorCode code, Moment moment = Moment::before) {
    const std::scoped_lock lock(mutex_);
    failures_.push_back({code, moment});
  }
  /// So many questions have no answer.
  void be_silent(std::size_t questions) {
    const std::scoped_lock lock(mutex_);
    silences_ = questions;
  }
  void rest_until(Clock::Wall time) {
    const std::scoped_lock lock(mutex_);
    resume_ = time;
  }
  /// Until then there are no calls to spare.
  void spare_from(std::optional<Clock::Wall> time) {
    const std::scoped_lock lock(mutex_);
    spares_ = time;
  }
  /// All branches that there are, those of a merge queue included.
  void set_branches(std::map<std::string, CommitId> branches) {
    const std::scoped_lock lock(mutex_);
    branches_ = std::move(branches);
  }
  void set_pull_requests(std::vector<forge::PullRequest> open) {
    const std::scoped_lock lock(mutex_);
    open_ = std::move(open);
  }
  void set_repositories(std::vector<forge::Repository> repositories) {
    const std::scoped_lock lock(mutex_);
    repositories_ = std::move(repositories);
  }
  /// By pull request.
  [[nodiscard]] std::map<std::int64_t, std::set<std::string>> labels() const {
    const std::scoped_lock lock(mutex_);
    return labels_;
  }
  void add_label(std::int64_t pull_request, const std::string& name) {
    const std::scoped_lock lock(mutex_);
    labels_[pull_request].insert(name);
  }
  [[nodiscard]] std::map<std::int64_t, Told> checks() const {
    const std::scoped_lock lock(mutex_);
    return checks_;
  }

  Result<std::vector<forge::Repository>> repositories(const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    if (silences_ > 0) {
      --silences_;
      return fail(ErrorCode::unavailable, "made up");
    }
    return repositories_;
  }
  Result<std::vector<forge::PullRequest>> open_pull_requests(const forge::Repository& /*repository*/,
                                                             const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    return open_;
  }
  Result<forge::PullRequest> pull_request(const forge::Repository& /*repository*/, forge::PullRequestNumber number,
                                          const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    for (const forge::PullRequest& pull_request : open_) {
      if (pull_request.number == number) return pull_request;
    }
    return fail(ErrorCode::not_found, "there is no such pull request");
  }
  Result<forge::Permission> permission_of(const forge::Repository& /*repository*/, std::string_view login,
                                          const CancelToken& /*cancel*/) override {
    return login == "reviewer" ? forge::Permission::write : forge::Permission::read;
  }
  Result<std::vector<forge::BranchTip>> branch_tips(const forge::Repository& /*repository*/, const std::vector<std::string>& branches,
                                                    const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    std::vector<forge::BranchTip> tips;
    for (const std::string& branch : branches) {
      const auto found = branches_.find(branch);
      tips.push_back({.branch = branch, .tip = found == branches_.end() ? std::nullopt : std::optional(found->second)});
    }
    return tips;
  }
  Result<std::vector<forge::BranchTip>> merge_group_branches(const forge::Repository& /*repository*/,
                                                             const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    std::vector<forge::BranchTip> found;
    for (const auto& [branch, tip] : branches_) {
      if (branch.starts_with(forge::kMergeQueue)) found.push_back({.branch = branch, .tip = tip});
    }
    return found;
  }
  /// What our comments on a pull request say, by the forge's number.
  [[nodiscard]] std::map<std::int64_t, std::string> comments(std::int64_t pull_request) const {
    const std::scoped_lock lock(mutex_);
    const auto found = comments_.find(pull_request);
    return found == comments_.end() ? std::map<std::int64_t, std::string>() : found->second;
  }
  void delete_comments(std::int64_t pull_request) {
    const std::scoped_lock lock(mutex_);
    comments_.erase(pull_request);
  }
  Result<forge::ForgeCheckId> create_check(const forge::OwedCheck& owed, const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    return guarded([&] {
      const std::int64_t id = static_cast<std::int64_t>(checks_.size()) + 1;
      checks_.insert_or_assign(id, Told{.id = owed.id, .check = owed.check});
      return forge::ForgeCheckId{id};
    });
  }
  Status update_check(const forge::OwedCheck& owed, forge::ForgeCheckId id, const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    const auto updated = guarded([&] {
      Told& told = checks_.at(id.value);
      told.check = owed.check;
      ++told.updates;
      return id;
    });
    if (!updated) return fail(updated.error());
    return {};
  }
  Result<std::optional<forge::ForgeCheckId>> find_check(const forge::OwedCheck& owed, const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, told] : checks_) {
      if (told.id == owed.id) return std::optional(forge::ForgeCheckId{id});
    }
    return std::optional<forge::ForgeCheckId>();
  }
  Status put_label(const forge::OwedLabel& label, std::string_view prefix, const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    const auto put = guarded([&] {
      std::set<std::string>& names = labels_[label.wanted.pull_request.value];
      std::erase_if(names, [&](const std::string& name) { return forge::is_ours(name, prefix); });
      if (label.wanted.name) names.insert(*label.wanted.name);
      return forge::ForgeCheckId{};
    });
    if (!put) return fail(put.error());
    return {};
  }
  Result<forge::ForgeCommentId> create_comment(const forge::OwedComment& comment, const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    const auto created = guarded([&] {
      comments_[comment.wanted.pull_request.value].emplace(++last_comment_, comment.wanted.text);
      return forge::ForgeCheckId{last_comment_};
    });
    if (!created) return fail(created.error());
    return forge::ForgeCommentId{created->value};
  }
  Status update_comment(const forge::OwedComment& comment, forge::ForgeCommentId id, const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    auto& all = comments_[comment.wanted.pull_request.value];
    if (!all.contains(id.value)) return fail(ErrorCode::not_found, "there is no such comment");
    const auto updated = guarded([&] {
      all.at(id.value) = comment.wanted.text;
      return forge::ForgeCheckId{};
    });
    if (!updated) return fail(updated.error());
    return {};
  }
  Result<std::optional<forge::ForgeCommentId>> find_comment(const forge::OwedComment& comment, const CancelToken& /*cancel*/) override {
    const std::scoped_lock lock(mutex_);
    const auto found = comments_.find(comment.wanted.pull_request.value);
    if (found == comments_.end() || found->second.empty()) return std::optional<forge::ForgeCommentId>();
    return std::optional(forge::ForgeCommentId{found->second.begin()->first});
  }
  [[nodiscard]] std::optional<Clock::Wall> resume_at(forge::InstallationId /*installation*/) const override {
    const std::scoped_lock lock(mutex_);
    return resume_;
  }
  [[nodiscard]] std::optional<Clock::Wall> spares_from(forge::InstallationId /*installation*/) const override {
    const std::scoped_lock lock(mutex_);
    return spares_;
  }

 private:
  struct Fault {
    ErrorCode code;
    Moment moment;
  };
  template <class Act>
  Result<forge::ForgeCheckId> guarded(const Act& act) {
    if (failures_.empty()) return act();
    const Fault fault = failures_.front();
    failures_.erase(failures_.begin());
    if (fault.moment == Moment::after) static_cast<void>(act());
    return fail(fault.code, "a made-up fault");
  }

  mutable std::mutex mutex_;
  std::vector<Fault> failures_{};
  std::size_t silences_ = 0;
  std::optional<Clock::Wall> resume_{};
  std::optional<Clock::Wall> spares_{};
  std::vector<forge::Repository> repositories_{};
  std::vector<forge::PullRequest> open_{};
  std::map<std::string, CommitId> branches_{};
  std::map<std::int64_t, Told> checks_{};
  std::map<std::int64_t, std::set<std::string>> labels_{};
  std::int64_t last_comment_ = 0;
  std::map<std::int64_t, std::map<std::int64_t, std::string>> comments_{};  ///< by pull request
};

}  // namespace ekaci::fake
