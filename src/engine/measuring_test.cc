#include "engine/measuring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/fake_builds.h"

namespace ekaci::engine {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

PathInfo info_of(const std::string& name, std::uint64_t size, const std::vector<std::string>& references = {}) {
  PathInfo info{.path = fake::store_path(name), .nar_size = size, .nar_hash = {}, .references = {}};
  for (const std::string& reference : references) info.references.push_back(fake::store_path(reference));
  std::ranges::sort(info.references);
  return info;
}

class Measuring : public ::testing::Test {
 protected:
  KnownPaths find(const std::vector<std::string>& names) {
    std::vector<StorePath> derivations;
    derivations.reserve(names.size());
    for (const std::string& name : names) derivations.push_back(fake::Recipes::path(name));
    Result<KnownPaths> found = find_paths(derivations, sources_, cancel_.get_token());
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? std::move(*found) : KnownPaths{};
  }
  static std::set<std::string> names_of(const KnownPaths& known) {
    std::set<std::string> names;
    for (const auto& [path, info] : known.infos) names.insert(path.name());
    return names;
  }

  fake::Recipes recipes_{};
  fake::Store store_{};
  fake::BuildMemory memory_{};
  CancelSource cancel_{};
  SizeSources sources_{.derivations = recipes_, .memory = memory_, .store = &store_};
};

TEST_F(Measuring, KnowsWhatADerivationMakesAndIsMadeFrom) {
  recipes_.add("library", {});
  recipes_.add("tool", {"library"}, {"patch"});
  const KnownPaths known = find({"tool"});
  ASSERT_THAT(known.makings, UnorderedElementsAre(Pair(fake::Recipes::path("tool"), ::testing::_)));
  const review::Making& tool = known.makings.at(fake::Recipes::path("tool"));
  EXPECT_THAT(tool.outputs, ElementsAre(Pair("out", fake::store_path("tool"))));
  EXPECT_TRUE(tool.all_outputs && tool.all_inputs);
  EXPECT_THAT(tool.inputs, UnorderedElementsAre(fake::store_path("library"), fake::store_path("patch")));
  EXPECT_THAT(known.notes, IsEmpty());
}

TEST_F(Measuring, FollowsReferencesUntilNothingIsNewAndAsksOnce) {
  recipes_.add("tool", {});
  recipes_.add("other", {});
  store_.make_valid(info_of("tool", 10, {"tool", "a", "b"}));
  store_.make_valid(info_of("other", 11, {"b"}));
  store_.make_valid(info_of("a", 1, {"b", "c"}));
  store_.make_valid(info_of("b", 2, {"a"}));
  store_.make_valid(info_of("c", 4));
  store_.make_valid(info_of("unrelated", 8));
  const KnownPaths known = find({"tool", "other"});
  EXPECT_THAT(names_of(known), ElementsAre("a", "b", "c", "other", "tool"));
  EXPECT_EQ(known.infos.at(fake::store_path("b")), info_of("b", 2, {"a"}));
  for (const auto& [path, times] : store_.asked()) EXPECT_EQ(times, 1) << path.to_string();
  const review::Measurements measurements = known.measurements();
  EXPECT_EQ(measurements.info(fake::store_path("c"))->nar_size, 4U);
  EXPECT_EQ(measurements.info(fake::store_path("unrelated")), nullptr);
  EXPECT_EQ(measurements.making(fake::Recipes::path("a")), nullptr);
}

TEST_F(Measuring, FollowsWhatADerivationIsMadeFrom) {
  recipes_.add("library", {});
  recipes_.add("tool", {"library"});
  store_.make_valid(info_of("library", 3, {"libc"}));
  store_.make_valid(info_of("libc", 5));
  EXPECT_THAT(names_of(find({"tool"})), ElementsAre("libc", "library"));
}

TEST_F(Measuring, KeepsWhatItAsksAboutFirst) {
  recipes_.add("library", {});
  recipes_.add("tool", {"library"}, {"patch"});
  find({"tool"});
  EXPECT_THAT(store_.kept(), UnorderedElementsAre(fake::store_path("tool"), fake::store_path("library"), fake::store_path("patch")));
}

TEST_F(Measuring, WhatWasCollectedIsRemembered) {
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10, {"a"}));
  store_.make_valid(info_of("a", 1));
  const KnownPaths before = find({"tool"});
  store_.collect_garbage();
  const KnownPaths after = find({"tool"});
  EXPECT_EQ(after.infos, before.infos);
  EXPECT_THAT(after.notes, IsEmpty());
}

