#include "github/comment_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ekaci::github {
namespace {

TEST(CommentJson, SaysWhatIsWantedOfACommitBehindAMark) {
  const forge::OwedComment owed{
      .repository = {.name = "acme/pkgs"},
      .wanted = {.pull_request = {12}, .head = CommitId::parse(std::string(40, 'a')).value(), .text = "### merge\n\nnot UTF-8: \xff\n"}};
  const auto json = nlohmann::json::parse(comment_json(owed, "https://github.example"));
  const std::string text = json["body"];
  EXPECT_TRUE(is_marked(text));
  EXPECT_EQ(text,
            "<!-- ekaci: review -->\n### merge\n\nnot UTF-8: \xef\xbf\xbd\n\n\n[All "
            "checks](https://github.example/acme/pkgs/pull/12/checks?sha=" +
                std::string(40, 'a') + ") of `" + std::string(40, 'a') + "`.\n");
}

TEST(CommentJson, TheLongestTextThatIsKeptFits) {
  const forge::OwedComment owed{.repository = {.name = std::string(140, 'n')},
                                .wanted = {.pull_request = {INT64_MAX},
                                           .head = CommitId::parse(std::string(64, 'a')).value(),
                                           .text = std::string(forge::kMaxComment, 'x')}};
  const auto json = nlohmann::json::parse(comment_json(owed, std::string(2'000, 'h')));
  EXPECT_LE(json["body"].get<std::string>().size(), 65'536U);
}

TEST(CommentJson, OnlyWhatBeginsWithTheMarkIsMarked) {
  EXPECT_FALSE(is_marked("> <!-- ekaci: review -->"));
  EXPECT_FALSE(is_marked(""));
  EXPECT_TRUE(is_marked("<!-- ekaci: review -->"));
}

}  // namespace
}  // namespace ekaci::github
