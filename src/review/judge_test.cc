#include "review/judge.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "review/compare.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;
using Presence = JobReview::Presence;

EvaluatedDerivation derivation(int number) {
  const std::string name = "package-" + std::to_string(number);
  return {.path = *StorePath::from_parts(StoreHash{static_cast<std::uint8_t>(number)}, name + ".drv"), .name = name, .outputs = {"out"}};
}

EvaluationError error(EvaluationFailure failure = EvaluationFailure::evaluation) {
  return {.failure = failure, .message = "boom", .position = {}};
}

Attribute attribute(std::string name, AttributeResult result) { return {AttributePath{std::move(name)}, std::move(result)}; }

JobReview job(std::vector<Attribute> base, std::vector<Attribute> head, std::uint64_t rebuild_count = 0,
              Presence presence = Presence::both) {
  JobSides sides{.job = "ci", .system = "x86_64-linux", .presence = presence};
  sides.base.evaluation.attributes = std::move(base);
  sides.head.evaluation.attributes = std::move(head);
  sides.rebuild_count = rebuild_count;
  return review_job(std::move(sides)).value();
}

Review merged_review(std::vector<JobReview> jobs) {
  const std::string commit(40, 'a');
  return {.base_name = "origin/main",
          .head_name = "HEAD",
          .base = *CommitId::parse(commit),
          .head = *CommitId::parse(commit),
          .base_tree = *TreeId::parse(commit),
          .merged_tree = *TreeId::parse(commit),
          .conflicts = {},
          .jobs = std::move(jobs),
          .verdict = {},
          .notes = {},
          .evaluator = {}};
}

Verdict judge_jobs(std::vector<JobReview> jobs) { return judge(merged_review(std::move(jobs)), {}); }

State state_of(const Verdict& verdict, std::string_view name) {
  const auto found = std::ranges::find(verdict.requirements, name, &Requirement::name);
  EXPECT_NE(found, verdict.requirements.end()) << name;
  return found->state;
}

std::string text_of(const Verdict& verdict, std::string_view name) {
  const auto found = std::ranges::find(verdict.requirements, name, &Requirement::name);
  return found == verdict.requirements.end() ? "" : found->text;
}

TEST(Judge, MergesWhereNothingChanges) {
  const std::vector<Attribute> side = {attribute("a", derivation(1)), attribute("b", error()), attribute("c", Refusal{})};
  const Verdict verdict = judge_jobs({job(side, side)});
  EXPECT_EQ(verdict.decision, Decision::merge);
  EXPECT_EQ(verdict.sentence,
            "No derivation is new in 2 of 3 attributes, and the other one fails on both sides; nothing was built, and nothing had to be.");
  for (const Requirement& requirement : verdict.requirements) EXPECT_EQ(requirement.state, State::met) << requirement.name;
}

TEST(Judge, SaysHowManyAttributesWereEvaluated) {
  const std::vector<Attribute> whole = {attribute("a", derivation(1)), attribute("b", Refusal{})};
  EXPECT_EQ(text_of(judge_jobs({job(whole, whole)}), "evaluates"), "all of 2 attributes, on both sides");
  const std::vector<Attribute> base = {attribute("a", derivation(1)), attribute("b", error()), attribute("c", error()),
                                       attribute("d", derivation(2))};
  const std::vector<Attribute> head = {attribute("a", derivation(1)), attribute("b", error()), attribute("c", derivation(1)),
                                       attribute("d", error())};
  EXPECT_EQ(text_of(judge_jobs({job(base, head)}), "evaluates"),
            "every job, on both sides; of 4 attributes, 1 fails at head only, 1 fails at the base only and 1 fails on both sides");
}

TEST(Judge, AJobInWhichNothingEvaluatesSaysNothing) {
  const std::vector<Attribute> side = {attribute("a", AttributeSet{.recursed = true}), attribute("b", error())};
  const Verdict verdict = judge_jobs({job(side, side)});
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(verdict.sentence, "Nothing can be said of job 'ci' on x86_64-linux (nothing in it evaluates at its base); nothing was built.");
}