TEST_F(Measuring, TheStoresWordCountsForMoreThanARememberedOne) {
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10, {"a"}));
  store_.make_valid(info_of("a", 1));
  find({"tool"});
  store_.make_valid(info_of("tool", 12, {"b"}));
  store_.make_valid(info_of("b", 2));
  EXPECT_THAT(names_of(find({"tool"})), ElementsAre("b", "tool"));
  store_.collect_garbage();
  const KnownPaths remembered = find({"tool"});
  EXPECT_EQ(remembered.infos.at(fake::store_path("tool")).nar_size, 12U);
}

TEST_F(Measuring, RemembersOnlyWhatIsNew) {
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10, {"a"}));
  store_.make_valid(info_of("a", 1));
  find({"tool"});
  EXPECT_EQ(memory_.stored_infos, 2U);
  store_.make_valid(info_of("a", 3));
  find({"tool"});
  EXPECT_EQ(memory_.stored_infos, 3U);
}

TEST_F(Measuring, SaysWhatCanBeMeasuredWithoutAStore) {
  for (const char* name : {"whole", "torn", "unknown"}) recipes_.add(name, {});
  store_.make_valid(info_of("whole", 10, {"a"}));
  store_.make_valid(info_of("torn", 10, {"a", "gone"}));
  store_.make_valid(info_of("a", 1));
  find({"whole", "torn"});
  const std::vector<StorePath> derivations = {fake::Recipes::path("whole"), fake::Recipes::path("torn"), fake::Recipes::path("unknown")};
  EXPECT_THAT(find_remembered(derivations, recipes_, memory_, {}).value(), UnorderedElementsAre(fake::Recipes::path("whole")));
  cancel_.request_stop();
  EXPECT_EQ(find_remembered(derivations, recipes_, memory_, cancel_.get_token()).error().code(), ErrorCode::cancelled);
}

TEST_F(Measuring, WithoutAStoreWhatIsRememberedIsKnown) {
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10));
  find({"tool"});
  sources_.store = nullptr;
  const KnownPaths known = find({"tool"});
  EXPECT_THAT(names_of(known), ElementsAre("tool"));
  EXPECT_THAT(known.notes, IsEmpty());
}

TEST_F(Measuring, AStoreThatIsGoneCostsSizesAndIsTold) {
  recipes_.add("tool", {});
  recipes_.add("other", {});
  store_.make_valid(info_of("tool", 10));
  find({"tool"});
  store_.make_valid(info_of("other", 10));
  store_.lost = true;
  const KnownPaths known = find({"tool", "other"});
  EXPECT_THAT(names_of(known), ElementsAre("tool"));
  EXPECT_THAT(known.notes, ElementsAre(HasSubstr("the store is gone")));
}

TEST_F(Measuring, WhatCannotBeKeptIsNotAskedFor) {
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10));
  store_.cannot_keep = true;
  const KnownPaths known = find({"tool"});
  EXPECT_THAT(known.infos, IsEmpty());
  EXPECT_THAT(known.notes, ElementsAre(HasSubstr("the store is gone")));
  EXPECT_THAT(store_.asked(), IsEmpty());
}

TEST_F(Measuring, AMemoryThatIsBrokenCostsWhatIsNotValid) {
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10));
  memory_.broken = true;
  const KnownPaths known = find({"tool"});
  EXPECT_THAT(names_of(known), ElementsAre("tool"));
  EXPECT_THAT(known.notes, ElementsAre(HasSubstr("the memory is broken")));
}

