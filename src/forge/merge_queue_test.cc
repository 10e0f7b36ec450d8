#include "forge/merge_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace ekaci::forge {
namespace {

const std::string kBase(40, 'b');

CommitId tip() { return CommitId::parse(std::string(40, 'a')).value(); }

std::optional<MergeGroup> group_of(std::string_view branch) { return merge_group_of(branch, tip()); }

TEST(MergeQueue, ABranchSaysWhatItsGroupIs) {
  for (const std::string& target : {std::string("main"), std::string("release/24.11"), "a/pr-1-" + std::string(40, 'c'),
                                    std::string("pr-2"), std::string("-"), std::string("\xc3\xa9")}) {
    const std::string branch = "gh-readonly-queue/" + target + "/pr-12-" + kBase;
    const MergeGroup expected{.branch = branch, .head = tip(), .base = CommitId::parse(kBase).value()};
    EXPECT_EQ(group_of(branch), expected) << branch;
  }
}

TEST(MergeQueue, ABranchOfAnotherFormIsNoGroup) {
  const std::string queue = "gh-readonly-queue/";
  for (const std::string& branch : {std::string(),
                                    std::string("main"),
                                    queue,
                                    queue + "main",
                                    queue + "pr-12-" + kBase,
                                    queue + "/pr-12-" + kBase,
                                    "refs/heads/" + queue + "main/pr-12-" + kBase,
                                    "gh-readonly-queue-2/main/pr-12-" + kBase,
                                    queue + "main/pr-12-" + kBase + "/",
                                    queue + "main/pr--" + kBase,
                                    queue + "main/pr-12" + kBase,
                                    queue + "main/pr-12-",
                                    queue + "main/12-" + kBase,
                                    queue + "main/pr-12-" + kBase.substr(1),
                                    queue + "main/pr-12-" + kBase + "b",
                                    queue + "main/pr-12-" + std::string(64, 'b'),
                                    queue + "main/pr-12-" + std::string(40, 'B'),
                                    queue + "main/pr-12-" + std::string(39, 'b') + "g",
                                    queue + "main/pr-0-" + kBase,
                                    queue + "main/pr-012-" + kBase,
                                    queue + "main/pr-+12-" + kBase,
                                    queue + "main/pr-12 -" + kBase,
                                    queue + "main/pr-1-2-" + kBase,
                                    queue + "main/pr-" + std::string(19, '9') + "-" + kBase,
                                    queue + "main/PR-12-" + kBase,
                                    queue + "main/pr-12-" + kBase + "\n"}) {
    EXPECT_EQ(group_of(branch), std::nullopt) << branch;
  }
}

TEST(MergeQueue, WhateverIsChangedTheTwoCommitsAreTheTipAndTheNames) {
  const std::string right = "gh-readonly-queue/main/pr-12-" + kBase;
  EXPECT_TRUE(rc::check([&] {
    std::string other = right;
    other[*rc::gen::inRange<std::size_t>(0, other.size())] = *rc::gen::arbitrary<char>();
    const std::optional<MergeGroup> group = group_of(other);
    if (!group) return;
    RC_ASSERT(group->branch == other);
    RC_ASSERT(group->head == tip());
    RC_ASSERT(other.ends_with("-" + group->base.to_string()));
  }));
}

}  // namespace
}  // namespace ekaci::forge
