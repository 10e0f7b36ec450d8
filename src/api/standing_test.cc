#include "api/standing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ekaci::api {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Line = forge::DeskStanding::Line;
using State = forge::DeskStanding::State;

constexpr Clock::Wall kNow{1'700'000'000s};

Line line(std::int64_t number, State state) {
  return {.key = {.repository = {1}, .number = {number}},
          .repository = "acme/pkgs",
          .subject = "#" + std::to_string(number),
          .head = "0123456789ab",
          .state = state};
}

ServerStanding standing() {
  ServerStanding well{.version = "0.1.0", .now = kNow, .started = kNow - 1h};
  well.desk = {.looked = kNow, .is_current = true, .repositories = 1, .at_once = 2, .tries = 5, .names = {{{1}, "acme/pkgs"}}};
  well.forge.answered = kNow - 3s;
  return well;
}

UnsentCheck check(std::chrono::seconds age) {
  return {.repository = {1},
          .head = CommitId::parse(std::string(40, 'a')).value(),
          .name = "EkaCI",
          .failures = 3,
          .since = kNow - age,
          .due = kNow + 20s,
          .why = "status 502"};
}

std::vector<Stuck::Kind> kinds(const ServerStanding& standing) {
  std::vector<Stuck::Kind> found;
  for (const Stuck& stuck : find_stuck(standing)) found.push_back(stuck.kind);
  return found;
}

TEST(Standing, NothingIsStuckWhereAllGoesOn) {
  ServerStanding well = standing();
  well.backlog = {.deliveries = 3, .oldest_delivery = kNow - 30s, .checks = 1, .oldest_check = kNow - 5min, .owed = {check(5min)}};
  Line running = line(1, State::under_review);
  running.review = forge::ReviewId{4};
  well.desk.lines = {running, line(2, State::waiting), line(3, State::draft), line(4, State::decided)};
  well.reviews = {{.id = {4}, .phase = "building", .moved = kNow - 10min, .quiet_limit = 31min}};
  EXPECT_THAT(find_stuck(well), IsEmpty());
}

TEST(Standing, WhatIsUnhandledOrUnsentForLongIsStuck) {
  ServerStanding ill = standing();
  ill.backlog = {
      .deliveries = 3, .oldest_delivery = kNow - 61s, .checks = 2, .oldest_check = kNow - 11min, .owed = {check(11min), check(1min)}};
  EXPECT_THAT(kinds(ill), ElementsAre(Stuck::Kind::deliveries, Stuck::Kind::check));
  const Stuck stuck = find_stuck(ill).back();
  EXPECT_EQ(stuck.subject, "acme/pkgs aaaaaaaaaa EkaCI");
  EXPECT_EQ(stuck.why, "status 502");
  EXPECT_THAT(stuck.to_do, HasSubstr("22:13:40 UTC"));
}

TEST(Standing, RefusedChecksAreStuckHoweverNew) {
  ServerStanding ill = standing();
  ill.backlog.refused = {check(1s)};
  EXPECT_THAT(find_stuck(ill).front().why, HasSubstr("GitHub refuses"));
}

RefusedWish refused_wish(RefusedWish::What what) {
  return {.what = what, .repository = {1}, .pull_request = {7}, .since = kNow - 2min, .why = "Resource not accessible"};
}

TEST(Standing, RefusedLabelsAndCommentsAreStuck) {
  ServerStanding ill = standing();
  ill.backlog.refused_wishes = {refused_wish(RefusedWish::What::label), refused_wish(RefusedWish::What::comment)};
  EXPECT_THAT(kinds(ill), ElementsAre(Stuck::Kind::label, Stuck::Kind::comment));
  const Stuck stuck = find_stuck(ill).front();
  EXPECT_EQ(stuck.subject, "acme/pkgs#7");
  EXPECT_EQ(stuck.since, kNow - 2min);
  EXPECT_EQ(stuck.why, "GitHub refuses its label: Resource not accessible");
  EXPECT_THAT(find_stuck(ill).back().why, HasSubstr("its comment"));
  EXPECT_THAT(stuck.to_do, HasSubstr("pull requests: write"));
  const auto json = nlohmann::json::parse(to_json(ill));
  EXPECT_EQ(json["stuck"][0]["kind"], "label");
  const nlohmann::json first = {{"what", "label"},
                                {"repository", "acme/pkgs"},
                                {"subject", "#7"},
                                {"since", "2023-11-14T22:11:20Z"},
                                {"why", "Resource not accessible"}};
  EXPECT_EQ(json["refusedOnPullRequests"][0], first);
  EXPECT_EQ(json["refusedOnPullRequests"][1]["what"], "comment");
}

TEST(Standing, AReviewWithoutProgressForLongerThanItsLimitIsStuck) {
  ServerStanding ill = standing();
  Line running = line(1, State::under_review);
  running.review = forge::ReviewId{4};
  ill.desk.lines = {running};
  ill.reviews = {{.id = {4}, .phase = "evaluating", .moved = kNow - 7min, .quiet_limit = 6min}};
  const std::vector<Stuck> stuck = find_stuck(ill);
  ASSERT_EQ(stuck.size(), 1U);
  EXPECT_EQ(stuck.front().since, kNow - 7min);
  EXPECT_THAT(stuck.front().to_do, HasSubstr("ekaci cancel acme/pkgs#1"));
}

TEST(Standing, AReviewWhoseBuildsWaitForThoseOfOthersIsNotStuck) {
  ServerStanding well = standing();
  Line running = line(1, State::under_review);
  running.review = forge::ReviewId{4};
  well.desk.lines = {running};
  well.reviews = {{.id = {4}, .phase = "building", .moved = kNow - 40min, .quiet_limit = 31min, .queued = 2}};
  EXPECT_TRUE(find_stuck(well).empty());
  well.reviews.front().builds.push_back({.name = "hello", .since = kNow - 40min});
  EXPECT_EQ(find_stuck(well).size(), 1U);
}

TEST(Standing, WhatRestsIsStuckWithWhyAndWhatHelps) {
  ServerStanding ill = standing();
  Line resting = line(1, State::resting);
  resting.failures = 2;
  resting.why = "no disk";
  resting.again = kNow + 30s;
  Line branch = resting;
  branch.key = {.repository = {1}, .kind = forge::SubjectKey::Kind::target_branch, .branch = "main"};
  branch.subject = "branch main";
  ill.desk.lines = {resting, branch};
  const std::vector<Stuck> stuck = find_stuck(ill);
  ASSERT_EQ(stuck.size(), 2U);
  EXPECT_EQ(stuck.front().why, "could not be reviewed, 2 of 5 tries: no disk");
  EXPECT_THAT(stuck.front().to_do, HasSubstr("ekaci retry acme/pkgs#1"));
  EXPECT_THAT(stuck.back().to_do, HasSubstr("ekaci retry 'acme/pkgs branch main'"));
}

TEST(Standing, AServerThatKeepsNothingComesFirstAndASilentForgeNext) {
  ServerStanding ill = standing();
  ill.desk.trouble = forge::DeskStanding::Trouble{.since = kNow - 5s, .why = "disk full"};
  ill.forge.unanswered = kNow;
  ill.forge.trouble = "no route";
  ill.desk.lines = {line(1, State::resting)};
  EXPECT_THAT(kinds(ill), ElementsAre(Stuck::Kind::desk, Stuck::Kind::forge, Stuck::Kind::rest));
  ServerStanding busy = standing();
  busy.desk.is_current = false;
  EXPECT_THAT(kinds(busy), ElementsAre(Stuck::Kind::desk));
}

TEST(Standing, JsonHasEverySubjectAndTheQueueInItsOrder) {
  ServerStanding some = standing();
  Line running = line(1, State::under_review);
  running.review = forge::ReviewId{4};
  running.since = kNow - 1min;
  Line second = line(2, State::waiting);
  second.place = 2;
  second.rank = 1;
  second.since = kNow - 1min;
  Line first = line(3, State::waiting);
  first.place = 1;
  Line decided = line(4, State::decided);
  decided.decision = Decision::merge;
  decided.title = "not UTF-8: \xff";
  some.desk.lines = {running, second, first, decided};
  some.forge.budgets = {{.installation = 7, .spares = kNow + 10min}};
  some.reviews = {{.id = {4}, .phase = "building", .phase_began = kNow, .moved = kNow, .to_build = 10, .built = 3}};
  const auto json = nlohmann::json::parse(to_json(some));
  EXPECT_EQ(json["startedAt"], "2023-11-14T21:13:20Z");
  EXPECT_EQ(json["github"]["budgets"][0]["progressAt"], "2023-11-14T22:23:20Z");
  EXPECT_EQ(json["github"]["budgets"][0]["resumesAt"], nullptr);
  EXPECT_EQ(json["reviews"][0]["derivations"]["toBuild"], 10);
  EXPECT_EQ(json["queue"][0]["subject"], "#3");
  EXPECT_EQ(json["queue"][1]["place"], 2);
  EXPECT_EQ(json["subjects"].size(), 4U);
  EXPECT_EQ(json["subjects"][3]["state"], "merge");
  EXPECT_EQ(nlohmann::json::parse(queue_json(some))["underReview"][0]["subject"], "#1");
}

TEST(Standing, SaysWhyEachWaits) {
  ServerStanding some = standing();
  some.desk.running = 2;
  EXPECT_EQ(why_it_waits(some, line(1, State::waiting)), "2 of 2 reviews are under way");
  EXPECT_THAT(why_it_waits(some, line(1, State::draft)), HasSubstr("draft"));
  Line unapproved = line(1, State::decided);
  unapproved.awaits_approval = true;
  EXPECT_THAT(why_it_waits(some, unapproved), HasSubstr("approve"));
  EXPECT_EQ(why_it_waits(some, line(1, State::decided)), "");
}

}  // namespace
}  // namespace ekaci::api
