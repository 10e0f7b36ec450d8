#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/strong_id.h"
#include "forge/check.h"
#include "forge/subject.h"
#include "model/object_id.h"

/// What a forge tells us by itself, as far as we act on it: hints that something changed. They come late, twice, in any order, or not at
/// all.
namespace ekaci::forge {

/// Our own number of a webhook delivery: ascending in the order of their arrival.
using DeliveryId = StrongId<struct DeliveryIdTag, std::int64_t>;

/// A pull request was opened, moved, closed, or changed in another way.
struct PullRequestNotice {
  Repository repository{};
  PullRequest pull_request;
};

/// A branch points to another commit.
struct PushNotice {
  Repository repository{};
  std::string branch{};
  std::optional<CommitId> tip{};     ///< empty where the branch was deleted
  std::optional<CommitId> before{};  ///< where it pointed until then; empty where the branch is new
};

/// Someone pressed a button of a check, or asked for it to be made again.
struct CheckActionNotice {
  Repository repository{};
  CommitId head;
  std::string check{};       ///< its name; empty: every one of the commit
  std::string identifier{};  ///< CheckAction::identifier; empty: made again, as all checks of a suite are
  std::string by{};          ///< login
};

/// The merge queue wants a group tested, or gave it up.
struct MergeGroupNotice {
  Repository repository{};
  MergeGroup group;
  bool is_destroyed = false;
};

/// Repositories that we are, or are no more, installed in. What is listed is told by id; all else is asked for.
struct InstallationNotice {
  InstallationId installation{};
  bool is_gone = false;           ///< removed or suspended as a whole
  bool has_other_rights = false;  ///< we may do something else in its repositories than before
  std::vector<RepositoryId> added{};
  std::vector<RepositoryId> removed{};
};

/// A repository has another name, owner or default branch.
struct RepositoryNotice {
  Repository repository{};
};

/// Nothing for us to do: `ping`, and events that later parts of EkaCI act on.
struct NothingToDo {
  std::string reason{};  ///< ours, for the operator
};

using Notice =
    std::variant<PullRequestNotice, PushNotice, CheckActionNotice, MergeGroupNotice, InstallationNotice, RepositoryNotice, NothingToDo>;

}  // namespace ekaci::forge
