#include "report/filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "report/json.h"
#include "report/json_reader.h"
#include "report/samples_test.h"
#include "report/terminal.h"

namespace ekaci::report {
namespace {

std::vector<std::string> kept(const Filter& filter) {
  std::vector<std::string> names;
  const Review few = filtered(world_sample(), filter);
  for (const Change& change : few.jobs[0].changes) names.push_back(change.path.to_string());
  return names;
}

TEST(Filter, KeepsWhatAMaintainerHasOnEitherSide) {
  EXPECT_EQ(kept({.maintainers = {"@Carol"}}), std::vector<std::string>{"pixz"});
  EXPECT_EQ(kept({.maintainers = {"alice"}, .sets = {}, .kinds = {ChangeKind::metadata_only}}), std::vector<std::string>{"pixz"});
  EXPECT_TRUE(kept({.maintainers = {"nobody"}}).empty());
}

TEST(Filter, KeepsWhatIsInASet) {
  EXPECT_EQ(kept({.sets = {*parse_set("llvm.*")}}), std::vector<std::string>{"llvm.package00"});
  EXPECT_EQ(kept({.sets = {*parse_set("python310Packages"), *parse_set("llvm")}}).size(), 2U);
  EXPECT_EQ(kept({.sets = {*parse_set(".")}}).size(), 28U);
  EXPECT_TRUE(kept({.sets = {*parse_set("python")}}).empty());
}

TEST(Filter, SetsAreWrittenAsOnACommandLine) {
  EXPECT_EQ(*parse_set("a.\"b.c\".*"), (AttributePath{"a", "b.c"}));
  EXPECT_TRUE(parse_set(".")->is_root());
  for (const std::string text : {"", ".*", "a..b", "\"a"}) EXPECT_FALSE(parse_set(text)) << text;
}

TEST(Filter, AskingNothingChangesNothing) { EXPECT_EQ(to_json(filtered(world_sample(), {})), to_json(world_sample())); }

TEST(Filter, SaysWhatItHidesAndNeverMovesTheVerdict) {
  const Review all = world_sample();
  const Review few = filtered(all, {.kinds = {ChangeKind::added}});
  EXPECT_EQ(few.verdict, all.verdict);
  EXPECT_EQ(few.jobs[0].attributes, 1U);
  EXPECT_EQ(few.jobs[0].counts.at(ChangeKind::rebuilt), 0U);
  EXPECT_EQ(few.notes.back(), "a filter hides 99 of 100 changes; the verdict, where rebuilds come from and new derivations are about all");
  EXPECT_NE(to_terminal(few, {.columns = 200}).find("a filter hides 99 of 100 changes"), std::string::npos);
}

TEST(Filter, WhatIsKeptIsAReportLikeAnyOther) {
  for (const auto& [name, review] : samples()) {
    const Review few = filtered(review, {.maintainers = {"alice"}, .sets = {}, .kinds = {ChangeKind::rebuilt}});
    const Result<Review> read = from_json(to_json(few));
    ASSERT_TRUE(read) << name << ": " << read.error().to_string();
  }
}

}  // namespace
}  // namespace ekaci::report