TEST(Judge, AnErrorBesideSomethingMissingIsNotKnownToBeTheTrees) {
  const std::vector<Attribute> side = {attribute("a", derivation(1)), attribute("b", error())};
  for (SideSummary JobReview::* const lacking : {&JobReview::base, &JobReview::head}) {
    JobReview reviewed = job(side, side);
    (reviewed.*lacking).repeatable = false;
    const Verdict verdict = judge_jobs({reviewed});
    EXPECT_EQ(verdict.decision, Decision::cannot_tell);
    EXPECT_EQ(state_of(verdict, "evaluates"), State::unknown);
    EXPECT_EQ(verdict.sentence,
              "Something was missing when job 'ci' on x86_64-linux was evaluated, so the comparison is not whole; nothing was built.");
  }
  JobReview whole = job({attribute("a", derivation(1))}, {attribute("a", derivation(1))});
  whole.head.repeatable = false;
  EXPECT_EQ(judge_jobs({whole}).decision, Decision::merge) << "what was missing was not needed";
}

TEST(Judge, CountsADerivationOnceHoweverManyJobsShareIt) {
  Review review = merged_review({job({attribute("a", derivation(1))}, {attribute("a", derivation(2))}, 25),
                                 job({attribute("b", derivation(1))}, {attribute("b", derivation(2))}, 17)});
  review.rebuild_count = 26;
  EXPECT_EQ(judge(review, {}).sentence, "Nothing was built, and 26 derivations are new: of 2 attributes, 2 rebuilt.");
  EXPECT_EQ(text_of(judge(review, {}), "built"), "nothing was built; 26 derivations are new");
  review.rebuild_count = 0;
  EXPECT_EQ(text_of(judge(review, {}), "built"), "nothing was built; 25 derivations are new") << "at least what one job has";
}

TEST(Judge, RebuildsAreKnownWhereBothSidesWereEvaluated) {
  const std::vector<Attribute> base = {attribute("a", derivation(1))};
  Review review = merged_review({job(base, {attribute("a", derivation(2))}, 25)});
  review.rebuild_count = 25;
  review.verdict = judge(review, {});
  EXPECT_EQ(known_rebuilds(review), 25U);
  review.jobs = {job(base, {attribute("a", error(EvaluationFailure::out_of_memory))})};
  review.verdict = judge(review, {});
  EXPECT_EQ(known_rebuilds(review), std::nullopt);
  review.jobs.clear();
  review.verdict = judge(review, {});
  EXPECT_EQ(known_rebuilds(review), std::nullopt);
}

TEST(Judge, NamesRequirementsAlwaysInTheSameOrder) {
  const Verdict verdict = judge_jobs({});
  std::vector<std::string> names;
  for (const Requirement& requirement : verdict.requirements) names.push_back(requirement.name);
  EXPECT_EQ(names, (std::vector<std::string>{"no-conflict", "evaluates", "nothing-newly-unevaluable", "nothing-removed", "built",
                                             "configuration-unchanged"}));
}

TEST(Judge, AConflictIsNotMergedAndLeavesTheRestUnknown) {
  Review review = merged_review({});
  review.merged_tree.reset();
  review.conflicts = {{.path = "a.nix", .message = "CONFLICT"}, {.path = "b\x1b[31m.nix", .message = "CONFLICT"}};
  const Verdict verdict = judge(review, {});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
  EXPECT_EQ(verdict.sentence, "2 files conflict with origin/main; nothing was evaluated and nothing was built.");
  EXPECT_EQ(state_of(verdict, "no-conflict"), State::not_met);
  EXPECT_EQ(verdict.requirements.front().text, "2 files cannot be merged into origin/main: a.nix and b.nix");
  EXPECT_EQ(state_of(verdict, "evaluates"), State::unknown);
  EXPECT_EQ(state_of(verdict, "built"), State::unknown);
}

TEST(Judge, NoTreeAndNoConflictIsNotMergedEither) {
  Review review = merged_review({job({attribute("a", derivation(1))}, {attribute("a", derivation(1))})});
  review.merged_tree.reset();
  EXPECT_EQ(judge(review, {}).decision, Decision::do_not_merge);
}

TEST(Judge, ANewErrorIsNotMerged) {
  const Verdict verdict = judge_jobs({job({attribute("a", derivation(1)), attribute("b", derivation(2))},
                                          {attribute("a", error()), attribute("b", derivation(3)), attribute("c", error())}, 1)});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
  EXPECT_EQ(verdict.sentence, "2 attributes newly fail to evaluate (besides, 1 rebuilt); nothing was built.");
  EXPECT_EQ(state_of(verdict, "nothing-newly-unevaluable"), State::not_met);
  EXPECT_EQ(state_of(verdict, "evaluates"), State::met);
}

