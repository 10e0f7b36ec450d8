#include "app/subject_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ekaci::app {
namespace {

using forge::SubjectKey;
using testing::HasSubstr;
using Line = forge::DeskStanding::Line;

Line line(const std::string& repository, const SubjectKey& key) {
  return {.key = key, .repository = repository, .subject = forge::describe(key)};
}

SubjectKey pull_request(std::int64_t number) { return {.number = {number}}; }
SubjectKey branch(const std::string& name) { return {.kind = SubjectKey::Kind::target_branch, .branch = name}; }

const std::vector<Line>& lines() {
  static const std::vector<Line> all = {
      line("acme/pkgs", pull_request(1)),
      line("acme/pkgs", pull_request(12)),
      line("acme/tools", pull_request(12)),
      line("other/pkgs", pull_request(7)),
      line("acme/pkgs", branch("release/1")),
      line("acme/pkgs", branch("Release/1")),
      line("acme/pkgs", {.kind = SubjectKey::Kind::merge_group, .branch = "gh-readonly-queue/main/pr-1"})};
  return all;
}

std::string found(const std::string& wanted) {
  const auto line = find_subject(lines(), wanted);
  return line ? full_name(*line) : line.error().message();
}

TEST(SubjectSearch, FindsByTheWholeName) {
  EXPECT_EQ(found("acme/pkgs#12"), "acme/pkgs#12");
  EXPECT_EQ(found(" ACME/Pkgs#12 "), "acme/pkgs#12");
  EXPECT_EQ(found("acme/pkgs branch Release/1"), "acme/pkgs branch Release/1");
  EXPECT_EQ(found("acme/pkgs merge group gh-readonly-queue/main/pr-1"), "acme/pkgs merge group gh-readonly-queue/main/pr-1");
}

TEST(SubjectSearch, FindsByTheEndOfItWhereOneAloneHasThat) {
  EXPECT_EQ(found("#7"), "other/pkgs#7");
  EXPECT_EQ(found("pkgs#12"), "acme/pkgs#12");
  EXPECT_EQ(found("merge group gh-readonly-queue/main/pr-1"), "acme/pkgs merge group gh-readonly-queue/main/pr-1");
  EXPECT_THAT(found("2"), HasSubstr("no open subject"));
}

TEST(SubjectSearch, SaysWhichMayBeMeant) {
  const auto ambiguous = find_subject(lines(), "#12");
  EXPECT_EQ(ambiguous.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(ambiguous.error().message(), testing::AllOf(HasSubstr("acme/pkgs#12"), HasSubstr("acme/tools#12")));
  EXPECT_EQ(find_subject(lines(), "acme/pkgs branch release/1").value().key.branch, "release/1");
  EXPECT_FALSE(find_subject(lines(), "acme/pkgs branch RELEASE/1"));
}

TEST(SubjectSearch, NamesWhatIsWrittenAlike) {
  const auto unknown = find_subject(lines(), "acme/pkg#12");
  EXPECT_EQ(unknown.error().code(), ErrorCode::not_found);
  EXPECT_THAT(unknown.error().message(), HasSubstr("do you mean acme/pkgs#12"));
  EXPECT_THAT(found(""), HasSubstr("ekaci status --all"));
  EXPECT_EQ(find_subject({}, "x").error().code(), ErrorCode::not_found);
}

TEST(SubjectSearch, TakesWholeNamesApart) {
  EXPECT_EQ(parse_subject_name("acme/pkgs#12")->subject, "#12");
  EXPECT_EQ(parse_subject_name("acme/pkgs branch a b")->subject, "branch a b");
  EXPECT_EQ(parse_subject_name("acme/pkgs branch a")->repository, "acme/pkgs");
  for (const char* none : {"", "#12", "pkgs#12", "acme/pkgs", "acme/pkgs ", "branch a/b"}) EXPECT_FALSE(parse_subject_name(none)) << none;
}

}  // namespace
}  // namespace ekaci::app