TEST_F(Measuring, ADerivationThatCannotBeReadIsTold) {
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10));
  const KnownPaths known = find({"absent"});
  EXPECT_THAT(known.makings, IsEmpty());
  EXPECT_THAT(known.notes, ElementsAre(AllOf(HasSubstr("absent.drv"), HasSubstr("unknown"))));
}

TEST_F(Measuring, StopsWhenItIsCancelled) {
  recipes_.add("tool", {});
  cancel_.request_stop();
  const std::vector<StorePath> derivations = {fake::Recipes::path("tool")};
  EXPECT_EQ(find_paths(derivations, sources_, cancel_.get_token()).error().code(), ErrorCode::cancelled);
  store_.lost = true;
  EXPECT_EQ(find_paths(derivations, sources_, cancel_.get_token()).error().code(), ErrorCode::cancelled);
}

TEST_F(Measuring, AsksAboutManyInSeveralQuestions) {
  std::vector<std::string> references;
  for (int i = 0; i < 5000; ++i) {
    references.push_back("reference-" + std::to_string(i));
    store_.make_valid(info_of(references.back(), 1));
  }
  recipes_.add("tool", {});
  store_.make_valid(info_of("tool", 10, references));
  EXPECT_EQ(find({"tool"}).infos.size(), 5001U);
}

TEST_F(Measuring, IsAboutBothSidesOfWhatWasToBeBuilt) {
  const auto derivation = [](const std::string& name) {
    return EvaluatedDerivation{.path = fake::Recipes::path(name), .name = name, .outputs = {"out"}};
  };
  JobReview job;
  job.changes.push_back({.path = AttributePath{"a"}, .base = derivation("a-1"), .head = derivation("a-2"), .build = BuildChange{}});
  job.changes.push_back({.path = AttributePath{"b"}, .base = std::nullopt, .head = derivation("a-2"), .build = BuildChange{}});
  job.changes.push_back({.path = AttributePath{"c"}, .base = derivation("c-1"), .head = derivation("c-1")});
  job.changes.push_back({.path = AttributePath{"d"}, .base = Refusal{}, .head = derivation("d-1"), .build = BuildChange{}});
  EXPECT_THAT(measured_derivations(std::vector{job, job}),
              UnorderedElementsAre(fake::Recipes::path("a-1"), fake::Recipes::path("a-2"), fake::Recipes::path("d-1")));
}

/// What is found is the closure over what is valid or remembered, whatever the references are.
TEST(MeasuringProperty, FindsTheClosureOfWhatIsKnown) {
  EXPECT_TRUE(rc::check([](const std::vector<std::vector<std::uint8_t>>& edges, const std::vector<bool>& is_valid) {
    fake::Recipes recipes;
    fake::Store store;
    fake::BuildMemory memory;
    recipes.add("0", {});
    std::map<std::string, PathInfo> infos;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      std::set<std::string> references;
      for (const std::uint8_t edge : edges[i]) references.insert(std::to_string(edge % (edges.size() + 1)));
      const PathInfo info = info_of(std::to_string(i), i, {references.begin(), references.end()});
      infos.emplace(std::to_string(i), info);
      if (i < is_valid.size() && is_valid[i]) {
        store.make_valid(info);
      } else {
        RC_ASSERT(memory.store_path_infos(std::vector{info}));
      }
    }
    std::set<StorePath> expected;
    std::vector<std::string> open = {"0"};
    while (!open.empty()) {
      const auto info = infos.find(open.back());
      open.pop_back();
      if (info == infos.end() || !expected.insert(info->second.path).second) continue;
      for (const StorePath& reference : info->second.references) open.push_back(reference.name());
    }
    const SizeSources sources{.derivations = recipes, .memory = memory, .store = &store};
    const auto known = find_paths(std::vector{fake::Recipes::path("0")}, sources, {});
    RC_ASSERT(known.has_value());
    std::set<StorePath> found;
    for (const auto& [path, info] : known->infos) found.insert(path);
    RC_ASSERT(found == expected);
    for (const auto& [path, times] : store.asked()) RC_ASSERT(times == 1);
  }));
}

}  // namespace
}  // namespace ekaci::engine