TEST(Judge, ARebuildCannotBeToldWithoutBuilding) {
  const Verdict verdict = judge_jobs({job({attribute("a", derivation(1))}, {attribute("a", derivation(2))}, 3000)});
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(verdict.sentence, "Nothing was built, and 3,000 derivations are new: of 1 attribute, 1 rebuilt.");
  EXPECT_EQ(state_of(verdict, "built"), State::unknown);
}

TEST(Judge, AnAttributeWithAKnownDerivationIsAChangeTooWhateverItHadBefore) {
  const std::vector<AttributeResult> before = {Refusal{}, error(), AttributeSet{}, OtherValue{"lambda"}};
  for (const AttributeResult& result : before) {
    const Verdict verdict = judge_jobs({job({attribute("a", result)}, {attribute("a", derivation(1))})});
    EXPECT_EQ(verdict.decision, Decision::cannot_tell);
    EXPECT_EQ(state_of(verdict, "built"), State::unknown);
  }
}

TEST(Judge, AChangeOfMetadataAloneNeedsNoBuild) {
  Attribute base = attribute("a", derivation(1));
  Attribute head = base;
  base.metadata.emplace().licences = {"MIT"};
  head.metadata.emplace().licences = {"ISC"};
  const Verdict verdict = judge_jobs({job({base}, {head})});
  EXPECT_EQ(verdict.decision, Decision::merge);
  EXPECT_EQ(verdict.sentence,
            "No derivation is new in 1 attribute (1 changed in metadata only); nothing was built, and nothing had to be.");
}

TEST(Judge, ARefusalDoesNotBlock) {
  const Verdict verdict = judge_jobs({job({attribute("a", derivation(1))}, {attribute("a", Refusal{{RefusalReason::broken}})})});
  EXPECT_EQ(verdict.decision, Decision::merge);
  EXPECT_EQ(verdict.sentence, "No derivation is new in 1 attribute (1 newly refused); nothing was built, and nothing had to be.");
}

TEST(Judge, ARemovalIsForAPersonToJudge) {
  const Verdict verdict =
      judge_jobs({job({attribute("a", derivation(1)), attribute("b", derivation(2))}, {attribute("a", derivation(1))})});
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(state_of(verdict, "nothing-removed"), State::unknown);
  EXPECT_EQ(state_of(verdict, "built"), State::met);
  EXPECT_EQ(verdict.sentence, "Of 2 attributes, 1 removed; nothing was built.");
}

TEST(Judge, AFailureByALimitIsNeverHeldAgainstTheChange) {
  using enum EvaluationFailure;
  for (const EvaluationFailure failure : {out_of_memory, timed_out, output_limit, crashed}) {
    const Verdict at_head = judge_jobs({job({attribute("a", derivation(1))}, {attribute("a", error(failure))})});
    EXPECT_EQ(at_head.decision, Decision::cannot_tell);
    EXPECT_EQ(state_of(at_head, "nothing-newly-unevaluable"), State::unknown);
    const Verdict at_base = judge_jobs({job({attribute("a", error(failure))}, {attribute("a", error())})});
    EXPECT_EQ(at_base.decision, Decision::cannot_tell);
    const Verdict on_both = judge_jobs({job({attribute("a", error(failure))}, {attribute("a", error(failure))})});
    EXPECT_EQ(on_both.decision, Decision::cannot_tell);
    EXPECT_EQ(state_of(on_both, "evaluates"), State::unknown);
  }
}

TEST(Judge, AStackOverflowIsTheTreesOwnFault) {
  const Verdict verdict = judge_jobs({job({attribute("a", derivation(1))}, {attribute("a", error(EvaluationFailure::stack_overflow))})});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
}

TEST(Judge, AnErrorOfTheTreeCountsBesideAFailureByALimit) {
  const Verdict verdict = judge_jobs({job({attribute("a", derivation(1)), attribute("b", derivation(2))},
                                          {attribute("a", error(EvaluationFailure::timed_out)), attribute("b", error())})});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
}

