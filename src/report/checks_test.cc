#include "report/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "forge/comments.h"
#include "report/markdown.h"
#include "report/samples_builds_test.h"
#include "report/samples_test.h"
#include "review/compare.h"
#include "review/judge.h"
#include "review/skip.h"

namespace ekaci::report {
namespace {

using forge::Check;
using forge::CheckStatus;
using forge::Conclusion;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

CheckOptions options_for(const Review& review) { return {.repository = {12}, .head = review.head}; }

std::set<std::string> names_of(const ReviewChecks& checks) {
  std::set<std::string> names;
  for (const Check& check : checks.others) names.insert(check.name);
  return names;
}

const Check* find(const ReviewChecks& checks, const std::string& part) {
  const auto found = std::ranges::find_if(checks.others, [&](const Check& check) { return check.name.find(part) != std::string::npos; });
  return found == checks.others.end() ? nullptr : &*found;
}

TEST(ReviewChecks, TheSummaryIsConcludedWithTheVerdict) {
  const Review review = broken_root_sample();
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_EQ(checks.summary.status, CheckStatus::completed);
  EXPECT_EQ(checks.summary.conclusion, Conclusion::failure);
  EXPECT_THAT(checks.summary.title, HasSubstr("newly fail"));
  EXPECT_LE(checks.summary.summary.size(), forge::kMaxCheckText);
}

TEST(ReviewChecks, OnlyMergeIsASuccess) {
  Review review = leaf_sample();
  for (const Decision decision : {Decision::merge, Decision::do_not_merge, Decision::wait, Decision::cannot_tell}) {
    review.verdict.decision = decision;
    const auto conclusion = to_checks(review, options_for(review)).summary.conclusion;
    EXPECT_EQ(conclusion, decision == Decision::merge ? Conclusion::success : Conclusion::failure) << to_string(decision);
  }
}

TEST(ReviewChecks, WhatIsOpenForWantOfAnApprovalAsksForIt) {
  Review review = leaf_sample();
  review.verdict.decision = Decision::cannot_tell;
  CheckOptions options = options_for(review);
  options.building = CheckOptions::Building::withheld;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_EQ(checks.summary.conclusion, Conclusion::action_required);
  EXPECT_THAT(checks.summary.actions, Contains(Field(&forge::CheckAction::identifier, std::string(forge::kApprove))));
  review.verdict.decision = Decision::do_not_merge;
  EXPECT_EQ(to_checks(review, options).summary.conclusion, Conclusion::failure);
}

const forge::CheckAction* find_approval(const ReviewChecks& checks) {
  const auto found = std::ranges::find(checks.summary.actions, forge::kApprove, &forge::CheckAction::identifier);
  return found == checks.summary.actions.end() ? nullptr : &*found;
}

Attribute derivation(const std::string& name, std::uint32_t seed) { return {AttributePath{name}, sample_derivation(name + "-1.0", seed)}; }

EvaluationError error(EvaluationFailure failure = EvaluationFailure::evaluation) {
  return {.failure = failure, .message = "boom", .position = {}};
}

Attribute failing(const std::string& name, EvaluationFailure failure = EvaluationFailure::evaluation) {
  return {AttributePath{name}, error(failure)};
}

Attribute failing_root(EvaluationFailure failure = EvaluationFailure::evaluation) { return {AttributePath{}, error(failure)}; }

JobReview job_of(std::vector<Attribute> base, std::vector<Attribute> head, JobReview::Presence presence = JobReview::Presence::both,
                 std::uint64_t rebuilds = 0) {
  review::JobSides sides{.job = "ci", .system = "x86_64-linux", .presence = presence, .rebuild_count = rebuilds};
  sides.base.evaluation.attributes = std::move(base);
  sides.head.evaluation.attributes = std::move(head);
  return review::review_job(std::move(sides)).value();
}

Review judged(std::vector<JobReview> jobs, const review::ConfigurationDifference& difference = {},
              review::Accepted accepted = review::Accepted::no) {
  Review review = sample_review(std::move(jobs));
  review.verdict = review::judge(review, difference, accepted);
  return review;
}

CheckOptions withheld(const Review& review) {
  CheckOptions options = options_for(review);
  options.building = CheckOptions::Building::withheld;
  return options;
}

TEST(ReviewChecks, AskToAcceptWhatOnlyAPersonCan) {
  const std::vector<Attribute> side{derivation("a", 1)};
  const Review review = judged({job_of({derivation("a", 1), derivation("b", 2)}, side)}, {.changed = {"ci"}});
  for (const CheckOptions& options : {options_for(review), withheld(review)}) {
    const ReviewChecks checks = to_checks(review, options);
    EXPECT_EQ(checks.summary.conclusion, Conclusion::action_required);
    EXPECT_EQ(checks.summary.title, "approval needed to accept the removal of 1 attribute and a changed configuration");
    ASSERT_NE(find_approval(checks), nullptr);
    EXPECT_EQ(find_approval(checks)->description, "Accept what this commit changes");
  }
  const Review accepted = judged(review.jobs, {.changed = {"ci"}}, review::Accepted::yes);
  const ReviewChecks checks = to_checks(accepted, options_for(accepted));
  EXPECT_EQ(checks.summary.conclusion, Conclusion::success);
  EXPECT_EQ(find_approval(checks), nullptr);
  EXPECT_THAT(checks.summary.summary, HasSubstr("accepted by someone with write access"));
}

TEST(ReviewChecks, AskToBuildAndToAcceptAtOnce) {
  const Review review = judged({job_of({derivation("a", 1), derivation("b", 2)}, {derivation("a", 3)}, JobReview::Presence::both, 7)});
  const ReviewChecks checks = to_checks(review, withheld(review));
  EXPECT_EQ(checks.summary.conclusion, Conclusion::action_required);
  EXPECT_EQ(checks.summary.title, "approval needed to build 7 derivations, and to accept the removal of 1 attribute");
  EXPECT_EQ(find_approval(checks)->description, "Build this commit, accept its changes");
  const Review plain = judged({job_of({derivation("a", 1)}, {derivation("a", 3)}, JobReview::Presence::both, 7)});
  EXPECT_EQ(to_checks(plain, withheld(plain)).summary.title, "approval needed to build 7 derivations");
  EXPECT_EQ(find_approval(to_checks(plain, withheld(plain)))->description, "Build this commit, and only this one");
}

TEST(ReviewChecks, NeverAskToBuildNothing) {
  const Review elsewhere = judged({job_of({derivation("a", 1)}, {derivation("a", 3)})});
  EXPECT_EQ(to_checks(elsewhere, withheld(elsewhere)).summary.title, "approval needed to build 1 attribute");
  const Review unexamined = judged({job_of({failing_root()}, {failing_root()})}, {.changed = {"ci"}});
  const ReviewChecks checks = to_checks(unexamined, withheld(unexamined));
  EXPECT_EQ(checks.summary.conclusion, Conclusion::failure);
  EXPECT_EQ(find_approval(checks), nullptr) << "nobody's word would help";
}

TEST(ReviewChecks, AskForNothingWhereEvidenceSpeaksAgainstIt) {
  const std::vector<Attribute> base{derivation("a", 1), derivation("b", 2)};
  const Review review = judged({job_of(base, {failing("a")})}, {.changed = {"ci"}});
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_EQ(checks.summary.conclusion, Conclusion::failure);
  EXPECT_EQ(find_approval(checks), nullptr);
  const Review building = judged({job_of(base, {failing("a"), derivation("b", 3)}, JobReview::Presence::both, 5)});
  EXPECT_EQ(to_checks(building, withheld(building)).summary.conclusion, Conclusion::failure);
  EXPECT_NE(find_approval(to_checks(building, withheld(building))), nullptr) << "the rest may be built all the same";
}

TEST(ReviewChecks, AJobThatIsRemovedIsForAPersonToAccept) {
  const std::vector<Attribute> side{derivation("a", 1)};
  JobReview removed = job_of({derivation("b", 2)}, {}, JobReview::Presence::removed);
  removed.job = "old";
  const review::ConfigurationDifference difference{.removed = {"old"}};
  const Review review = judged({job_of(side, side), removed}, difference);
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_EQ(checks.summary.conclusion, Conclusion::action_required);
  EXPECT_THAT(checks.summary.title, HasSubstr("a changed configuration without job 'old' on x86_64-linux"));
  EXPECT_EQ(find(checks, "EkaCI / evaluate old ")->text.conclusion, Conclusion::failure);
  EXPECT_EQ(find(checks, "EkaCI / evaluate old ")->text.title, "the job is removed");
  const Review accepted = judged(review.jobs, difference, review::Accepted::yes);
  EXPECT_EQ(to_checks(accepted, options_for(accepted)).summary.conclusion, Conclusion::success);
  EXPECT_EQ(find(to_checks(accepted, options_for(accepted)), "EkaCI / evaluate old ")->text.conclusion, Conclusion::neutral);
  EXPECT_EQ(find(to_checks(accepted, options_for(accepted)), "EkaCI / evaluate ci ")->text.conclusion, Conclusion::success);
}

TEST(ReviewChecks, AJobIsASuccessOnlyWhereAllOfItWasLookedAt) {
  using enum EvaluationFailure;
  using Presence = JobReview::Presence;
  const Attribute good = derivation("a", 1);
  JobReview lacking = job_of({good, failing("b")}, {good, failing("b")});
  lacking.head.repeatable = false;
  JobReview lossy = job_of({good, derivation("b", 2)}, {good, derivation("b", 2)});
  lossy.changes.pop_back();
  struct Case {
    JobReview job;
    Conclusion conclusion;
    std::string title;
  };
  const std::vector<Case> cases{
      {job_of({good}, {good}), Conclusion::success, "1 attribute evaluated, nothing newly fails"},
      {job_of({good, failing("b")}, {good, failing("b")}), Conclusion::success, "2 attributes: 1 fails as at base, nothing newly"},
      {job_of({}, {good}, Presence::added), Conclusion::success, "1 attribute evaluated, nothing newly fails"},
      {job_of({good}, {failing("a")}), Conclusion::failure, "1 attribute newly fails to evaluate"},
      {job_of({good}, {failing_root()}), Conclusion::failure, "nothing of it evaluates any more"},
      {job_of({}, {failing_root()}, Presence::added), Conclusion::failure, "nothing of it evaluates"},
      {job_of({failing_root()}, {failing_root()}), Conclusion::failure, "not known: its base does not evaluate"},
      {job_of({failing("a")}, {failing("a")}), Conclusion::failure, "not known: nothing in it evaluates at its base"},
      {job_of({}, {}), Conclusion::failure, "not known: it has no attributes"},
      {job_of({}, {}, Presence::added), Conclusion::failure, "not known: it has no attributes"},
      {job_of({good}, {}, Presence::removed), Conclusion::failure, "the job is removed"},
      {lacking, Conclusion::failure, "not known: attributes fail, and something was missing"},
      {lossy, Conclusion::failure, "not known: its comparison is not whole"},
      {job_of({good, failing("b", out_of_memory)}, {good, failing("b", timed_out)}), Conclusion::failure,
       "not known: 2 evaluations were stopped by a limit of this run"},
      {job_of({good, failing("b", crashed)}, {good, derivation("b", 2)}), Conclusion::failure,
       "not known: 1 evaluation was stopped by a limit of this run"},
      {job_of({good, derivation("b", 2)}, {good, failing("b", timed_out)}), Conclusion::timed_out,
       "not known: 1 evaluation was stopped by a limit of time"},
      {job_of({good, failing("b", timed_out)}, {good, failing("b", timed_out)}), Conclusion::timed_out,
       "not known: 2 evaluations were stopped by a limit of time"},
      {job_of({good}, {failing_root(timed_out)}), Conclusion::timed_out, "not known: a limit of this run stopped it"},
      {job_of({failing_root(timed_out)}, {good}), Conclusion::timed_out, "not known: a limit of this run stopped it at its base"},
      {job_of({failing_root(timed_out)}, {failing_root()}), Conclusion::failure, "not known: a limit of this run stopped it at its base"},
      {job_of({good, derivation("b", 2)}, {failing("a"), failing("b", timed_out)}), Conclusion::failure,
       "1 attribute newly fails to evaluate"},
  };
  for (const Case& each : cases) {
    const Review review = judged({each.job});
    const Check check = to_checks(review, options_for(review)).others.front();
    EXPECT_EQ(check.text.conclusion, each.conclusion) << each.title;
    EXPECT_EQ(check.text.title, each.title);
  }
}

TEST(ReviewChecks, TheSummaryTimedOutWhereOnlyTimeWasMissing) {
  using enum EvaluationFailure;
  const std::vector<Attribute> base{derivation("a", 1), derivation("b", 2)};
  const auto conclusion_of = [&](Attribute b) {
    const Review review = judged({job_of(base, {derivation("a", 1), std::move(b)})});
    return to_checks(review, options_for(review)).summary.conclusion;
  };
  EXPECT_EQ(conclusion_of(failing("b", timed_out)), Conclusion::timed_out);
  EXPECT_EQ(conclusion_of(failing("b", out_of_memory)), Conclusion::failure);
  EXPECT_EQ(conclusion_of(failing("b")), Conclusion::failure);
}

TEST(ReviewChecks, AllLinkToTheSamePage) {
  const Review review = broken_root_sample();
  CheckOptions options = options_for(review);
  options.details_path = "/acme/pkgs/pr/12";
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_EQ(checks.summary.details_path, "/acme/pkgs/pr/12");
  for (const Check& check : checks.others) EXPECT_EQ(check.text.details_path, "/acme/pkgs/pr/12") << check.name;
}

TEST(ReviewChecks, EveryJobAndNewlyFailingAttributeHasOne) {
  const Review review = broken_root_sample();
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_THAT(names_of(checks), SizeIs(checks.others.size()));
  EXPECT_THAT(names_of(checks), Contains(HasSubstr("EkaCI / evaluate ")));
  EXPECT_THAT(names_of(checks), Contains(HasSubstr("EkaCI / build ")));
  for (const Check& check : checks.others) {
    EXPECT_EQ(check.text.status, CheckStatus::completed);
    EXPECT_EQ(check.head, review.head);
    EXPECT_TRUE(check.text.conclusion);
  }
}

TEST(ReviewChecks, JobsBeyondTheBoundAreCountedAndCoveredByTheSummary) {
  Review review = leaf_sample();
  const JobReview one = review.jobs.front();
  review.jobs.clear();
  for (int i = 0; i < 60; ++i) {
    review.jobs.push_back(one);
    review.jobs.back().job = fmt::format("job{:02}", i);
  }
  const ReviewChecks checks = to_checks(review, options_for(review));
  const auto is_of_job = [](const Check& check) { return check.name.starts_with("EkaCI / evaluate job"); };
  EXPECT_EQ(std::ranges::count_if(checks.others, is_of_job), 50);
  EXPECT_THAT(names_of(checks), Contains(HasSubstr("evaluate job49 ")));
  EXPECT_THAT(checks.summary.summary, HasSubstr("The first 50 of 60 jobs and systems have a check of their own"));
  review.jobs.resize(50);
  EXPECT_THAT(to_checks(review, options_for(review)).summary.summary, Not(HasSubstr("have a check of their own; this")));
}

TEST(ReviewChecks, NewlyFailingAttributesBeyondTheBoundAreCounted) {
  const Review review = broken_root_sample();
  CheckOptions options = options_for(review);
  options.attributes = 0;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_THAT(names_of(checks), Not(Contains(HasSubstr("EkaCI / build "))));
  EXPECT_THAT(checks.summary.summary, HasSubstr("have a check of their own"));
}

/// A review in which one attribute has each transition, and one has none: it was not built.
Review review_of_each_transition() {
  Review review = leaf_sample();
  Change change = review.jobs.front().changes.front();
  review.jobs.resize(1);
  review.root_failures.clear();
  std::vector<Change>& changes = review.jobs.front().changes;
  changes.clear();
  const auto derivation = [](std::string_view name) {
    return EvaluatedDerivation{
        .path = *StorePath::from_parts(StoreHash{}, std::string(name) + ".drv"), .name = std::string(name), .outputs = {"out"}};
  };
  const auto add = [&](std::string_view name, std::optional<BuildChange> build) {
    change.path = AttributePath{std::string(name)};
    change.kind = ChangeKind::rebuilt;
    change.base = derivation("old");
    change.head = derivation(name);
    change.build = build;
    changes.push_back(change);
  };
  for (const Transition transition : kTransitions) add(to_string(transition), BuildChange{.transition = transition});
  add("cancelled", BuildChange{.transition = Transition::unknown, .head = OutcomeKind::cancelled});
  add("unbuilt", std::nullopt);
  add("same", std::nullopt);
  changes.back().head = changes.back().base;
  return review;
}

TEST(ReviewChecks, EveryChangedAttributeHasOneWhereAskedFor) {
  const Review review = review_of_each_transition();
  CheckOptions options = options_for(review);
  options.shown = CheckOptions::Shown::changed;
  const ReviewChecks checks = to_checks(review, options);
  const std::map<std::string, Conclusion> expected{
      {"newly_failing", Conclusion::failure},    {"failing_base_unknown", Conclusion::failure},
      {"still_failing", Conclusion::neutral},    {"newly_succeeding", Conclusion::success},
      {"still_succeeding", Conclusion::success}, {"succeeding_base_not_built", Conclusion::success},
      {"added_succeeding", Conclusion::success}, {"added_failing", Conclusion::failure},
      {"unknown", Conclusion::failure},          {"cancelled", Conclusion::cancelled},
      {"unbuilt", Conclusion::failure}};
  for (const auto& [name, conclusion] : expected) {
    const Check* check = find(checks, "EkaCI / build " + name + " (");
    ASSERT_NE(check, nullptr) << name;
    EXPECT_EQ(check->text.conclusion, conclusion) << name;
  }
  EXPECT_EQ(find(checks, "EkaCI / build same "), nullptr);
  options.building = CheckOptions::Building::withheld;
  EXPECT_EQ(find(to_checks(review, options), "EkaCI / build unbuilt ")->text.conclusion, Conclusion::action_required);
}

TEST(ReviewChecks, AnAttributeTimedOutWhereABuildDid) {
  Review review = review_of_each_transition();
  CheckOptions options = options_for(review);
  options.shown = CheckOptions::Shown::changed;
  const auto conclusion_of = [&](const std::string& name) {
    return find(to_checks(review, options), "EkaCI / build " + name + " (")->text.conclusion;
  };
  std::vector<Change>& changes = review.jobs.front().changes;
  for (Change& change : changes) {
    if (change.build) change.build->head = OutcomeKind::timed_out;
  }
  EXPECT_EQ(conclusion_of("newly_failing"), Conclusion::timed_out);
  EXPECT_EQ(conclusion_of("added_failing"), Conclusion::timed_out);
  EXPECT_EQ(conclusion_of("failing_base_unknown"), Conclusion::timed_out);
  EXPECT_EQ(conclusion_of("still_failing"), Conclusion::neutral);
  changes.front().build->head = OutcomeKind::dependency_failed;
  EXPECT_EQ(conclusion_of("newly_failing"), Conclusion::failure) << "nobody knows because of what";
  RootFailure root{.derivation = derivation_of(changes.back().head)->path, .system = review.jobs.front().system};
  root.kind = OutcomeKind::timed_out;
  root.attributes = {"newly_failing"};
  review.root_failures = {root};
  EXPECT_EQ(conclusion_of("newly_failing"), Conclusion::timed_out);
  root.kind = OutcomeKind::failed;
  review.root_failures.push_back(root);
  EXPECT_EQ(conclusion_of("newly_failing"), Conclusion::failure) << "one of its roots failed for its own reason";
}

TEST(ReviewChecks, WhatFailsIsShownBeforeTheRest) {
  const Review review = review_of_each_transition();
  CheckOptions options = options_for(review);
  options.shown = CheckOptions::Shown::changed;
  options.attributes = 2;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_NE(find(checks, "EkaCI / build newly_failing "), nullptr);
  EXPECT_NE(find(checks, "EkaCI / build added_failing "), nullptr);
  EXPECT_EQ(find(checks, "EkaCI / build still_"), nullptr);
  EXPECT_THAT(checks.summary.summary, HasSubstr("At most 2 of 11 new and changed attributes"));
}

TEST(ReviewChecks, NoAttributeHasOneWhereNoneIsWanted) {
  const Review review = broken_root_sample();
  CheckOptions options = options_for(review);
  options.shown = CheckOptions::Shown::none;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_THAT(names_of(checks), Not(Contains(HasSubstr("EkaCI / build "))));
  EXPECT_THAT(checks.summary.summary, Not(HasSubstr("have a check of their own")));
}

TEST(ReviewChecks, WhatNeedsNoReviewIsNeutral) {
  Review review = leaf_sample();
  review.jobs.clear();
  review.verdict = review::judge_skipped(review, {.file = ".ekaci/config.json", .patterns = {"doc/**"}});
  CheckOptions options = options_for(review);
  options.building = CheckOptions::Building::withheld;
  const ReviewChecks checks = to_checks(review, options);
  EXPECT_EQ(checks.summary.conclusion, Conclusion::neutral);
  EXPECT_THAT(checks.summary.title, HasSubstr("Nothing to review"));
  EXPECT_THAT(checks.summary.title, HasSubstr(".ekaci/config.json"));
  EXPECT_THAT(checks.summary.summary, HasSubstr("nothing-to-review"));
  EXPECT_THAT(checks.summary.actions, Not(Contains(Field(&forge::CheckAction::identifier, std::string(forge::kApprove)))));
  EXPECT_THAT(checks.others, IsEmpty());
}

TEST(ReviewChecks, TheCommentIsTheSummaryInShort) {
  const Review review = broken_root_sample();
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_THAT(checks.comment, testing::StartsWith("## ❌ do not merge\n\n88 attributes newly fail to build"));
  EXPECT_THAT(checks.comment, HasSubstr("### Counts"));
  EXPECT_THAT(checks.comment, HasSubstr(review.head.brief()));
  ASSERT_FALSE(review.root_failures.empty());
  EXPECT_THAT(checks.comment, HasSubstr("### Root failures: 1 derivation"));
  EXPECT_LT(checks.comment.size(), checks.summary.summary.size());
}

TEST(ReviewChecks, TheCommentAsksForTheApprovalThatTheSummaryAsksFor) {
  Review review = leaf_sample();
  review.verdict.decision = Decision::cannot_tell;
  CheckOptions options = options_for(review);
  options.building = CheckOptions::Building::withheld;
  EXPECT_THAT(to_checks(review, options).comment, testing::StartsWith("## ❔ cannot tell\n\napproval needed to build "));
}

/// Of a markdown text all that is in no code span and no fenced block.
std::string outside_of_code(std::string_view markdown) {
  std::string outside;
  for (std::size_t at = 0; at < markdown.size();) {
    if (markdown[at] != '`') {
      outside += markdown[at++];
      continue;
    }
    const std::size_t run = std::min(markdown.find_first_not_of('`', at), markdown.size()) - at;
    const std::string fence(run, '`');
    std::size_t end = markdown.find(fence, at + run);
    while (end != std::string_view::npos && end + run < markdown.size() && markdown[end + run] == '`') {
      end = markdown.find(fence, std::min(markdown.find_first_not_of('`', end), markdown.size()));
    }
    at = end == std::string_view::npos ? markdown.size() : end + run;
  }
  return outside;
}

TEST(ReviewChecks, StrangersCannotSpeakInTheComment) {
  Review review = hostile_builds_sample();
  review.verdict.sentence = "@everyone <!-- ekaci: review --> [x](http://evil) `\x1b[31m` #1 </details>\n# big";
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_LE(checks.comment.size(), forge::kMaxComment);
  const std::string outside = outside_of_code(checks.comment);
  for (const char* evil : {"@", "<!--", "](", "http", "\x1b", "# big", "\u202e"})
    EXPECT_THAT(outside, Not(HasSubstr(evil))) << checks.comment;
  EXPECT_THAT(checks.comment, Not(HasSubstr("\x1b")));
}

TEST(ReviewChecks, TheCommentOfTheLargestReviewIsShort) {
  Review review = broken_root_sample();
  const RootFailure root = review.root_failures.front();
  const JobReview job = review.jobs.front();
  for (int i = 0; i < 300; ++i) {
    review.root_failures.push_back(root);
    review.root_failures.back().message = std::string(50'000, '@');
    review.jobs.push_back(job);
    review.jobs.back().job = std::string(500, '`') + std::to_string(i);
    review.conflicts.push_back({.path = std::string(4'000, '|'), .message = std::string(4'000, '|')});
  }
  const std::string comment = to_checks(review, options_for(review)).comment;
  EXPECT_LE(comment.size(), kBriefLimit);
  EXPECT_THAT(comment, HasSubstr(review.head.brief()));
}

TEST(ReviewChecks, LimitsHoldForHostileReviews) {
  const Review review = hostile_builds_sample();
  const ReviewChecks checks = to_checks(review, options_for(review));
  EXPECT_LE(checks.summary.summary.size(), forge::kMaxCheckText);
  for (const Check& check : checks.others) {
    EXPECT_LE(check.text.summary.size(), forge::kMaxCheckText);
    EXPECT_LE(check.text.annotations.size(), forge::kMaxAnnotations);
    EXPECT_THAT(check.name, Not(HasSubstr("\n")));
    EXPECT_THAT(check.name, Not(HasSubstr("\x1b")));
  }
}

TEST(ReviewChecks, AFileWhoseNameCannotBeShownHasNoAnnotation) {
  Review review = leaf_sample();
  JobReview& job = review.jobs.front();
  for (const char* file : {"a.nix", "a\x1b[31m.nix", "a\u202e.nix", "a\xff.nix"}) {
    EvaluationError error{.message = file, .position = SourcePosition{.file = file, .line = 3, .column = 1}};
    job.changes.push_back({.path = AttributePath{{file}}, .kind = ChangeKind::newly_erroring, .base = {}, .head = std::move(error)});
  }
  const ReviewChecks checks = to_checks(review, options_for(review));
  const Check* check = find(checks, "EkaCI / evaluate ");
  ASSERT_NE(check, nullptr);
  ASSERT_THAT(check->text.annotations, SizeIs(1));
  EXPECT_EQ(check->text.annotations.front().path, "a.nix");
}

}  // namespace
}  // namespace ekaci::report
