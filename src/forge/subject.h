#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/strong_id.h"
#include "model/object_id.h"

/// What a forge (GitHub) has that we answer: repositories, and in them what is to be reviewed. Values. All text is hostile but where a
/// line says otherwise.
namespace ekaci::forge {

/// The forge's own number of a repository: stays the same when it is renamed or transferred.
using RepositoryId = StrongId<struct RepositoryIdTag, std::int64_t>;
/// The forge's own number of our installation in an account: what rights in a repository come from.
using InstallationId = StrongId<struct InstallationIdTag, std::int64_t>;
using PullRequestNumber = StrongId<struct PullRequestNumberTag, std::int64_t>;

/// A repository that we are installed in.
struct Repository {
  RepositoryId id{};
  InstallationId installation{};
  std::string name{};            ///< `owner/name`, checked to be two plain path segments
  std::string default_branch{};  ///< without `refs/heads/`
  bool is_private = false;
  /// What we may do there, in the forge's words: two that differ are not the same rights, and nothing else is read from it. Empty where the
  /// forge did not say, as it does not with each notice.
  std::string permissions{};
  friend bool operator==(const Repository&, const Repository&) = default;
};

/// The login of the account that a repository belongs to.
std::string_view owner_of(const Repository& repository);

/// What the author of a pull request is to its repository, as the forge says.
enum class Association { owner, member, collaborator, contributor, first_time_contributor, none };
/// `OWNER`, `FIRST_TIME_CONTRIBUTOR`: as GitHub and the configuration write it.
std::string_view to_string(Association association);
std::optional<Association> parse_association(std::string_view text);

/// A pull request in one of its states, as the forge told it.
struct PullRequest {
  enum class State { open, draft, closed };
  PullRequestNumber number{};
  State state = State::open;
  std::string target{};  ///< the branch that it is to be merged into
  CommitId head;
  /// Login of the account in whose repository the head is: the base's own, or a fork's; empty where that is gone or not known.
  std::string head_owner{};
  std::string author{};  ///< login
  Association association = Association::none;
  std::string title{};
  Clock::Wall updated{};  ///< when the forge last changed it, in whole seconds: of two states the later one holds
  friend bool operator==(const PullRequest&, const PullRequest&) = default;
};

/// Pull requests that the forge's merge queue merged on a branch of its own, to be tested as they will be.
struct MergeGroup {
  std::string branch{};  ///< the queue's own: `gh-readonly-queue/main/pr-1-…`
  CommitId head;
  CommitId base;  ///< what it was merged onto
  friend bool operator==(const MergeGroup&, const MergeGroup&) = default;
};

/// What the names of the merge queue's branches begin with.
inline constexpr std::string_view kMergeQueue = "gh-readonly-queue/";

/// A branch that pull requests are merged into, at its tip.
struct TargetBranch {
  std::string branch{};
  CommitId tip;
  friend bool operator==(const TargetBranch&, const TargetBranch&) = default;
};

/// What is reviewed: it keeps its key while its head moves, and a newer head takes the place of an older one.
using Subject = std::variant<PullRequest, MergeGroup, TargetBranch>;

/// Which subject of which repository.
struct SubjectKey {
  enum class Kind { pull_request, merge_group, target_branch };
  RepositoryId repository{};
  Kind kind = Kind::pull_request;
  PullRequestNumber number{};  ///< of a pull request
  std::string branch{};        ///< of the others
  friend auto operator<=>(const SubjectKey&, const SubjectKey&) = default;
};
SubjectKey key_of(RepositoryId repository, const Subject& subject);

/// The commit that the subject's checks stand on.
const CommitId& head_of(const Subject& subject);

/// The path of our page about a subject, below the server's URL: `/owner/name/pr/12`; of what is no pull request, that of its commit:
/// `/owner/name/commit/…`.
std::string details_path_of(const Repository& repository, const Subject& subject);

/// For people and logs: `#12`, `merge group gh-readonly-queue/…`, `branch main`. Hostile where the branch is.
std::string describe(const SubjectKey& key);

}  // namespace ekaci::forge