TEST(Judge, AJobThatNoLongerEvaluatesAtAllIsNamed) {
  const Verdict verdict = judge_jobs({job({attribute("a", derivation(1))}, {{AttributePath{}, error()}})});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
  EXPECT_EQ(verdict.sentence, "With the change, nothing evaluates any more in job 'ci' on x86_64-linux; nothing was built.");
  EXPECT_EQ(state_of(verdict, "evaluates"), State::not_met);
}

TEST(Judge, ABaseThatDoesNotEvaluateSaysNothing) {
  const Verdict both = judge_jobs({job({{AttributePath{}, error()}}, {{AttributePath{}, error()}})});
  EXPECT_EQ(both.decision, Decision::cannot_tell);
  EXPECT_EQ(both.sentence, "Nothing can be said of job 'ci' on x86_64-linux (its base does not evaluate); nothing was built.");
  const Verdict mended = judge_jobs({job({{AttributePath{}, error()}}, {attribute("a", derivation(1))}, 1)});
  EXPECT_EQ(mended.decision, Decision::cannot_tell);
}

TEST(Judge, NothingLookedAtIsNothingKnown) {
  EXPECT_EQ(judge_jobs({}).decision, Decision::cannot_tell);
  EXPECT_EQ(judge_jobs({job({}, {})}).decision, Decision::cannot_tell);
}

TEST(Judge, AComparisonThatLostAttributesSaysNothing) {
  JobReview lossy =
      job({attribute("a", derivation(1)), attribute("b", derivation(2))}, {attribute("a", derivation(1)), attribute("b", derivation(2))});
  lossy.changes.pop_back();
  const Verdict verdict = judge_jobs({lossy});
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(state_of(verdict, "evaluates"), State::unknown);
}

TEST(Judge, ARemovedJobIsNotMerged) {
  const Verdict verdict = judge(merged_review({job({attribute("a", derivation(1))}, {}, 0, Presence::removed)}), {.removed = {"ci"}});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
  EXPECT_EQ(verdict.sentence, "The change removes job 'ci' on x86_64-linux; nothing was built.");
  EXPECT_EQ(state_of(verdict, "nothing-newly-unevaluable"), State::not_met);
  EXPECT_EQ(state_of(verdict, "configuration-unchanged"), State::pending);
}

TEST(Judge, AnAddedJobNeitherBlocksNorMergesByItself) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  const Review review = merged_review({job(side, side), job({}, {attribute("b", error())}, 0, Presence::added)});
  const Verdict verdict = judge(review, {.added = {"new"}});
  EXPECT_EQ(verdict.decision, Decision::wait);
  EXPECT_EQ(state_of(verdict, "nothing-newly-unevaluable"), State::met);
  EXPECT_EQ(judge(review, {}).decision, Decision::wait) << "also where the caller tells of no difference";
}

TEST(Judge, OnlyAddedJobsSayNothingOfTheBase) {
  const Verdict verdict = judge_jobs({job({}, {attribute("b", AttributeSet{})}, 0, Presence::added)});
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
}

TEST(Judge, AChangedConfigurationWaitsForSomeoneWithWriteAccess) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  const Verdict verdict = judge(merged_review({job(side, side)}), {.changed = {"ci\n\x1b[31m"}});
  EXPECT_EQ(verdict.decision, Decision::wait);
  EXPECT_EQ(verdict.requirements.back().text,
            "the change alters which jobs there are (changes ci); only someone with write access can accept that");
}

TEST(Judge, ChangedTrustWaitsForSomeoneWithWriteAccess) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  const Verdict verdict = judge(merged_review({job(side, side)}), {.skip_differs = true, .trust_differs = true});
  EXPECT_EQ(verdict.decision, Decision::wait);
  EXPECT_EQ(
      verdict.requirements.back().text,
      "the change alters which paths need no review and whose builds need no approval; only someone with write access can accept that");
}

TEST(Judge, WhatWasNotExaminedIsNotKnown) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  const Verdict verdict = judge(merged_review({job(side, side)}),
                                {.added = {"x", "y"}, .unexamined = {"x (a-linux)", "x (b-linux)", "y (a-linux)", "y (b-linux)"}});
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(state_of(verdict, "evaluates"), State::unknown);
  EXPECT_EQ(
      verdict.sentence,
      "The change adds more jobs than are examined, so nothing is known of x (a-linux), x (b-linux), y (a-linux) and 1 more; nothing was "
      "built.");
}

