#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "forge/desk.h"

/// What the tests of the desk share.
namespace ekaci::forge {

inline CommitId commit(char digit) { return CommitId::parse(std::string(40, digit)).value(); }

inline Repository repository() { return {.id = {1}, .installation = {7}, .name = "owner/name", .default_branch = "main"}; }

inline constexpr Clock::Wall kStart{std::chrono::seconds(1'700'000'000)};

inline PullRequest pull_request(char head, Association association = Association::member) {
  return {.number = {12},
          .target = "main",
          .head = commit(head),
          .head_owner = "author",
          .author = "author",
          .association = association,
          .updated = kStart};
}

template <class Effect>
std::vector<Effect> all_of(const DeskDecision& decision) {
  std::vector<Effect> found;
  for (const DeskEffect& effect : decision.then) {
    if (const auto* one = std::get_if<Effect>(&effect)) found.push_back(*one);
  }
  return found;
}

/// What the decision has the summary check of a commit say; nullopt where nothing.
inline std::optional<CheckText> told(const DeskDecision& decision, char head) {
  for (const Check& check : decision.keep.checks) {
    if (check.head == commit(head) && check.name == kSummaryCheck) return check.text;
  }
  return std::nullopt;
}

class DeskTest : public testing::Test {
 protected:
  DeskDecision hear(const Notice& notice) { return desk_.handle(now_, NoticeArrived{DeliveryId{++deliveries_}, notice}); }
  DeskDecision hear_of(PullRequest told, std::chrono::seconds later = std::chrono::seconds(0)) {
    told.updated += later;
    return hear(PullRequestNotice{repository(), std::move(told)});
  }
  /// Of what began last.
  static ReviewId begun(const DeskDecision& decision) {
    const auto started = all_of<StartReview>(decision);
    EXPECT_THAT(started, testing::SizeIs(1));
    return started.empty() ? ReviewId{} : started.front().id;
  }
  DeskDecision end(ReviewId id, Decision decision = Decision::merge) {
    const Conclusion conclusion = decision == Decision::merge ? Conclusion::success : Conclusion::failure;
    return desk_.handle(now_, ReviewEnded{id, ReviewConclusion{.decision = decision,
                                                               .base = commit('b'),
                                                               .summary = {.status = CheckStatus::completed, .conclusion = conclusion}}});
  }

  DeskDecision push(char tip, std::optional<CommitId> before) {
    return hear(PushNotice{.repository = repository(), .branch = "main", .tip = commit(tip), .before = std::move(before)});
  }
  /// Of the pull request into main, and of another of the same head into a branch of releases.
  static PullRequest backport(char head) {
    PullRequest other = pull_request(head);
    other.number = {13};
    other.target = "release";
    return other;
  }
  DeskDecision read_branches(const DeskDecision& asked, char main) {
    const auto questions = all_of<ReadBranches>(asked);
    EXPECT_THAT(questions, testing::SizeIs(1));
    return desk_.handle(now_, BranchesRead{.id = questions.at(0).id, .tips = {{.branch = "main", .tip = commit(main)}}});
  }

  DeskDecision order(OrderKind kind, std::int64_t number = 12) {
    return desk_.handle(now_, OperatorOrdered{.subject = {.repository = {1}, .number = {number}}, .kind = kind});
  }

  /// A desk that knows the repository.
  static Desk desk_of(DeskPolicy policy) {
    Desk desk(std::move(policy));
    desk.start(kStart, {.repositories = {repository()}, .subjects = {}});
    return desk;
  }

  Clock::Wall now_ = kStart;
  std::int64_t deliveries_ = 0;
  Desk desk_ = desk_of({});
};

}  // namespace ekaci::forge
