#include "review/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "review/retained.h"
#include "review/store_sample_test.h"

namespace ekaci::review {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// `hello` refers to glibc at base; at head it is bigger, and refers to a newer glibc and to curl, which refers to openssl.
StoreSample sample() {
  StoreSample store;
  store.add("glibc-2.35", 100);
  store.add("glibc-2.36", 120);
  store.add("openssl-3.0.8", 30, {"glibc-2.36"});
  store.add("curl-8.0", 5, {"glibc-2.36", "openssl-3.0.8"});
  store.add("b:hello-1.0", 10, {"glibc-2.35"});
  store.add("h:hello-1.0", 12, {"h:hello-1.0", "curl-8.0", "glibc-2.36"});
  store.add("gcc-12", 1000, {"glibc-2.35"});
  store.make("b:hello-1.0.drv", "b:hello-1.0", {"gcc-12", "glibc-2.35"});
  store.make("h:hello-1.0.drv", "h:hello-1.0", {"gcc-12", "curl-8.0"});
  return store;
}

Change hello() { return StoreSample::change("hello", "b:hello-1.0.drv", "h:hello-1.0.drv"); }

std::vector<std::string> names_of(const JobReview& job) {
  std::vector<std::string> names;
  for (const RetainedDependency& retained : job.retained) names.push_back(std::string(to_string(retained.kind)) + " " + retained.name);
  return names;
}

std::vector<std::string> way_of(const RetainedDependency& retained) {
  std::vector<std::string> names;
  for (const StorePath& path : retained.way) names.push_back(path.name());
  return names;
}

TEST(Measure, SumsUpOutputsAndClosures) {
  const JobReview job = sample().measured({hello()});
  const SizeChange& size = job.changes[0].size.value();
  EXPECT_THAT(size.outputs, ElementsAre(OutputSize{.name = "out", .base = 10, .head = 12}));
  EXPECT_EQ(size.closure, (SizePair{.base = 110, .head = 167}));
  EXPECT_EQ(size.build_closure, (SizePair{.base = 1100, .head = 1255}));
}

TEST(Measure, NamesWhatADifferenceComesFromTheLargestFirst) {
  const JobReview job = sample().measured({hello()});
  EXPECT_THAT(job.changes[0].size->responsible,
              ElementsAre(PackageSize{.name = "openssl", .head = 30}, PackageSize{.name = "glibc", .base = 100, .head = 120},
                          PackageSize{.name = "curl", .head = 5}, PackageSize{.name = "hello", .base = 10, .head = 12}));
}

TEST(Measure, NamesTheFirstByNameOfThoseThatWeighTheSame) {
  StoreSample store;
  std::vector<std::string> references;
  for (const char letter : std::string("gfedcba")) {
    references.push_back(std::string(1, letter) + "-1");
    store.add(references.back(), 7);
  }
  store.add("b:p", 1);
  store.add("h:p", 1, references);
  store.make("b:p.drv", "b:p");
  store.make("h:p.drv", "h:p");
  const JobReview job = store.measured({StoreSample::change("p", "b:p.drv", "h:p.drv")});
  std::string names;
  for (const PackageSize& package : job.changes[0].size->responsible) names += package.name;
  EXPECT_EQ(names, "abcde");
}

TEST(Measure, NothingIsResponsibleWhereSizesAreEqual) {
  StoreSample store;
  store.add("a-1", 7);
  store.add("c-1", 7);
  store.add("b:p", 1, {"a-1"});
  store.add("h:p", 1, {"c-1"});
  store.make("b:p.drv", "b:p");
  store.make("h:p.drv", "h:p");
  const JobReview job = store.measured({StoreSample::change("p", "b:p.drv", "h:p.drv")});
  EXPECT_THAT(job.changes[0].size->responsible, IsEmpty());
  EXPECT_THAT(names_of(job), ElementsAre("lost a", "gained c"));
}

TEST(Measure, TellsWhatIsRetainedAndByWhat) {
  const JobReview job = sample().measured({hello()});
  EXPECT_THAT(names_of(job), ElementsAre("gained curl", "version_changed glibc", "gained openssl"));
  EXPECT_THAT(job.changes[0].retained, ElementsAre(0, 1, 2));
  const RetainedDependency& openssl = job.retained[2];
  EXPECT_THAT(openssl.base_versions, IsEmpty());
  EXPECT_THAT(openssl.head_versions, ElementsAre("3.0.8"));
  EXPECT_EQ(openssl.base_bytes, 0U);
  EXPECT_EQ(openssl.head_bytes, 30U);
  EXPECT_EQ(openssl.attributes, 1U);
  EXPECT_EQ(openssl.example, AttributePath{"hello"});
  EXPECT_THAT(way_of(openssl), ElementsAre("hello-1.0", "curl-8.0", "openssl-3.0.8"));
  const RetainedDependency& glibc = job.retained[1];
  EXPECT_THAT(glibc.base_versions, ElementsAre("2.35"));
  EXPECT_THAT(glibc.head_versions, ElementsAre("2.36"));
  EXPECT_EQ(glibc.base_bytes, 100U);
  EXPECT_EQ(glibc.head_bytes, 120U);
  EXPECT_THAT(way_of(glibc), ElementsAre("hello-1.0", "glibc-2.36"));
}

TEST(Measure, TheWayToWhatWasLostIsBases) {
  StoreSample store = sample();
  store.add("b:hello-1.0", 10, {"gcc-12", "glibc-2.35"});
  const JobReview job = store.measured({hello()});
  const auto lost = std::ranges::find(job.retained, RetainedKind::lost, &RetainedDependency::kind);
  ASSERT_NE(lost, job.retained.end());
  EXPECT_EQ(lost->name, "gcc");
  EXPECT_EQ(lost->base_bytes, 1000U);
  EXPECT_EQ(lost->head_bytes, 0U);
  EXPECT_THAT(way_of(*lost), ElementsAre("hello-1.0", "gcc-12"));
}

TEST(Measure, ARebuildOfTheSameVersionsRetainsNothingElse) {
  StoreSample store = sample();
  store.add("2:glibc-2.35", 101);
  store.add("h:hello-1.0", 10, {"2:glibc-2.35"});
  const JobReview job = store.measured({hello()});
  EXPECT_THAT(job.retained, IsEmpty());
  EXPECT_THAT(job.changes[0].retained, IsEmpty());
  EXPECT_THAT(job.changes[0].size->responsible, ElementsAre(PackageSize{.name = "glibc", .base = 100, .head = 101}));
}

TEST(Measure, EqualClosuresTellNothing) {
  StoreSample store = sample();
  store.make("h:hello-1.0.drv", "b:hello-1.0");
  const JobReview job = store.measured({hello()});
  EXPECT_THAT(job.retained, IsEmpty());
  EXPECT_THAT(job.changes[0].size->responsible, IsEmpty());
  EXPECT_EQ(job.changes[0].size->closure.difference(), 0);
}

TEST(Measure, APackageIsNoDependencyOfItself) {
  StoreSample store = sample();
  store.add("h:hello-2.0", 12, {"h:hello-2.0-lib", "glibc-2.35"});
  store.add("h:hello-2.0-lib", 3, {});
  store.making("h:hello-1.0.drv").outputs = {{"out", StoreSample::path("h:hello-2.0")}, {"lib", StoreSample::path("h:hello-2.0-lib")}};
  const JobReview job = store.measured({hello()});
  EXPECT_THAT(job.retained, IsEmpty());
  EXPECT_THAT(job.changes[0].size->outputs,
              ElementsAre(OutputSize{.name = "lib", .head = 3}, OutputSize{.name = "out", .base = 10, .head = 12}));
  EXPECT_EQ(job.changes[0].size->closure.head, 115U);
}

TEST(Measure, VersionsAreSetsInTheirOrder) {
  StoreSample store;
  for (const std::string version : {"9", "10", "11", "100"}) store.add("lib-x-" + version, 1);
  store.add("b:p", 1, {"lib-x-10", "lib-x-100", "lib-x-9"});
  store.add("h:p", 1, {"lib-x-10", "lib-x-11"});
  store.make("b:p.drv", "b:p");
  store.make("h:p.drv", "h:p");
  const JobReview job = store.measured({StoreSample::change("p", "b:p.drv", "h:p.drv")});
  ASSERT_EQ(job.retained.size(), 1U);
  EXPECT_THAT(job.retained[0].base_versions, ElementsAre("9", "10", "100"));
  EXPECT_THAT(job.retained[0].head_versions, ElementsAre("10", "11"));
  EXPECT_THAT(way_of(job.retained[0]), ElementsAre("p", "lib-x-11")) << "to what head alone has";
  EXPECT_EQ(job.retained[0].base_bytes, 3U);
}

TEST(Measure, TheSameChangeToSeveralAttributesIsOne) {
  StoreSample store = sample();
  store.add("b:other-1", 1, {"glibc-2.35"});
  store.add("h:other-1", 1, {"glibc-2.36"});
  store.make("b:other-1.drv", "b:other-1");
  store.make("h:other-1.drv", "h:other-1");
  Change alias = hello();
  alias.path = AttributePath{"alias"};
  const JobReview job = store.measured({alias, hello(), StoreSample::change("other", "b:other-1.drv", "h:other-1.drv")});
  EXPECT_THAT(names_of(job), ElementsAre("version_changed glibc", "gained curl", "gained openssl"));
  EXPECT_EQ(job.retained[0].attributes, 3U);
  EXPECT_EQ(job.retained[1].attributes, 2U);
  EXPECT_EQ(job.retained[0].example, AttributePath{"alias"}) << "the first";
  EXPECT_THAT(job.changes[0].retained, ElementsAre(0, 1, 2));
  EXPECT_EQ(job.changes[0].size, job.changes[1].size);
  EXPECT_THAT(job.changes[2].retained, ElementsAre(0));
}

TEST(Measure, EveryJobTellsOfItsOwnAttributes) {
  std::vector<JobReview> jobs{StoreSample::job({hello()}), StoreSample::job({hello()})};
  const StoreSample store = sample();
  measure_changes(jobs, store.known());
  EXPECT_EQ(jobs[0], jobs[1]);
  EXPECT_EQ(jobs[1].retained.size(), 3U);
  EXPECT_EQ(jobs[1].retained[0].attributes, 1U);
}

TEST(Measure, AsksForEveryPathOnce) {
  const StoreSample store = sample();
  std::vector<JobReview> jobs{StoreSample::job({hello(), hello()}), StoreSample::job({hello()})};
  measure_changes(jobs, store.known());
  EXPECT_EQ(store.asked(), 7U);
}

TEST(Measure, MeasuringAgainSaysTheSame) {
  const StoreSample store = sample();
  std::vector<JobReview> jobs{store.measured({hello()})};
  const JobReview before = jobs[0];
  measure_changes(jobs, store.known());
  EXPECT_EQ(jobs[0], before);
}

TEST(Measure, AClosureWithAnUnknownPathIsNotKnown) {
  for (const char* missing : {"openssl-3.0.8", "curl-8.0", "glibc-2.36"}) {
    StoreSample store = sample();
    store.forget(missing);
    const JobReview job = store.measured({hello()});
    const SizeChange& size = job.changes[0].size.value();
    EXPECT_EQ(size.closure, (SizePair{.base = 110, .head = std::nullopt})) << missing;
    EXPECT_EQ(size.build_closure, (SizePair{.base = 1100, .head = std::nullopt})) << missing;
    EXPECT_THAT(size.outputs, ElementsAre(OutputSize{.name = "out", .base = 10, .head = 12})) << missing;
    EXPECT_THAT(size.responsible, IsEmpty());
    EXPECT_THAT(job.retained, IsEmpty());
  }
}

TEST(Measure, AnOutputWhosePathIsNotKnownKeepsTheClosureFromBeingKnown) {
  StoreSample store = sample();
  store.making("h:hello-1.0.drv").all_outputs = false;
  store.making("b:hello-1.0.drv").all_inputs = false;
  const JobReview job = store.measured({hello()});
  EXPECT_EQ(job.changes[0].size->closure, (SizePair{.base = 110, .head = std::nullopt}));
  EXPECT_EQ(job.changes[0].size->build_closure, (SizePair{.base = std::nullopt, .head = 1255}));
}

TEST(Measure, ADerivationOfWhichNoOutputIsSaidHasNoClosure) {
  StoreSample store = sample();
  store.making("h:hello-1.0.drv").outputs.clear();
  EXPECT_EQ(store.measured({hello()}).changes[0].size->closure.head, std::nullopt);
}

TEST(Measure, SaysNothingWhereNoOutputIsKnown) {
  StoreSample store = sample();
  store.forget("b:hello-1.0");
  store.forget("h:hello-1.0");
  EXPECT_EQ(store.measured({hello()}).changes[0].size, std::nullopt);
  EXPECT_EQ(StoreSample().measured({hello()}).changes[0].size, std::nullopt);
}

TEST(Measure, SaysNothingOfWhatWasNotToBeBuilt) {
  Change change = hello();
  change.build.reset();
  const StoreSample store = sample();
  EXPECT_EQ(store.measured({change}).changes[0].size, std::nullopt);
  EXPECT_EQ(store.asked(), 0U);
}

TEST(Measure, OfWhatIsNewOnlyHeadIsKnown) {
  const JobReview job = sample().measured({StoreSample::change("hello", "", "h:hello-1.0.drv")});
  EXPECT_EQ(job.changes[0].size->closure, (SizePair{.base = std::nullopt, .head = 167}));
  EXPECT_THAT(job.retained, IsEmpty());
}

TEST(Measure, ReferencesMayCircle) {
  StoreSample store = sample();
  store.add("glibc-2.36", 120, {"openssl-3.0.8", "glibc-2.36"});
  store.add("openssl-3.0.8", 30, {"curl-8.0", "h:hello-1.0"});
  const JobReview job = store.measured({hello()});
  EXPECT_EQ(job.changes[0].size->closure.head, 167U);
  EXPECT_THAT(way_of(job.retained[2]), ElementsAre("hello-1.0", "curl-8.0", "openssl-3.0.8"));
}

TEST(Measure, SizesThatCannotBeAddedStayAtTheLargest) {
  StoreSample store = sample();
  store.add("glibc-2.36", std::numeric_limits<std::uint64_t>::max());
  store.add("curl-8.0", std::numeric_limits<std::uint64_t>::max(), {"glibc-2.36"});
  const JobReview job = store.measured({hello()});
  EXPECT_EQ(job.changes[0].size->closure.head, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  EXPECT_GT(job.changes[0].size->closure.difference(), 0);
}

TEST(Measure, KeepsWhatMostAttributesShowAndCountsTheRest) {
  StoreSample store;
  std::vector<std::string> all;
  for (std::size_t i = 0; i < kMostRetained + 3; ++i) {
    all.push_back("lib" + std::to_string(100'000 + i));
    store.add(all.back(), 1);
  }
  store.add("b:p", 1);
  store.add("h:p", 1, all);
  store.add("b:q", 1);
  store.add("h:q", 1, {all.back()});
  for (const std::string key : {"b:p", "h:p", "b:q", "h:q"}) store.make(key + ".drv", key);
  const JobReview job = store.measured({StoreSample::change("p", "b:p.drv", "h:p.drv"), StoreSample::change("q", "b:q.drv", "h:q.drv")});
  ASSERT_EQ(job.retained.size(), kMostRetained);
  EXPECT_EQ(job.retained_left_out, 3U);
  EXPECT_EQ(job.retained[0].name, all.back());
  EXPECT_EQ(job.retained[0].attributes, 2U);
  EXPECT_EQ(job.changes[0].retained.size(), kMostRetained);
  EXPECT_THAT(job.changes[1].retained, ElementsAre(0));
}

TEST(Measure, AWayThatIsTooLongIsLeftEmpty) {
  StoreSample store;
  const std::size_t steps = kLongestWay;
  for (std::size_t i = 0; i < steps; ++i) {
    store.add("step" + std::to_string(i), 1, i + 1 < steps ? std::vector{"step" + std::to_string(i + 1)} : std::vector<std::string>{});
  }
  store.add("b:p", 1);
  store.add("h:p", 1, {"step0"});
  for (const std::string key : {"b:p", "h:p"}) store.make(key + ".drv", key);
  const JobReview job = store.measured({StoreSample::change("p", "b:p.drv", "h:p.drv")});
  ASSERT_EQ(job.retained.size(), steps);
  EXPECT_EQ(std::ranges::count_if(job.retained, [](const RetainedDependency& retained) { return retained.way.empty(); }), 1);
}

}  // namespace
}  // namespace ekaci::review