TEST(Judge, AConfigurationThatCannotBeReadIsNotMerged) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  const Verdict verdict = judge(merged_review({job(side, side)}), {.head_problem = ".ekaci/config.json:1:2: unknown key"});
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
  EXPECT_EQ(verdict.sentence, "With the change, the configuration cannot be read; nothing was built.");
}

using Acceptance = Requirement::Acceptance;

Acceptance acceptance_of(const Verdict& verdict, std::string_view name) {
  const auto found = std::ranges::find(verdict.requirements, name, &Requirement::name);
  EXPECT_NE(found, verdict.requirements.end()) << name;
  return found->acceptance;
}

TEST(JudgeAcceptance, MeetsWhatIsRemoved) {
  Review review = merged_review({job({attribute("a", derivation(1)), attribute("b", derivation(2))}, {attribute("a", derivation(1))})});
  review.verdict = judge(review, {});
  EXPECT_EQ(acceptance_of(review.verdict, "nothing-removed"), Acceptance::awaited);
  EXPECT_EQ(text_of(review.verdict, "nothing-removed"), "1 attribute is gone; only someone with write access can accept that");
  EXPECT_TRUE(needs_only_acceptance(review.verdict));
  EXPECT_EQ(acceptance_in_words(review, Acceptance::awaited), "the removal of 1 attribute");
  review.verdict = judge(review, {}, Accepted::yes);
  EXPECT_EQ(review.verdict.decision, Decision::merge);
  EXPECT_EQ(
      review.verdict.sentence,
      "No derivation is new in 2 attributes (1 removed); nothing was built, and nothing had to be; someone with write access accepted "
      "the removal of 1 attribute.");
  EXPECT_EQ(acceptance_of(review.verdict, "nothing-removed"), Acceptance::given);
  EXPECT_EQ(text_of(review.verdict, "nothing-removed"), "1 attribute is gone: accepted by someone with write access");
  EXPECT_EQ(acceptance_of(review.verdict, "evaluates"), Acceptance::of_no_use);
  EXPECT_FALSE(needs_only_acceptance(review.verdict));
  EXPECT_EQ(acceptance_in_words(review, Acceptance::awaited), "");
}

TEST(JudgeAcceptance, MeetsAChangedConfiguration) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  const Review review = merged_review({job(side, side)});
  for (const ConfigurationDifference& difference :
       {ConfigurationDifference{.changed = {"ci"}}, ConfigurationDifference{.skip_differs = true},
        ConfigurationDifference{.added = {"x"}}}) {
    EXPECT_TRUE(needs_only_acceptance(judge(review, difference)));
    const Verdict verdict = judge(review, difference, Accepted::yes);
    EXPECT_EQ(verdict.decision, Decision::merge);
    EXPECT_EQ(acceptance_of(verdict, "configuration-unchanged"), Acceptance::given);
    EXPECT_TRUE(verdict.sentence.ends_with("; someone with write access accepted a changed configuration.")) << verdict.sentence;
  }
  EXPECT_EQ(judge(review, {.head_problem = "x"}, Accepted::yes).decision, Decision::do_not_merge);
  EXPECT_FALSE(needs_only_acceptance(judge(review, {.head_problem = "x"})));
}

TEST(JudgeAcceptance, LeavesOutAJobThatIsGivenUp) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  JobReview removed = job({attribute("b", derivation(2)), attribute("c", derivation(3))}, {}, 0, Presence::removed);
  removed.job = "old";
  removed.size_check = SizeCheck{.max_increase_percent = 10};
  Review review = merged_review({job(side, side), removed});
  review.verdict = judge(review, {.removed = {"old"}});
  EXPECT_EQ(review.verdict.decision, Decision::do_not_merge);
  EXPECT_TRUE(needs_only_acceptance(review.verdict));
  EXPECT_EQ(acceptance_in_words(review, Acceptance::awaited),
            "the removal of 2 attributes and a changed configuration without job 'old' on x86_64-linux");
  review.verdict = judge(review, {.removed = {"old"}}, Accepted::yes);
  EXPECT_EQ(review.verdict.decision, Decision::merge);
  EXPECT_EQ(
      text_of(review.verdict, "evaluates"),
      "all of 1 attribute, on both sides, but for job 'old' on x86_64-linux, which the change removes: accepted by someone with write "
      "access");
  EXPECT_EQ(acceptance_in_words(review, Acceptance::given), "a changed configuration without job 'old' on x86_64-linux");
}

