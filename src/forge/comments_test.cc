#include "forge/comments.h"

#include <gtest/gtest.h>

namespace ekaci::forge {
namespace {

TEST(Comments, AreAskedForByWhatThePolicyNames) {
  for (const Conclusion conclusion : {Conclusion::failure, Conclusion::timed_out}) {
    EXPECT_FALSE(asks_for_comment(CommentPolicy::never, conclusion));
    EXPECT_TRUE(asks_for_comment(CommentPolicy::on_failure, conclusion));
    EXPECT_TRUE(asks_for_comment(CommentPolicy::always, conclusion));
  }
  for (const Conclusion conclusion : {Conclusion::success, Conclusion::neutral, Conclusion::action_required, Conclusion::cancelled}) {
    EXPECT_FALSE(asks_for_comment(CommentPolicy::never, conclusion));
    EXPECT_FALSE(asks_for_comment(CommentPolicy::on_failure, conclusion));
    EXPECT_TRUE(asks_for_comment(CommentPolicy::always, conclusion));
  }
}

}  // namespace
}  // namespace ekaci::forge
