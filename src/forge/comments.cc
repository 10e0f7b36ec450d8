#include "forge/comments.h"

namespace ekaci::forge {
namespace {

/// What waits for an approval, or was stopped by someone, has not failed.
bool is_failure(Conclusion conclusion) {
  switch (conclusion) {
    case Conclusion::failure:
    case Conclusion::timed_out:
      return true;
    case Conclusion::success:
    case Conclusion::neutral:
    case Conclusion::action_required:
    case Conclusion::cancelled:
      break;
  }
  return false;
}

}  // namespace

bool asks_for_comment(CommentPolicy policy, Conclusion conclusion) {
  switch (policy) {
    case CommentPolicy::never:
      return false;
    case CommentPolicy::on_failure:
      return is_failure(conclusion);
    case CommentPolicy::always:
      break;
  }
  return true;
}

}  // namespace ekaci::forge
