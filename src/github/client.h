#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/sync.h"
#include "forge/ports.h"
#include "github/api.h"

namespace ekaci::github {

struct ClientSettings {
  ApiSettings api{};
  std::string web_url = "https://github.com";  ///< without a slash at its end: where git fetches from
  std::string details_url{};                   ///< our own server's, without a slash at its end: where checks point to
};

/// GitHub, as an App sees it. Any thread; each call blocks until it is answered.
///
/// Lists are read page by page, and GitHub counts pages anew at each request: what is opened meanwhile may be missing and what is closed
/// may push another out of sight. Who concludes from an absence asks once more.
class Client final : public forge::Forge {
 public:
  /// The clock outlives this, and so does what the transport goes over.
  Client(ClientSettings settings, PrivateKey key, Transport transport, const Clock& clock);

  Result<std::vector<forge::Repository>> repositories(const CancelToken& cancel) override;
  Result<std::vector<forge::PullRequest>> open_pull_requests(const forge::Repository& repository, const CancelToken& cancel) override;
  Result<forge::PullRequest> pull_request(const forge::Repository& repository, forge::PullRequestNumber number,
                                          const CancelToken& cancel) override;
  Result<forge::Permission> permission_of(const forge::Repository& repository, std::string_view login, const CancelToken& cancel) override;
  Result<std::vector<forge::BranchTip>> branch_tips(const forge::Repository& repository, const std::vector<std::string>& branches,
                                                    const CancelToken& cancel) override;
  Result<std::vector<forge::BranchTip>> merge_group_branches(const forge::Repository& repository, const CancelToken& cancel) override;
  Result<forge::ForgeCheckId> create_check(const forge::OwedCheck& check, const CancelToken& cancel) override;
  Status update_check(const forge::OwedCheck& check, forge::ForgeCheckId id, const CancelToken& cancel) override;
  Result<std::optional<forge::ForgeCheckId>> find_check(const forge::OwedCheck& check, const CancelToken& cancel) override;
  /// Gives before it takes away. GitHub makes a label that the repository does not have yet.
  Status put_label(const forge::OwedLabel& label, std::string_view prefix, const CancelToken& cancel) override;
  Result<forge::ForgeCommentId> create_comment(const forge::OwedComment& comment, const CancelToken& cancel) override;
  Status update_comment(const forge::OwedComment& comment, forge::ForgeCommentId id, const CancelToken& cancel) override;
  /// The first that has our mark and was written by the App.
  Result<std::optional<forge::ForgeCommentId>> find_comment(const forge::OwedComment& comment, const CancelToken& cancel) override;
  [[nodiscard]] std::optional<Clock::Wall> resume_at(forge::InstallationId installation) const override {
    return api_.resume_at(installation);
  }
  [[nodiscard]] std::optional<Clock::Wall> spares_from(forge::InstallationId installation) const override {
    return api_.spares_from(installation);
  }

  /// What git reads the repository's contents with, and can do nothing else with: as the password of the user `x-access-token`. Good for
  /// at least five minutes, unless someone takes it back or the App's rights change.
  Result<SharedToken> fetch_token(const forge::Repository& repository, const CancelToken& cancel);
  /// Fetching with this one failed, maybe because it is taken no more: fetch_token() gives another from now on.
  void forget_fetch_token(const forge::Repository& repository, const SharedToken& token);
  /// `https://github.com/owner/name.git`.
  [[nodiscard]] std::string fetch_url(const forge::Repository& repository) const;

  [[nodiscard]] ApiCounters counters() const { return api_.counters(); }

 private:
  /// Where we are installed, and what we may do there.
  struct Installation {
    forge::InstallationId id{};
    std::string permissions{};  ///< as forge::Repository has them
  };
  Result<std::vector<Installation>> installations(const CancelToken& cancel);
  Result<std::vector<forge::Repository>> repositories_of(const Installation& installation, const CancelToken& cancel);
  /// Tokens that were given out when other rights held are not used any more.
  void note_rights(const Installation& installation);
  /// nullopt where there is no such branch.
  Result<std::optional<CommitId>> tip_of(const forge::Repository& repository, const std::string& branch, const CancelToken& cancel);
  /// The labels of a pull request that begin with the prefix.
  Result<std::vector<std::string>> labels_of(const forge::OwedLabel& label, std::string_view prefix, const CancelToken& cancel);
  Status add_label(const forge::OwedLabel& label, const std::string& name, const CancelToken& cancel);
  Status remove_label(const forge::OwedLabel& label, const std::string& name, const CancelToken& cancel);
  /// The login under which the App writes: `ekaci[bot]`.
  Result<std::string> own_login(const CancelToken& cancel);

  ClientSettings settings_;
  Api api_;
  Sync<std::map<forge::InstallationId, std::string>> rights_{};  ///< when installations were last listed
  Sync<std::string> own_login_{};                                ///< empty: not asked yet
};

}  // namespace ekaci::github
