#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/strong_id.h"
#include "forge/check.h"
#include "forge/subject.h"
#include "model/object_id.h"

/// The one comment that a pull request may have of ours.
namespace ekaci::forge {

/// The operator's choice: which conclusions a pull request is commented for. Where there is a comment, every later one is told in it.
enum class CommentPolicy { never, on_failure, always };

/// Whether a summary check that concludes so asks for a comment where there is none.
bool asks_for_comment(CommentPolicy policy, Conclusion conclusion);

/// The longest text that is kept, in bytes. GitHub takes 65,536 characters; the rest is for what its adapter adds.
inline constexpr std::size_t kMaxComment = 60'000;

/// What our comment on a pull request is to say.
struct WantedComment {
  RepositoryId repository{};
  PullRequestNumber pull_request{};
  CommitId head;               ///< that it speaks of
  std::string text{};          ///< markdown; nothing of strangers in it can format, link or mention: renderers see to that
  bool makes_comment = false;  ///< where there is none; else nothing is said there
  friend bool operator==(const WantedComment&, const WantedComment&) = default;
};

/// Our own number of a pull request's comment: the same for all that it ever says.
using CommentId = StrongId<struct CommentIdTag, std::int64_t>;
/// The forge's number of it, once it was created there.
using ForgeCommentId = StrongId<struct ForgeCommentIdTag, std::int64_t>;

/// A comment that the forge does not have as it is wanted.
struct OwedComment {
  CommentId id{};
  std::uint64_t version = 0;  ///< of what is wanted; grows with every change
  Repository repository{};
  WantedComment wanted;
  std::optional<ForgeCommentId> forge_id{};  ///< empty where it is not known whether there is one
  std::uint32_t failures = 0;                ///< in a row
  friend bool operator==(const OwedComment&, const OwedComment&) = default;
};

}  // namespace ekaci::forge
