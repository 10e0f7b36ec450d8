#include "nix/inquiry.h"

#include <gtest/gtest.h>

namespace ekaci::nix {
namespace {

const EvaluationError kError{.message = "why"};
const StorePath kPath = StorePath::parse("/nix/store/00000000000000000000000000000000-a.drv").value();
const AttributeResult kDerivation = EvaluatedDerivation{.path = kPath, .name = {}, .outputs = {}};

Reply failed(Reached reached) { return FailedQuestion{.error = kError, .reached = reached}; }
Reply found(std::optional<Metadata> metadata = std::nullopt) {
  return Answer{FoundDerivation{.path = kPath, .metadata = std::move(metadata)}};
}
Inquiry next(const Step& step) { return std::get<Inquiry>(step); }
Settled settled(const Step& step) { return std::get<Settled>(step); }

TEST(Inquiry, ADerivationIsKnownAtOnce) {
  const Settled known = settled(proceed({}, found(Metadata{.pname = "a"})));
  EXPECT_EQ(known.result, kDerivation);
  EXPECT_EQ(known.metadata, Metadata{.pname = "a"});
}

TEST(Inquiry, MetadataThatThrowsCostsTheMetadata) {
  const Inquiry reason = next(proceed({}, Answer{FoundDerivation{.path = kPath, .metadata_failed = true}}));
  EXPECT_EQ(reason.question, Question::metadata);
  const Settled known = settled(proceed(reason, failed(Reached::metadata)));
  EXPECT_EQ(known.result, kDerivation);
  EXPECT_EQ(known.metadata->problem, "why");
}

TEST(Inquiry, MetadataThatAbortsCostsTheMetadata) {
  const Inquiry alone = next(proceed({}, failed(Reached::metadata)));
  EXPECT_EQ(alone.question, Question::force);
  const Settled known = settled(proceed(alone, found()));
  EXPECT_EQ(known.result, kDerivation);
  EXPECT_EQ(known.metadata->problem, "why");
}

TEST(Inquiry, EvaluatedCodeThatPretendsToHaveComeFartherGetsItsErrorAllTheSame) {
  const Inquiry alone = next(proceed({}, failed(Reached::metadata)));
  EXPECT_EQ(settled(proceed(alone, failed(Reached::metadata))).result, AttributeResult(kError));
}

TEST(Inquiry, ADerivationThatThrowsMayBeRefused) {
  const Inquiry asked = next(proceed({}, Answer{FailedDerivation{}}));
  EXPECT_EQ(asked.question, Question::refusal);
  const Refusal refusal{{RefusalReason::broken}};
  const Inquiry said = next(proceed(asked, Answer{RefusalAnswer{.refused = true, .refusal = refusal}}));
  EXPECT_EQ(said.question, Question::metadata);
  const Settled known = settled(proceed(said, Answer{MetadataAnswer{{.pname = "a"}}}));
  EXPECT_EQ(known.result, AttributeResult(refusal));
  EXPECT_EQ(known.metadata, Metadata{.pname = "a"});
  EXPECT_EQ(settled(proceed(said, failed(Reached::nothing))).result, AttributeResult(refusal));
}

TEST(Inquiry, ADerivationThatIsNotRefusedIsAnError) {
  const Inquiry asked = next(proceed({}, Answer{FailedDerivation{}}));
  const Inquiry forced = next(proceed(asked, Answer{RefusalAnswer{}}));
  EXPECT_EQ(forced.question, Question::force);
  EXPECT_EQ(settled(proceed(forced, failed(Reached::derivation))).result, AttributeResult(kError));
  EXPECT_EQ(next(proceed(asked, failed(Reached::derivation))).question, Question::force);
}

TEST(Inquiry, ADerivationThatAbortsMayBeRefused) {
  const Inquiry asked = next(proceed({}, failed(Reached::derivation)));
  EXPECT_EQ(asked.question, Question::refusal);
  EXPECT_EQ(settled(proceed(asked, Answer{RefusalAnswer{}})).result, AttributeResult(kError));
  EXPECT_EQ(settled(proceed(asked, failed(Reached::derivation))).result, AttributeResult(kError));
}

TEST(Inquiry, AFailureToSayWhatTestsThereAreIsFinal) {
  for (const Reached reached : {Reached::nothing, Reached::derivation, Reached::metadata}) {
    EXPECT_EQ(settled(proceed({.question = Question::members}, failed(reached))).result, AttributeResult(kError));
  }
}

TEST(Inquiry, WhatIsNoDerivationIsAskedNothingMore) {
  EXPECT_EQ(settled(proceed({}, failed(Reached::nothing))).result, AttributeResult(kError));
  EXPECT_EQ(settled(proceed({}, Answer{UnlistedSet{}})).result, AttributeResult(AttributeSet{}));
  EXPECT_EQ(std::get<ListedSet>(proceed({}, Answer{ListedSet{{"a"}}})).names, std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace ekaci::nix
