#include "forge/trust.h"

#include <gtest/gtest.h>

#include <string>

namespace ekaci::forge {
namespace {

using OfRepository = TrustPolicy::OfRepository;

CommitId commit(char digit) { return CommitId::parse(std::string(40, digit)).value(); }

Repository repository() { return {.id = {1}, .installation = {7}, .name = "Acme/pkgs", .default_branch = "main"}; }

/// From a fork of the author's.
PullRequest pull_request(const std::string& author, Association association) {
  return {.head = commit('a'), .head_owner = author, .author = author, .association = association};
}

Builds builds(const Subject& subject, const TrustPolicy& policy = {}, const TrustRules& of_base = {}) {
  return builds_of({.repository = repository(), .subject = subject}, policy, of_base);
}

Builds approved_builds(const Subject& subject, const TrustPolicy& policy = {}, const TrustRules& of_base = {}) {
  return builds_of({.repository = repository(), .subject = subject, .is_approved = true}, policy, of_base);
}

TEST(Trust, OfAssociationsAndListedAuthorsIsBuilt) {
  const TrustPolicy policy{.associations = {Association::member}, .authors = {"r-ryantm"}};
  EXPECT_EQ(builds(pull_request("zoe", Association::member), policy), Builds::allowed);
  EXPECT_EQ(builds(pull_request("R-RyanTM", Association::none), policy), Builds::allowed);
  EXPECT_EQ(builds(pull_request("eve", Association::contributor), policy), Builds::withheld);
}

TEST(Trust, WhatWasApprovedIsBuiltWhoeverSentIt) {
  EXPECT_EQ(builds(pull_request("eve", Association::none)), Builds::withheld);
  EXPECT_EQ(approved_builds(pull_request("eve", Association::none)), Builds::allowed);
  EXPECT_EQ(approved_builds(pull_request("zoe", Association::member), {}, {.builds = TrustRules::Builds::approved}), Builds::allowed);
}

TEST(Trust, WhatTheRepositoryMergedItselfIsBuilt) {
  const TrustRules strict{.builds = TrustRules::Builds::approved};
  EXPECT_EQ(builds(TargetBranch{.branch = "main", .tip = commit('a')}, {}, strict), Builds::allowed);
  EXPECT_EQ(builds(MergeGroup{.branch = "q", .head = commit('a'), .base = commit('b')}, {}, strict), Builds::allowed);
}

TEST(Trust, IsNotLentToWhoeverCanPushToTheHead) {
  const auto of_member_from = [](const std::string& owner, const TrustPolicy& policy = {}, const TrustRules& of_base = {}) {
    PullRequest told = pull_request("zoe", Association::member);
    told.head_owner = owner;
    return builds(told, policy, of_base);
  };
  EXPECT_EQ(of_member_from("Zoe"), Builds::allowed) << "the author's own";
  EXPECT_EQ(of_member_from("acme"), Builds::allowed) << "who owns the base repository";
  EXPECT_EQ(of_member_from("eve"), Builds::withheld);
  EXPECT_EQ(of_member_from(""), Builds::withheld) << "a fork that is gone";
  EXPECT_EQ(of_member_from("Partners", {.authors = {"partners"}}), Builds::allowed);
  EXPECT_EQ(of_member_from("Partners", {}, {.authors = {"partners"}}), Builds::allowed);
}

TEST(Trust, ABaseMayNameAuthorsOfItsOwn) {
  const TrustRules rules{.authors = {"renovate[bot]"}};
  EXPECT_EQ(builds(pull_request("Renovate[bot]", Association::none), {}, rules), Builds::allowed);
  EXPECT_EQ(builds(pull_request("eve", Association::none), {}, rules), Builds::withheld);
  EXPECT_EQ(builds(pull_request("renovate[bot]", Association::none), {.of_repository = OfRepository::narrows}, rules), Builds::withheld);
}

TEST(Trust, ABaseMayNarrowButNotWidenAssociations) {
  const TrustPolicy policy{.associations = {Association::owner, Association::member}, .of_repository = OfRepository::narrows};
  const TrustRules rules{.associations = {{"OWNER", "NONE"}}};
  EXPECT_EQ(builds(pull_request("acme", Association::owner), policy, rules), Builds::allowed);
  EXPECT_EQ(builds(pull_request("zoe", Association::member), policy, rules), Builds::withheld);
  EXPECT_EQ(builds(pull_request("eve", Association::none), policy, rules), Builds::withheld);
}

TEST(Trust, ABaseMayHaveEverybodyWaitForAnApproval) {
  const TrustRules rules{.builds = TrustRules::Builds::approved, .authors = {"zoe"}};
  EXPECT_EQ(builds(pull_request("acme", Association::owner), {.authors = {"acme"}}, rules), Builds::withheld);
  EXPECT_EQ(builds(pull_request("zoe", Association::member), {}, rules), Builds::withheld);
}

}  // namespace
}  // namespace ekaci::forge
