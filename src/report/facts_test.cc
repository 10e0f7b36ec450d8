#include "report/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/facts_errors.h"
#include "report/facts_origins.h"
#include "report/facts_samples_test.h"
#include "report/facts_sets.h"

namespace ekaci::report {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Facts, DirectChangesOfSeveralSystemsAreOne) {
  const Review review = bump_sample();
  const std::vector<DirectChange> direct = direct_changes(review.jobs);
  ASSERT_EQ(direct.size(), 2U);
  EXPECT_THAT(direct[0].attributes, ElementsAre(AttributePath{"xz"}));
  EXPECT_THAT(direct[0].statements,
              ElementsAre(Statement{"version", "5.4.1", "5.4.2"}, Statement{"maintainers", "alice, bob", "alice, carol"}));
  EXPECT_THAT(direct[0].places, ElementsAre(0U, 1U));
  EXPECT_EQ(direct[1].kind, ChangeKind::metadata_only);
}

TEST(Facts, MaintainersOfBothSidesAreNamed) {
  const std::vector<Maintained> maintained = maintainers_of(bump_sample().jobs);
  ASSERT_EQ(maintained.size(), 3U);
  EXPECT_EQ(maintained[0].maintainer, "alice");
  EXPECT_EQ(maintained[0].attributes.size(), 2U);
  EXPECT_EQ(maintained[2].maintainer, "carol");
}

TEST(Facts, SetsAreRankedAndCountEachAttributeOnce) {
  const Review review = bump_sample();
  const std::vector<SetChanges> sets = changes_by_set(review.jobs, ChangeKind::rebuilt);
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].set, "");
  EXPECT_EQ(sets[0].attributes.size(), 3U);
  EXPECT_EQ(sets[1].set, "python3Packages");
}

TEST(Facts, PlacesAreNamedOnlyWhereTheyAreNotAll) {
  const Review review = bump_sample();
  const std::vector<std::string> names = place_names(review.jobs);
  EXPECT_THAT(names, ElementsAre("x86_64-linux", "aarch64-linux"));
  EXPECT_THAT(places_shown(names, {0, 1}), IsEmpty());
  EXPECT_THAT(places_shown(names, {1}), ElementsAre("aarch64-linux"));
}

TEST(Facts, AListSaysWhatBecomesOfAnAttribute) {
  const std::vector<Listed> removed = listed(hostile_sample().jobs, ChangeKind::removed);
  ASSERT_EQ(removed.size(), 2U);
  EXPECT_EQ(removed[0].detail, "was dropped-3.1");
  const std::vector<Listed> fixed = listed(hostile_sample().jobs, ChangeKind::error_fixed);
  ASSERT_EQ(fixed.size(), 1U);
  EXPECT_EQ(fixed[0].detail, "mended-0.9");
}

TEST(Facts, AnErrorIsHeadedByTheAttributeDefinedWhereItIs) {
  Review review = hostile_sample();
  for (Change& change : review.jobs.front().changes) {
    if (change.path == AttributePath{"gamma"})
      change.base_metadata = Metadata{.position = SourcePosition{"pkgs/build-support/fetchurl/default.nix", 1, 1}};
  }
  const std::vector<ErrorGroup> groups = error_groups(review.jobs, ChangeKind::newly_erroring);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].message, "attribute 'sha265' missing\nDid you mean sha256?");
  ASSERT_EQ(groups[0].attributes.size(), 5U);
  EXPECT_EQ(groups[0].attributes.front(), AttributePath{"gamma"});
}

TEST(Facts, AFailureByALimitSaysWhich) {
  EXPECT_EQ(message_of({.failure = EvaluationFailure::timed_out, .message = "stopped after 300 s", .position = {}}),
            "timed out: stopped after 300 s");
  EXPECT_EQ(message_of({.failure = EvaluationFailure::stack_overflow, .message = "", .position = {}}), "stack overflow");
  EXPECT_EQ(message_of({.message = " error: boom\n", .position = {}}), "boom");
  EXPECT_EQ(message_of({.message = "", .position = {}}), "failed without a message");
}

TEST(Facts, OriginsOfSeveralSystemsAreOne) {
  const Review review = bump_sample();
  const OriginFacts facts = origin_facts(review.jobs);
  ASSERT_EQ(facts.origins.size(), 1U);
  EXPECT_EQ(facts.origins[0].name, (StepName{.name = "xz", .before = "5.4.1", .after = "5.4.2"}));
  EXPECT_EQ(facts.origins[0].explained, 8U);
  EXPECT_EQ(facts.explained, 8U);
  EXPECT_THAT(facts.of_place, ElementsAre(ElementsAre(0U), ElementsAre(0U)));
}

