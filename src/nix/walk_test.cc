#include "nix/walk.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace ekaci::nix {
namespace {

std::vector<std::string> names(std::size_t count) {
  std::set<std::string> sorted;
  for (std::size_t i = 0; i < count; ++i) sorted.insert("n" + std::to_string(i));
  return {sorted.begin(), sorted.end()};
}

TEST(Walk, BeginsAtTheRootAndEndsWithItsAttributes) {
  Walk walk;
  ASSERT_EQ(walk.next_range()->first, 0U);
  EXPECT_FALSE(walk.next_range());
  walk.list(NodeId{0}, {"a", "b"});
  EXPECT_EQ(walk.known(), 2U);
  const auto range = walk.next_range();
  ASSERT_TRUE(range);
  EXPECT_EQ(range->size(), 2U);
  EXPECT_EQ(walk.indices(NodeId{range->first + 1}), std::vector<std::uint32_t>{1});
  walk.settle(NodeId{range->first}, AttributeSet{});
  EXPECT_FALSE(walk.is_finished());
  walk.settle(NodeId{range->first + 1}, EvaluationError{.message = "no"});
  EXPECT_TRUE(walk.is_finished());
  EXPECT_EQ(walk.errors(), 1U);
  const auto attributes = walk.take_attributes();
  ASSERT_EQ(attributes.size(), 2U);
  EXPECT_EQ(attributes[0].path.to_string(), "a");
}

TEST(Walk, KeepsTheRootWhereItIsNoSet) {
  Walk walk;
  walk.settle(NodeId{0}, EvaluationError{.message = "no"});
  const auto attributes = walk.take_attributes();
  ASSERT_EQ(attributes.size(), 1U);
  EXPECT_TRUE(attributes[0].path.is_root());
}

TEST(Walk, EndsAtADepth) {
  Walk walk;
  NodeId at{0};
  for (std::uint32_t depth = 0; depth < Walk::kMaxDepth; ++depth) {
    walk.list(at, {"self"});
    at = NodeId{static_cast<std::uint32_t>(walk.known())};
  }
  walk.list(at, {"self"});
  EXPECT_TRUE(walk.is_finished());
  EXPECT_EQ(walk.errors(), 1U);
}

TEST(Walk, EndsAtANumberOfAttributes) {
  Walk walk;
  walk.list(NodeId{0}, {"a", "b"});
  walk.list(NodeId{1}, names(Walk::kMaxAttributes));
  EXPECT_EQ(walk.errors(), 1U);
  EXPECT_EQ(walk.known(), 2U);
}

TEST(Walk, SettlesTheRestAtOnce) {
  Walk walk;
  walk.list(NodeId{0}, {"a", "b", "c"});
  walk.settle(NodeId{2}, OtherValue{"int"});
  walk.settle_rest({.failure = EvaluationFailure::timed_out, .message = "late"});
  EXPECT_TRUE(walk.is_finished());
  EXPECT_FALSE(walk.next_range());
  const auto attributes = walk.take_attributes();
  EXPECT_TRUE(std::holds_alternative<OtherValue>(attributes.at(1).result));
  EXPECT_TRUE(std::holds_alternative<EvaluationError>(attributes.at(2).result));
}

TEST(Walk, GivesForemostAttributesOnTheirOwn) {
  Walk walk({.names = {"n1"}, .paths = {{"n3", "deep"}}});
  walk.next_range();
  walk.list(NodeId{0}, {"n0", "n1", "n2", "n3"});
  EXPECT_EQ(walk.next_foremost(), NodeId{2});
  EXPECT_EQ(walk.next_foremost(), NodeId{4}) << "a set on the way";
  EXPECT_EQ(walk.next_foremost(), std::nullopt);
  walk.list(NodeId{4}, {"deep", "n1", "other"});
  EXPECT_EQ(walk.path(*walk.next_foremost()), (AttributePath{"n3", "deep"}));
  EXPECT_EQ(walk.path(*walk.next_foremost()), (AttributePath{"n3", "n1"}));
  std::vector<std::string> rest;
  while (const auto range = walk.next_range()) {
    for (std::uint32_t node = range->first; node < range->end; ++node) rest.push_back(walk.path(NodeId{node}).to_string());
  }
  EXPECT_EQ(rest, (std::vector<std::string>{"n0", "n2", "n3.other"}));
}

/// The next attribute to be done.
NodeId next(Walk& walk) {
  const auto range = walk.next_range();
  if (range) walk.give_back({range->first + 1, range->end});
  return NodeId{range ? range->first : 0};
}

std::vector<std::string> paths_of(const std::vector<Attribute>& attributes) {
  std::vector<std::string> paths;
  for (const Attribute& attribute : attributes) paths.push_back(attribute.path.to_string());
  return paths;
}

TEST(Walk, GoesToTestsAlone) {
  Walk walk({}, {{"set", "hello"}, {"bell"}});
  EXPECT_EQ(walk.first_question(next(walk)), Question::root);
  walk.list(NodeId{0}, {"anvil", "bell", "cup", "set"});
  const NodeId bell = next(walk);
  EXPECT_EQ(walk.path(bell), AttributePath{"bell"});
  EXPECT_EQ(walk.first_question(bell), Question::members);
  walk.settle(bell, AttributeSet{});
  const NodeId set = next(walk);
  EXPECT_EQ(walk.first_question(set), Question::root);
  walk.list(set, {"hello", "other"});
  const NodeId hello = next(walk);
  EXPECT_EQ(walk.first_question(hello), Question::members);
  walk.list(hello, {"drvPath", "tests", "type"});
  const NodeId tests = next(walk);
  EXPECT_EQ(walk.indices(tests), (std::vector<std::uint32_t>{3, 0, 1})) << "where they stand, also where others are left out";
  EXPECT_EQ(walk.first_question(tests), Question::root);
  walk.list(tests, {"more", "tests", "version"});
  const NodeId more = next(walk);
  EXPECT_EQ(walk.first_question(more), Question::describe);
  walk.list(more, {"one"});
  walk.settle(next(walk), OtherValue{"int"});
  walk.settle(next(walk), OtherValue{"int"});
  walk.settle(next(walk), OtherValue{"int"});
  EXPECT_TRUE(walk.is_finished());
  EXPECT_EQ(paths_of(walk.take_attributes()),
            (std::vector<std::string>{"set.hello.tests", "set.hello.tests.more", "set.hello.tests.more.one", "set.hello.tests.tests",
                                      "set.hello.tests.version"}));
}

TEST(Walk, ARootThatIsADerivationHasTests) {
  Walk walk({}, {AttributePath()});
  EXPECT_EQ(walk.first_question(next(walk)), Question::members);
  walk.list(NodeId{0}, {"tests"});
  walk.settle(next(walk), EvaluationError{.message = "thrown"});
  EXPECT_EQ(paths_of(walk.take_attributes()), std::vector<std::string>{"tests"});
}

TEST(Walk, TestsThatCannotBeAskedForAreNotKnown) {
  Walk walk({}, {{"bell"}, {"gone"}, {"lost", "hello"}});
  next(walk);
  walk.list(NodeId{0}, {"bell", "lost"});
  walk.settle(next(walk), EvaluationError{.failure = EvaluationFailure::timed_out, .message = ""});
  walk.settle(next(walk), EvaluationError{.message = "no set"});
  const std::vector<Attribute> attributes = walk.take_attributes();
  EXPECT_EQ(paths_of(attributes), (std::vector<std::string>{"bell.tests", "gone.tests", "lost.hello.tests"}));
  for (const Attribute& attribute : attributes) EXPECT_TRUE(is_resource_failure(std::get<EvaluationError>(attribute.result).failure));
}

TEST(Walk, TestsAreBounded) {
  Walk walk({}, {{"a"}, {"b"}});
  next(walk);
  walk.list(NodeId{0}, {"a", "b"});
  const NodeId a = next(walk);
  walk.list(a, {"tests"});
  const NodeId b = next(walk);
  walk.list(b, {"tests"});
  walk.list(next(walk), names(Walk::kMaxTests));
  const NodeId tests_of_b{a.value + 3};
  EXPECT_EQ(walk.path(tests_of_b), (AttributePath{"b", "tests"}));
  walk.list(tests_of_b, {"one"});
  walk.settle_rest({});
  const std::vector<Attribute> attributes = walk.take_attributes();
  const auto& left_out = std::get<EvaluationError>(attributes.back().result);
  EXPECT_EQ(attributes.back().path, (AttributePath{"b", "tests"}));
  EXPECT_EQ(left_out.failure, EvaluationFailure::output_limit);
  EXPECT_EQ(left_out.message, "its 1 tests are left out: with them there are more than 10000");
}

RC_GTEST_PROP(Walk, GivesEachAttributeOnceInPathOrder, ()) {
  Walk walk({.names = {"n1", "n2"}, .paths = {{"n3", "n0"}, {"n0", "n3", "n3"}}});
  std::size_t open = 1;
  while (!walk.is_finished()) {
    const auto foremost = walk.next_foremost();
    const auto range = foremost ? NodeRange{foremost->value, foremost->value + 1} : walk.next_range();
    RC_ASSERT(range.has_value());
    for (std::uint32_t node = range->first; node < range->end; ++node) {
      const auto children = *rc::gen::inRange<std::size_t>(0, 4);
      if (open < 200 && children > 0) {
        walk.list(NodeId{node}, names(children));
        open += children;
      } else {
        walk.settle(NodeId{node}, OtherValue{"int"});
      }
    }
  }
  const std::uint64_t known = walk.known();
  const auto attributes = walk.take_attributes();
  RC_ASSERT(attributes.size() == std::max<std::size_t>(known, 1));
  const auto repeated = std::ranges::adjacent_find(attributes, [](const Attribute& a, const Attribute& b) { return !(a.path < b.path); });
  RC_ASSERT(repeated == attributes.end());
}

}  // namespace
}  // namespace ekaci::nix
