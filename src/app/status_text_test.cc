#include "app/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace ekaci::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

using Line = forge::DeskStanding::Line;
using State = forge::DeskStanding::State;

constexpr Clock::Wall kNow{1'700'000'000s};

Line line(std::int64_t number, State state) {
  return {.key = {.repository = {1}, .number = {number}},
          .repository = "acme/pkgs",
          .subject = "#" + std::to_string(number),
          .title = "a title",
          .head = "0123456789ab",
          .state = state,
          .since = kNow - 90s};
}

api::ServerStanding standing() {
  api::ServerStanding some{.version = "0.1.0", .process = 77, .now = kNow, .started = kNow - 3h};
  some.desk = {.looked = kNow, .is_current = true, .repositories = 1, .waiting = 1, .running = 1, .at_once = 1, .tries = 5};
  some.forge.answered = kNow - 3s;
  some.forge.budgets = {{.installation = 7, .remaining = 4812, .reset = kNow + 10min}};
  Line running = line(1, State::under_review);
  running.review = forge::ReviewId{4};
  Line waiting = line(2, State::waiting);
  waiting.place = 1;
  waiting.rank = 1;
  Line decided = line(3, State::decided);
  decided.decision = Decision::do_not_merge;
  Line unapproved = line(5, State::decided);
  unapproved.decision = Decision::wait;
  unapproved.awaits_approval = true;
  some.desk.lines = {running, waiting, decided, line(4, State::draft), unapproved};
  some.reviews = {{.id = {4},
                   .phase = "building",
                   .phase_began = kNow - 1min,
                   .moved = kNow - 40s,
                   .quiet_limit = 31min,
                   .to_build = 10,
                   .built = 3,
                   .failed = 1,
                   .builds = {{.name = "hello-2.12", .since = kNow - 50s, .phase = "buildPhase"}}}};
  return some;
}

Line resting() {
  Line line_that_rests = line(6, State::resting);
  line_that_rests.failures = 2;
  line_that_rests.why = "no disk";
  line_that_rests.again = kNow + 30s;
  return line_that_rests;
}

TEST(StatusText, TellsAllThatThereIs) {
  const std::string text = status_text(standing(), {.columns = 120});
  for (const char* part :
       {"EkaCI 0.1.0  runs for 3 h 00 min, since 2023-11-14 19:13 UTC, as process 77", "answers; the last time 3 s ago",
        "4,812 calls left for installation 7 until 22:23:20 UTC", "every webhook is handled",
        "building for 1 min, 3 of 10 derivations built, 1 failed", "nothing moved for 40 s", "hello-2.12  50 s, buildPhase",
        "1 of 1 reviews are under way", "do not merge", "a draft: reviewed when it is ready", "someone has to approve building"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("stuck")));
  EXPECT_THAT(text, Not(HasSubstr("progress of checks")));
}

TEST(StatusText, SaysWhereCallsAreKeptForMoreThanProgress) {
  api::ServerStanding some = standing();
  some.forge.budgets.front().spares = kNow + 10min;
  EXPECT_THAT(status_text(some, {.columns = 200}),
              HasSubstr("until 22:23:20 UTC; until then they are kept for more than progress of checks"));
}

TEST(StatusText, WhatIsStuckComesFirst) {
  api::ServerStanding ill = standing();
  ill.desk.lines.push_back(resting());
  const std::string text = status_text(ill, {.columns = 100});
  ASSERT_NE(text.find("stuck"), std::string::npos);
  EXPECT_LT(text.find("stuck"), text.find("GitHub"));
  EXPECT_THAT(text, HasSubstr("could not be reviewed, 2 of 5 tries: no disk"));
  EXPECT_THAT(text, HasSubstr("ekaci retry acme/pkgs#6"));
}

TEST(StatusText, WhatGitHubRefusesIsCountedByWhatItIs) {
  api::ServerStanding ill = standing();
  EXPECT_THAT(status_text(ill, {.columns = 100}), Not(HasSubstr("refused")));
  const api::RefusedWish label{.what = api::RefusedWish::What::label, .repository = {1}, .pull_request = {7}, .since = kNow, .why = "no"};
  ill.backlog.refused_wishes = {label, label};
  EXPECT_THAT(status_text(ill, {.columns = 100}), HasSubstr("✗ 2 labels that GitHub will not take, see above"));
  ill.backlog.refused_wishes.back().what = api::RefusedWish::What::comment;
  ill.backlog.refused = {{.repository = {1}, .head = CommitId::parse(std::string(40, 'a')).value(), .name = "EkaCI"}};
  const std::string text = status_text(ill, {.columns = 100});
  EXPECT_THAT(text, HasSubstr("✗ 1 check, 1 label, 1 comment that GitHub will not take, see above"));
  EXPECT_THAT(text, HasSubstr("GitHub refuses its comment: no"));
}

TEST(StatusText, NoLineIsWiderThanTheTerminalAndNoneIsBrokenByStrangers) {
  api::ServerStanding hostile = standing();
  Line evil = resting();
  evil.why = "\x1b[2J\nnot a line of ours\r";
  evil.title = "\x1b]0;title\x07 \xe2\x80\xae";
  evil.key = {.repository = {1}, .kind = forge::SubjectKey::Kind::target_branch, .branch = "x"};
  evil.subject = "branch \x1b[31m" + std::string(300, 'x');
  hostile.desk.lines.push_back(evil);
  hostile.forge.unanswered = kNow;
  hostile.forge.trouble = "evil\n\x1b[1A";
  hostile.backlog.refused_wishes = {{.repository = {1}, .why = "\x1b[2J\nnot a line of ours"}};
  for (const std::size_t columns : {20U, 60U, 80U, 200U}) {
    for (const std::string& text : {status_text(hostile, {.columns = columns}), queue_text(hostile, {.columns = columns})}) {
      EXPECT_EQ(text, printable(text));
      for (const std::string_view row : split(text, '\n')) {
        EXPECT_LE(display_width(row), columns) << row;
        EXPECT_FALSE(row.starts_with("not a line of ours"));
      }
    }
  }
}

TEST(StatusText, ALongNameIsNotCut) {
  api::ServerStanding some = standing();
  Line group = line(9, State::waiting);
  group.key = {.repository = {1}, .kind = forge::SubjectKey::Kind::merge_group, .branch = "gh-readonly-queue/main/pr-9-0123456789abcdef"};
  group.subject = forge::describe(group.key);
  group.place = 2;
  some.desk.lines.push_back(group);
  EXPECT_THAT(queue_text(some, {.columns = 80}), HasSubstr("  acme/pkgs merge group gh-readonly-queue/main/pr-9-0123456789abcdef\n"));
}

TEST(StatusText, ListsAreAsLongAsAskedFor) {
  api::ServerStanding many = standing();
  for (std::int64_t number = 100; number < 200; ++number) many.desk.lines.push_back(line(number, State::draft));
  EXPECT_THAT(status_text(many, {.columns = 80, .rows = 5}), HasSubstr("… and 96 more"));
  EXPECT_THAT(status_text(many, {.columns = 80, .rows = 1000}), HasSubstr("acme/pkgs#199"));
}

TEST(StatusText, TheQueueIsWhatRunsAndWhatWaits) {
  const std::string text = queue_text(standing(), {.columns = 100});
  EXPECT_THAT(text, HasSubstr("acme/pkgs#2"));
  EXPECT_THAT(text, Not(HasSubstr("acme/pkgs#3")));
  EXPECT_THAT(queue_text({}, {.columns = 100}), HasSubstr("nothing waits"));
}

}  // namespace
}  // namespace ekaci::app
