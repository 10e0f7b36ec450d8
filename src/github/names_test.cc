#include "github/names.h"

#include <gtest/gtest.h>

#include <string>

namespace ekaci::github {
namespace {

TEST(Names, ARepositoryHasTwoPlainSegments) {
  for (const char* right : {"o/n", "mountain-lab/packages", "a_b/c.d", "o/.github", "o/..."})
    EXPECT_TRUE(is_repository_name(right)) << right;
  for (const char* wrong :
       {"", "/", "o", "o/", "/n", "o/n/x", "../n", "o/..", "./n", "o/.", "o /n", "o/n\n", "o/n?x", "o/%2e%2e", "o/\xc3\xa4"}) {
    EXPECT_FALSE(is_repository_name(wrong)) << wrong;
  }
  EXPECT_FALSE(is_repository_name("o/" + std::string(139, 'n')));
}

TEST(Names, ABranchIsWhatGitLetsItBe) {
  for (const char* right :
       {"main", "feature/x", "a.b", "gh-readonly-queue/main/pr-1-ab", "\xc3\xa4", "a@b", "#1", "a'b\"c", "$(x)", "a-", "a/-b"}) {
    EXPECT_TRUE(is_branch_name(right)) << right;
  }
  for (const char* wrong : {"",    "-x", "/a",  "a/", "a//b", "a..b", ".a",   "a/.b", "a.lock", "a.lock/b", "a.",   "a b",
                            "a~1", "a^", "a:b", "a?", "a*",   "a[",   "a\\b", "a\nb", "a\x7f",  "@",        "a@{b", "a\tb"}) {
    EXPECT_FALSE(is_branch_name(wrong)) << wrong;
  }
  EXPECT_FALSE(is_branch_name(std::string(256, 'a')));
  EXPECT_FALSE(is_branch_name(std::string("a\0b", 3)));
}

TEST(Names, AnAccountIsNoBots) {
  EXPECT_TRUE(is_account("rae-M_1"));
  for (const char* name : {"", "dependabot[bot]", "a b", "a/b", "a.b"}) EXPECT_FALSE(is_account(name)) << name;
  EXPECT_FALSE(is_account(std::string(101, 'a')));
}

TEST(Names, ALoginIsPlain) {
  for (const char* right : {"anna-k", "dependabot[bot]", "user_corp", "A1"}) EXPECT_TRUE(is_login(right)) << right;
  for (const char* wrong : {"", "[bot]", "a b", "a/b", "a[bot]x", "a\n", "..", "a.b", "\xe2\x80\xae"})
    EXPECT_FALSE(is_login(wrong)) << wrong;
}

}  // namespace
}  // namespace ekaci::github