TEST(JudgeAcceptance, NeedsAJobOfTheBaseThatIsLeft) {
  const JobReview removed = job({attribute("a", derivation(1))}, {}, 0, Presence::removed);
  const JobReview added = job({}, {attribute("a", derivation(1))}, 0, Presence::added);
  for (const std::vector<JobReview>& jobs : {std::vector{removed}, std::vector{removed, added}}) {
    EXPECT_FALSE(needs_only_acceptance(judge_jobs(jobs)));
    const Verdict verdict = judge(merged_review(jobs), {}, Accepted::yes);
    EXPECT_EQ(verdict.decision, Decision::cannot_tell);
    EXPECT_EQ(verdict.sentence, "No job of the base was evaluated; nothing was built.");
  }
}

TEST(JudgeAcceptance, MeetsNothingElse) {
  const std::vector<Attribute> base = {attribute("a", derivation(1)), attribute("b", derivation(2))};
  const std::vector<std::vector<Attribute>> heads = {{attribute("a", error())},
                                                     {attribute("a", error(EvaluationFailure::timed_out))},
                                                     {attribute("a", derivation(3))},
                                                     {{AttributePath{}, error()}}};
  for (const std::vector<Attribute>& head : heads) {
    const Review review = merged_review({job(base, head)});
    EXPECT_EQ(judge(review, {}, Accepted::yes).decision, judge(review, {}).decision);
    EXPECT_FALSE(needs_only_acceptance(judge(review, {})));
  }
  Review conflict = merged_review({});
  conflict.merged_tree.reset();
  EXPECT_EQ(judge(conflict, {}, Accepted::yes).decision, Decision::do_not_merge);
}

TEST(JudgeTime, IsAllThatIsLackingWhereEvaluationsTookTooLong) {
  using enum EvaluationFailure;
  const auto lacks = [](const std::vector<Attribute>& base, const std::vector<Attribute>& head) {
    Review review = merged_review({job(base, head)});
    review.verdict = judge(review, {});
    return lacks_only_time(review);
  };
  const Attribute good = attribute("a", derivation(1));
  const Attribute slow = attribute("b", error(timed_out));
  const Attribute slow_root{AttributePath{}, error(timed_out)};
  EXPECT_TRUE(lacks({good, attribute("b", derivation(2))}, {good, slow}));
  EXPECT_FALSE(lacks({good, slow}, {good, attribute("b", derivation(1))})) << "it is to be built as well";
  EXPECT_TRUE(lacks({good, slow}, {good, slow}));
  EXPECT_TRUE(lacks({good}, {slow_root}));
  EXPECT_TRUE(lacks({slow_root}, {slow_root}));
  EXPECT_FALSE(lacks({good}, {good}));
  EXPECT_FALSE(lacks({good, slow}, {good, attribute("b", error(out_of_memory))}));
  EXPECT_FALSE(lacks({good, slow}, {attribute("a", error()), slow}));
  EXPECT_FALSE(lacks({good, slow}, {attribute("a", derivation(2)), slow}));
  EXPECT_FALSE(lacks({good, slow, attribute("c", derivation(3))}, {good, slow}));
  EXPECT_FALSE(lacks({{AttributePath{}, error()}}, {slow_root}));
  EXPECT_FALSE(lacks({slow_root}, {{AttributePath{}, error()}}));
}

TEST(JudgeTime, IsNotAllThatIsLackingBesideAChangedConfiguration) {
  const std::vector<Attribute> base = {attribute("a", derivation(1)), attribute("b", derivation(2))};
  Review review = merged_review({job(base, {attribute("a", derivation(1)), attribute("b", error(EvaluationFailure::timed_out))})});
  review.verdict = judge(review, {.changed = {"ci"}});
  EXPECT_FALSE(lacks_only_time(review));
  review.verdict = judge(review, {.changed = {"ci"}}, Accepted::yes);
  EXPECT_TRUE(lacks_only_time(review));
}

