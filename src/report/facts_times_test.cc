#include "report/facts_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ekaci::report {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Change built(std::string name, std::optional<microseconds> base, std::optional<microseconds> head) {
  Change change;
  change.path = AttributePath({std::move(name)});
  change.build = BuildChange{.head_time = head, .base_time = base};
  return change;
}

std::vector<JobReview> jobs_of(std::vector<Change> changes) {
  JobReview job;
  job.changes = std::move(changes);
  return {job};
}

TEST(TimeFacts, WhatDiffersMostComesFirst) {
  const std::vector<JobReview> jobs = jobs_of({built("a", seconds(10), seconds(12)), built("b", seconds(100), seconds(60)),
                                               built("c", seconds(65), seconds(192)), built("d", seconds(3), seconds(3))});
  const TimeFacts facts = time_facts(jobs);
  ASSERT_EQ(facts.rows.size(), 3U);
  EXPECT_EQ(time_difference_text(facts.rows[0]), "+2 min 07 s");
  EXPECT_EQ(time_difference_text(facts.rows[1]), "-40.0 s");
  EXPECT_EQ(facts.rows[2].change->path.to_string(), "a");
  EXPECT_EQ(times_in_words(facts), "2 attributes take longer to build, 1 less long, 1 as long as before");
}

TEST(TimeFacts, ALittleIsNoDifference) {
  const std::vector<JobReview> jobs =
      jobs_of({built("short", milliseconds(10), milliseconds(900)), built("long", seconds(1000), seconds(1099))});
  const TimeFacts facts = time_facts(jobs);
  EXPECT_TRUE(facts.rows.empty());
  EXPECT_EQ(facts.alike, 2U);
  EXPECT_EQ(times_in_words(facts), "2 attributes take as long to build as before");
}

TEST(TimeFacts, WhatIsNotKnownOnBothSidesIsNotTold) {
  std::vector<JobReview> jobs = jobs_of({built("new", std::nullopt, seconds(9)), built("old", seconds(9), std::nullopt)});
  jobs.front().changes.emplace_back();
  const TimeFacts facts = time_facts(jobs);
  EXPECT_TRUE(facts.rows.empty());
  EXPECT_EQ(times_in_words(facts), "");
}

}  // namespace
}  // namespace ekaci::report
