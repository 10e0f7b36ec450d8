#include "forge/check.h"

#include <gtest/gtest.h>

#include <string>

namespace ekaci::forge {
namespace {

TEST(Check, ATextThatIsTooLongIsCutAtTheEndOfALine) {
  const std::string line = "- `first`\n";
  const CheckText check = within_limits({.summary = line + "- `" + std::string(kMaxCheckText, 'x') + "`\n"});
  EXPECT_EQ(check.summary.find(line), 0U);
  EXPECT_EQ(check.summary.find("`x"), std::string::npos) << "half of a code span is no code";
  EXPECT_NE(check.summary.find("… cut"), std::string::npos);
}

TEST(Check, ATextOfOneLineThatIsTooLongIsLeftOut) {
  const CheckText check = within_limits({.summary = "`" + std::string(kMaxCheckText, 'x') + "`"});
  EXPECT_EQ(check.summary.find('`'), std::string::npos);
}

TEST(Check, ATextThatFitsIsKept) {
  const std::string text(kMaxCheckText, 'x');
  EXPECT_EQ(within_limits({.summary = text}).summary, text);
}

TEST(DetailsPath, IsOfThePullRequestOrOfTheCommit) {
  const CommitId commit = CommitId::parse(std::string(40, 'c')).value();
  const Repository repository{.id = {12}, .name = "acme/pkgs"};
  EXPECT_EQ(details_path_of(repository, PullRequest{.number = {7}, .head = commit}), "/acme/pkgs/pr/7");
  EXPECT_EQ(details_path_of(repository, MergeGroup{.branch = "gh-readonly-queue/main/pr-7", .head = commit, .base = commit}),
            "/acme/pkgs/commit/" + std::string(40, 'c'));
}

}  // namespace
}  // namespace ekaci::forge
