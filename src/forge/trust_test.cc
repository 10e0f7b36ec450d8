#include "forge/trust.h"

#include <gtest/gtest.h>

namespace ekaci::forge {
namespace {

CommitId commit(char digit) { return CommitId::parse(std::string(40, digit)).value(); }

SubjectRecord record(const std::string& author, Association association) {
  return {.repository = {1}, .subject = PullRequest{.head = commit('a'), .author = author, .association = association}};
}

TEST(Trust, OfAssociationsAndListedAuthorsIsBuilt) {
  const TrustPolicy policy{.associations = {Association::member}, .authors = {"r-ryantm"}};
  EXPECT_EQ(builds_of(record("zoe", Association::member), policy), Builds::allowed);
  EXPECT_EQ(builds_of(record("R-RyanTM", Association::none), policy), Builds::allowed);
  EXPECT_EQ(builds_of(record("eve", Association::contributor), policy), Builds::withheld);
}

TEST(Trust, AnApprovalIsForOneCommit) {
  SubjectRecord approved = record("eve", Association::none);
  approved.approved = commit('a');
  EXPECT_EQ(builds_of(approved, {}), Builds::allowed);
  approved.approved = commit('b');
  EXPECT_EQ(builds_of(approved, {}), Builds::withheld);
}

TEST(Trust, WhatTheRepositoryMergedItselfIsBuilt) {
  EXPECT_EQ(builds_of({.repository = {1}, .subject = TargetBranch{.branch = "main", .tip = commit('a')}}, {}), Builds::allowed);
  EXPECT_EQ(builds_of({.repository = {1}, .subject = MergeGroup{.branch = "q", .head = commit('a'), .base = commit('b')}}, {}),
            Builds::allowed);
}

}  // namespace
}  // namespace ekaci::forge
