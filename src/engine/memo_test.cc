#include "engine/memo.h"

#include <gtest/gtest.h>

#include <set>

namespace ekaci::engine {
namespace {

const TreeId kTree = TreeId::parse("0123456789012345678901234567890123456789").value();
const System kSystem = System::parse("x86_64-linux").value();
const EvaluatorIdentity kEvaluator{"nix (Nix) 2.8.0", "/usr/bin/nix 1 2", "restrict-eval = true"};

Job job() { return {.name = "packages", .file = "default.nix", .attribute = {}, .arguments = {{"a", JobArgument::Kind::string, "1"}}}; }

TEST(Memo, KeyDependsOnEverythingThatTheResultDependsOn) {
  std::set<EvaluationKey> keys = {evaluation_key(kTree, job(), kSystem, kEvaluator)};
  const auto differs = [&](const EvaluationKey& key) { EXPECT_TRUE(keys.insert(key).second) << keys.size(); };
  Job other = job();
  other.file = "release.nix";
  differs(evaluation_key(kTree, other, kSystem, kEvaluator));
  other = job();
  other.attribute = AttributePath({"a"});
  differs(evaluation_key(kTree, other, kSystem, kEvaluator));
  other = job();
  other.arguments[0].kind = JobArgument::Kind::expression;
  differs(evaluation_key(kTree, other, kSystem, kEvaluator));
  other = job();
  other.arguments[0].text = "2";
  differs(evaluation_key(kTree, other, kSystem, kEvaluator));
  other = job();
  other.allow_import_from_derivation = true;
  differs(evaluation_key(kTree, other, kSystem, kEvaluator));
  differs(evaluation_key(kTree, job(), System::parse("aarch64-linux").value(), kEvaluator));
  differs(evaluation_key(TreeId::parse("1123456789012345678901234567890123456789").value(), job(), kSystem, kEvaluator));
  differs(evaluation_key(kTree, job(), kSystem, {"nix (Nix) 2.26.3", kEvaluator.binary, kEvaluator.settings}));
  differs(evaluation_key(kTree, job(), kSystem, {kEvaluator.version, "/usr/bin/nix 1 3", kEvaluator.settings}));
  differs(evaluation_key(kTree, job(), kSystem, {kEvaluator.version, kEvaluator.binary, "restrict-eval = false"}));
}

TEST(Memo, KeyIgnoresWhetherTestsAreWanted) {
  Job tested = job();
  tested.tests = true;
  EXPECT_EQ(evaluation_key(kTree, tested, kSystem, kEvaluator), evaluation_key(kTree, job(), kSystem, kEvaluator));
}

TEST(Memo, KeyOfTestsDependsOnWhoseTheyAre) {
  const System other = System::parse("aarch64-linux").value();
  const auto key_on = [](const System& system, const std::set<AttributePath>& tests_of) {
    return evaluation_key(kTree, job(), system, kEvaluator, tests_of);
  };
  const std::set<EvaluationKey> keys = {key_on(kSystem, {}),        key_on(kSystem, {{"a", "b"}}),   key_on(other, {{"a", "b"}}),
                                        key_on(kSystem, {{"a.b"}}), key_on(kSystem, {{"a"}, {"b"}}), key_on(kSystem, {{"a"}})};
  EXPECT_EQ(keys.size(), 6U);
}

TEST(Memo, KeyIgnoresTheJobsName) {
  Job renamed = job();
  renamed.name = "other";
  EXPECT_EQ(evaluation_key(kTree, renamed, kSystem, kEvaluator), evaluation_key(kTree, job(), kSystem, kEvaluator));
}

TEST(Memo, FieldsCannotRunIntoEachOther) {
  Job one = job();
  one.attribute = AttributePath({"ab", "c"});
  Job two = job();
  two.attribute = AttributePath({"a", "bc"});
  EXPECT_NE(evaluation_key(kTree, one, kSystem, kEvaluator), evaluation_key(kTree, two, kSystem, kEvaluator));
}

TEST(Memo, ResourceFailuresAreNotKept) {
  Evaluation evaluation;
  evaluation.attributes = {{AttributePath({"a"}), EvaluationError{EvaluationFailure::evaluation, "throw", {}}}};
  EXPECT_TRUE(may_be_memoised(evaluation));
  evaluation.attributes.push_back({AttributePath({"b"}), EvaluationError{EvaluationFailure::out_of_memory, "", {}}});
  EXPECT_FALSE(may_be_memoised(evaluation));
}

TEST(Memo, WhatLackedAnInputIsNotKept) {
  Evaluation evaluation;
  evaluation.repeatable = false;
  EXPECT_FALSE(may_be_memoised(evaluation));
}

}  // namespace
}  // namespace ekaci::engine