TEST(Facts, AnOriginThatSeveralJobsShareIsOneWhereverItsNearestAttributeStands) {
  Review review = bump_sample();
  review.jobs.push_back(review.jobs[0]);
  review.jobs[2].job = "release";
  review.jobs[2].origins[0].position = SourcePosition{"release.nix", 25, 0};
  review.jobs[2].origins[0].attributes = 1;
  std::ranges::rotate(review.jobs, review.jobs.begin() + 2);
  const OriginFacts facts = origin_facts(review.jobs);
  ASSERT_EQ(facts.origins.size(), 1U);
  EXPECT_THAT(facts.origins[0].places, ElementsAre(0U, 1U, 2U));
  EXPECT_EQ(facts.origins[0].origin->position->file, "pkgs/xz/default.nix") << "where most attributes are built from it";
  EXPECT_EQ(facts.origins[0].place, 1U);
}

TEST(Facts, OriginsAtWhichSomethingElseDiffersAreNotOne) {
  Review review = bump_sample();
  review.jobs[1].origins[0].difference = DerivationDifference{.environment = {{"other", "a", "b"}}};
  EXPECT_EQ(origin_facts(review.jobs).origins.size(), 2U);
}

TEST(Facts, AnOriginIsToldByHowManyAttributesAreBuiltFromIt) {
  OriginFacts facts{.explained = 3};
  EXPECT_EQ(share_in_words({.attributes = 3, .explained = 1}, facts), "all 3 rebuilds come from");
  EXPECT_EQ(share_in_words({.attributes = 2, .explained = 2}, facts), "2 of 3 rebuilds come from");
  EXPECT_EQ(share_in_words({.attributes = 1, .explained = 1}, facts), "1 of 3 rebuilds comes from");
  facts.explained = 1;
  EXPECT_EQ(share_in_words({.attributes = 1, .explained = 1}, facts), "the rebuild comes from");
}

TEST(Facts, WhatIsAddedIsBuiltAndNotRebuilt) {
  Review review = bump_sample();
  EXPECT_EQ(noun_of(origin_facts(review.jobs)), "rebuild");
  const auto rebuilt = std::ranges::find_if(review.jobs[0].changes, [](const Change& change) { return change.rebuild.has_value(); });
  rebuilt->kind = ChangeKind::added;
  EXPECT_EQ(noun_of(origin_facts(review.jobs)), "build");
  EXPECT_EQ(origins_heading(origin_facts(review.jobs)), "Where the builds come from");
}

TEST(Facts, WhatNewlyFailsIsToldElsewhereThanAmongDirectChanges) {
  Review review = hostile_sample();
  for (Change& change : review.jobs[0].changes) change.direct = change.kind == ChangeKind::newly_erroring;
  EXPECT_THAT(direct_changes(review.jobs), IsEmpty());
}

TEST(Facts, ARefusalThatIsToldIsNotToldAgainAsAMark) {
  Change change{.path = {"game"}, .kind = ChangeKind::newly_refused, .base = {}, .head = Refusal{{RefusalReason::broken}}};
  change.base_metadata = Metadata{.pname = "game"};
  change.head_metadata = Metadata{.pname = "game", .broken = true};
  change.aspects = {MetadataAspect::broken};
  EXPECT_EQ(summary_of(change), "broken");
  change.head = Refusal{{RefusalReason::unfree}};
  EXPECT_EQ(summary_of(change), "unfree, marked broken");
}

TEST(Facts, WhatIsRebuiltThroughItsInputsLeavesDirectChangesOut) {
  const Review review = bump_sample();
  std::size_t all = 0;
  for (const SetChanges& set : changes_by_set(review.jobs, ChangeKind::rebuilt)) all += set.attributes.size();
  const std::vector<SetChanges> sets = rebuilt_through_inputs(review.jobs);
  EXPECT_EQ(count_in_words(sets), "3 attributes in 2 sets");
  EXPECT_EQ(all, 4U);
}

TEST(Facts, OriginsAreRankedByWhatTheyExplain) {
  Review review = bump_sample();
  JobReview& job = review.jobs.front();
  job.origins.push_back({.derivation = 1, .attributes = 90, .explained = 90});
  job.origins.push_back({.derivation = 99, .attributes = 5, .explained = 5});
  const OriginFacts facts = origin_facts(review.jobs);
  ASSERT_EQ(facts.origins.size(), 2U);
  EXPECT_EQ(facts.origins[0].name.name, "libarchive");
  EXPECT_THAT(facts.of_place[0], ElementsAre(1U, 0U, std::string::npos));
}

TEST(Facts, ADerivationWithoutPredecessorIsNew) {
  Review review = bump_sample();
  RebuiltDerivation& derivation = review.jobs.front().rebuilds.front();
  derivation.base.reset();
  EXPECT_EQ(step_name(derivation), (StepName{.name = "xz", .after = "5.4.2", .is_new = true}));
}

}  // namespace
}  // namespace ekaci::report