TEST(Judge, SaysNothingGoodOfWhatWasNotLookedAt) {
  const std::vector<Attribute> side = {attribute("a", derivation(1))};
  const JobReview good = job(side, side);
  const JobReview unexamined = job({{AttributePath{}, error()}}, {{AttributePath{}, error()}});
  const JobReview removed = job(side, {}, 0, Presence::removed);
  const JobReview broken = job(side, {{AttributePath{}, error()}});
  for (const JobReview& other : {unexamined, removed, broken}) {
    Review review = merged_review({good, other});
    for (const bool is_built : {false, true}) {
      if (is_built) review.builds.emplace();
      const Verdict verdict = judge(review, {});
      for (const Requirement& requirement : verdict.requirements) {
        const bool is_of_no_job = requirement.name == "no-conflict" || requirement.name == "configuration-unchanged";
        EXPECT_TRUE(is_of_no_job || requirement.state != State::met) << requirement.name << ": " << requirement.text;
      }
    }
  }
}

Job job_of(std::string name, std::string file) {
  Job made;
  made.name = std::move(name);
  made.file = std::move(file);
  return made;
}

TEST(CompareConfigurations, MatchesJobsByName) {
  const RepositoryConfiguration base{.jobs = {job_of("a", "a.nix"), job_of("b", "b.nix"), job_of("c", "c.nix")}, .notes = {}};
  const RepositoryConfiguration head{.jobs = {job_of("b", "other.nix"), job_of("c", "c.nix"), job_of("d", "d.nix")},
                                     .notes = {"not compared"}};
  EXPECT_EQ(compare_configurations(base, head), (ConfigurationDifference{.added = {"d"}, .removed = {"a"}, .changed = {"b"}}));
  EXPECT_EQ(compare_configurations(base, base), ConfigurationDifference{});
}

TEST(CompareConfigurations, ASizeCheckIsPartOfTheJob) {
  const RepositoryConfiguration base{.jobs = {Job{.name = "a", .file = "a.nix", .size_check = SizeCheck{.max_increase_percent = 10}}},
                                     .notes = {}};
  RepositoryConfiguration head = base;
  head.jobs[0].size_check->max_increase_percent = 20;
  EXPECT_EQ(compare_configurations(base, head), ConfigurationDifference{.changed = {"a"}});
  head.jobs[0].size_check.reset();
  EXPECT_EQ(compare_configurations(base, head), ConfigurationDifference{.changed = {"a"}});
}

TEST(CompareConfigurations, TellsWhereTrustDiffers) {
  const RepositoryConfiguration base{.jobs = {}, .notes = {}};
  RepositoryConfiguration head = base;
  head.trust.authors = {"eve"};
  EXPECT_EQ(compare_configurations(base, head), ConfigurationDifference{.trust_differs = true});
}

TEST(CompareConfigurations, WhetherThereAreTestsIsPartOfTheJob) {
  const RepositoryConfiguration base{.jobs = {Job{.name = "a", .file = "a.nix", .tests = true}}, .notes = {}};
  RepositoryConfiguration head = base;
  head.jobs[0].tests = false;
  EXPECT_EQ(compare_configurations(base, head), ConfigurationDifference{.changed = {"a"}});
}

rc::Gen<AttributeResult> any_result() {
  return rc::gen::map(rc::gen::inRange(0, 16), [](int kind) -> AttributeResult {
    switch (kind) {
      case 0:
        return Refusal{};
      case 1:
        return error();
      case 2:
        return error(EvaluationFailure::out_of_memory);
      case 3:
        return AttributeSet{};
      default:
        return derivation(kind / 12);
    }
  });
}

rc::Gen<std::vector<Attribute>> any_side() {
  const auto path = rc::gen::element<AttributePath>(AttributePath{"a"}, AttributePath{"b"}, AttributePath{"c"}, AttributePath{"c", "d"});
  return rc::gen::map(rc::gen::container<std::map<AttributePath, AttributeResult>>(path, any_result()), [](const auto& entries) {
    std::vector<Attribute> side;
    for (const auto& [name, result] : entries) side.push_back({name, result});
    return side;
  });
}

bool derivation_changes(const Change& change) {
  const EvaluatedDerivation* base = derivation_of(change.base);
  const EvaluatedDerivation* head = derivation_of(change.head);
  const bool refused = change.head && std::holds_alternative<Refusal>(*change.head);
  if (base == nullptr) return head != nullptr;
  return head == nullptr ? !refused : base->path != head->path;
}

JobReview any_job() {
  const auto base = *rc::gen::nonEmpty(any_side());
  const bool same = *rc::gen::weightedElement<bool>({{3, true}, {1, false}});
  const auto head = same ? base : *any_side();
  const auto presence = *rc::gen::weightedElement<Presence>({{18, Presence::both}, {1, Presence::added}, {1, Presence::removed}});
  return job(base, head, *rc::gen::weightedElement<std::uint64_t>({{8, 0}, {1, 1}, {1, 3000}}), presence);
}

std::vector<JobReview> any_jobs() {
  std::vector<JobReview> jobs;
  const int number = *rc::gen::weightedElement<int>({{1, 0}, {8, 1}, {3, 2}});
  for (int i = 0; i < number; ++i) jobs.push_back(any_job());
  return jobs;
}

/// Nothing happens to the jobs of half of what is drawn, so that it can be merged: else the property on merging would hardly be tried.
Review any_review() {
  const std::vector<Attribute> side{{AttributePath{"a"}, derivation(0)}};
  const bool is_calm = *rc::gen::weightedElement<bool>({{1, true}, {1, false}});
  std::vector<JobReview> jobs = is_calm ? std::vector{job(side, side, 0, Presence::both)} : any_jobs();
  Review review = merged_review(std::move(jobs));
  if (*rc::gen::weightedElement<bool>({{15, false}, {1, true}})) review.merged_tree.reset();
  return review;
}

ConfigurationDifference any_difference() {
  switch (*rc::gen::inRange(0, 10)) {
    case 0:
      return {.added = {"x"}};
    case 1:
      return {.changed = {"x"}};
    case 2:
      return {.head_problem = "x"};
    default:
      return {};
  }
}

TEST(Judge, MergeMeansThatEveryRequirementIsMetAndNoDerivationChanges) {
  int merges = 0;
  EXPECT_TRUE(rc::check([&merges] {
    const Review review = any_review();
    const Verdict verdict = judge(review, any_difference());
    RC_ASSERT(!verdict.sentence.empty());
    if (verdict.decision != Decision::merge) return;
    ++merges;
    RC_ASSERT(std::ranges::all_of(verdict.requirements, [](const Requirement& requirement) { return requirement.state == State::met; }));
    RC_ASSERT(review.merged_tree.has_value());
    RC_ASSERT(!review.jobs.empty());
    for (const JobReview& reviewed : review.jobs) {
      RC_ASSERT(reviewed.rebuild_count == 0U);
      RC_ASSERT(std::ranges::none_of(reviewed.changes, derivation_changes));
    }
  }));
  EXPECT_GT(merges, 0) << "the property was never put to the test";
}

TEST(Judge, TheDecisionFollowsFromTheRequirements) {
  EXPECT_TRUE(rc::check([] {
    const Verdict verdict = judge(any_review(), any_difference());
    const auto any = [&verdict](State state) {
      return std::ranges::find(verdict.requirements, state, &Requirement::state) != verdict.requirements.end();
    };
    RC_ASSERT((verdict.decision == Decision::do_not_merge) == any(State::not_met));
    RC_ASSERT((!any(State::unknown) || verdict.decision != Decision::merge));
    RC_ASSERT((!any(State::pending) || verdict.decision != Decision::merge));
  }));
}

TEST(JudgeAcceptance, IsAllThatIsNeededExactlyWhereItMakesTheDifference) {
  int differences = 0;
  EXPECT_TRUE(rc::check([&differences] {
    const Review review = any_review();
    const ConfigurationDifference difference = any_difference();
    const Verdict without = judge(review, difference);
    const Verdict with = judge(review, difference, Accepted::yes);
    const bool makes_a_difference = without.decision != Decision::merge && with.decision == Decision::merge;
    if (makes_a_difference) ++differences;
    RC_ASSERT(needs_only_acceptance(without) == makes_a_difference);
    for (const Requirement& requirement : with.requirements) {
      const auto before = std::ranges::find(without.requirements, requirement.name, &Requirement::name);
      const bool is_met_anew = requirement.state == State::met && before->state != State::met;
      RC_ASSERT(is_met_anew == (requirement.acceptance == Acceptance::given));
    }
  }));
  EXPECT_GT(differences, 0) << "the property was never put to the test";
}

}  // namespace
}  // namespace ekaci::review
