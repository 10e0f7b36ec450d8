#include "app/why_depends_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/runtime_closure.h"
#include "base/sha256.h"

namespace ekaci::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

StorePath path_named(const std::string& name) {
  StoreHash hash{};
  const Sha256 digest = sha256(name);
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return StorePath::from_parts(hash, name).value();
}

/// A store in memory: names, and what they refer to.
class RuntimeClosures : public ::testing::Test {
 protected:
  void add(const std::string& name, std::uint64_t size, const std::vector<std::string>& references = {}) {
    PathInfo info{.path = path_named(name), .nar_size = size, .nar_hash = {}, .references = {}};
    for (const std::string& reference : references) info.references.push_back(path_named(reference));
    std::ranges::sort(info.references);
    infos_.insert_or_assign(info.path, info);
  }
  StorePath derive(const std::string& name, const std::vector<std::pair<std::string, std::string>>& outputs) {
    review::Making making;
    for (const auto& [output, path] : outputs) making.outputs.emplace_back(output, path_named(path));
    makings_.insert_or_assign(path_named(name + ".drv"), making);
    return path_named(name + ".drv");
  }
  [[nodiscard]] review::Measurements known() const {
    return {.info = [this](const StorePath& path) { return find(infos_, path); },
            .making = [this](const StorePath& derivation) { return find(makings_, derivation); }};
  }
  template <class Value>
  static const Value* find(const std::map<StorePath, Value>& all, const StorePath& path) {
    const auto found = all.find(path);
    return found == all.end() ? nullptr : &found->second;
  }
  static std::vector<std::string> names_of(const std::vector<StorePath>& way) {
    std::vector<std::string> names;
    names.reserve(way.size());
    for (const StorePath& path : way) names.push_back(path.name());
    return names;
  }

  /// `tool` at base keeps curl with openssl 1, at head with openssl 3, and zlib no more.
  void SetUp() override {
    add("tool-1", 10, {"tool-1", "curl-8", "zlib-1"});
    add("tool-2", 20, {"curl-9"});
    add("tool-2-dev", 5, {"tool-2"});
    add("curl-8", 100, {"openssl-1"});
    add("curl-9", 100, {"openssl-3-lib"});
    add("openssl-1", 1000);
    add("openssl-3-lib", 4000);
    add("zlib-1", 50);
    derive("tool-1", {{"out", "tool-1"}});
    derive("tool-2", {{"out", "tool-2"}, {"dev", "tool-2-dev"}});
  }
  MeasuredAttribute attribute(const std::string& base, const std::string& head) {
    MeasuredAttribute made;
    made.job.job = "packages";
    made.job.system = "x86_64-linux";
    made.job.changes.push_back({.path = AttributePath{"tool"}, .base = std::nullopt, .head = std::nullopt});
    if (!base.empty()) made.base = std::make_unique<RuntimeClosure>(known_, path_named(base + ".drv"));
    if (!head.empty()) made.head = std::make_unique<RuntimeClosure>(known_, path_named(head + ".drv"));
    return made;
  }

  std::map<StorePath, PathInfo> infos_{};
  std::map<StorePath, review::Making> makings_{};
  review::Measurements known_ = known();
};

TEST_F(RuntimeClosures, HoldEachPathOnceByPackage) {
  const RuntimeClosure head(known_, path_named("tool-2.drv"));
  ASSERT_TRUE(head.is_known());
  EXPECT_EQ(head.bytes(), 4125U);
  const auto packages = head.packages();
  EXPECT_EQ(packages.size(), 3U);
  EXPECT_EQ(packages.at("tool").bytes, 25U);
  EXPECT_THAT(packages.at("tool").versions, ElementsAre("2"));
  EXPECT_THAT(packages.at("openssl").versions, ElementsAre("3"));
}

TEST_F(RuntimeClosures, ShowAShortestWayToWhatIsMeant) {
  const RuntimeClosure head(known_, path_named("tool-2.drv"));
  const std::string whole = path_named("openssl-3-lib").to_string();
  for (const std::string& meant : {std::string("openssl"), std::string("openssl-3"), std::string("openssl-3-lib"), whole}) {
    EXPECT_THAT(names_of(head.way_to(meant)), ElementsAre("tool-2", "curl-9", "openssl-3-lib")) << meant;
  }
  EXPECT_THAT(names_of(head.way_to("tool")), ElementsAre("tool-2"));
  EXPECT_THAT(head.way_to("openssl-1"), IsEmpty());
  EXPECT_THAT(head.way_to("zlib"), IsEmpty());
}

TEST_F(RuntimeClosures, OfWhichAPartIsUnknownAreUnknown) {
  add("tool-2", 20, {"curl-9", "gone-1"});
  const RuntimeClosure head(known_, path_named("tool-2.drv"));
  EXPECT_FALSE(head.is_known());
  EXPECT_THAT(head.way_to("curl"), IsEmpty());
  EXPECT_FALSE(RuntimeClosure(known_, path_named("absent.drv")).is_known());
  makings_.at(path_named("tool-1.drv")).all_outputs = false;
  EXPECT_FALSE(RuntimeClosure(known_, path_named("tool-1.drv")).is_known());
}

TEST_F(RuntimeClosures, BothSidesAreCompared) {
  MeasuredAttribute tool = attribute("tool-1", "tool-2");
  tool.job.retained.push_back({.kind = RetainedKind::version_changed,
                               .name = "openssl",
                               .base_versions = {"1"},
                               .head_versions = {"3"},
                               .base_bytes = 1000,
                               .head_bytes = 4000,
                               .way = {path_named("tool-2"), path_named("curl-9"), path_named("openssl-3-lib")}});
  tool.job.retained.push_back({.kind = RetainedKind::lost,
                               .name = "zlib",
                               .base_versions = {"1"},
                               .base_bytes = 50,
                               .way = {path_named("tool-1"), path_named("zlib-1")}});
  const std::string text = dependencies_text(tool);
  EXPECT_THAT(text, HasSubstr("tool in packages on x86_64-linux: closure 1.1 KiB → 4.0 KiB, +2.9 KiB (+255.6 %)\n"));
  EXPECT_THAT(text, HasSubstr("  ~ changed openssl 1 → 3, +2.9 KiB: tool-2 → curl-9 → openssl-3-lib\n"));
  EXPECT_THAT(text, HasSubstr("  - lost zlib 1, -50 B: tool-1 → zlib-1\n"));
  tool.job.retained.clear();
  EXPECT_THAT(dependencies_text(tool), HasSubstr("the same dependencies in the same versions"));
}

TEST_F(RuntimeClosures, OneSideAloneIsListedAndTheOtherToldToBeUnknown) {
  const std::string added = dependencies_text(attribute("", "tool-2"));
  EXPECT_THAT(added, AllOf(HasSubstr("head's closure is 4.0 KiB\n  openssl 3, 3.9 KiB\n"), Not(HasSubstr("base"))));
  const std::string unknown = dependencies_text(attribute("absent", "tool-2"));
  EXPECT_THAT(unknown, AllOf(HasSubstr("head's closure"), HasSubstr("what base keeps is not known")));
  EXPECT_THAT(dependencies_text(attribute("absent", "absent")), Not(HasSubstr("closure is")));
}

TEST_F(RuntimeClosures, TheWayIsShownOnEachSide) {
  const std::string both = ways_text(attribute("tool-1", "tool-2"), "openssl");
  EXPECT_THAT(both, HasSubstr(": head keeps openssl-3-lib\n  " + path_named("tool-2").to_string() + "\n    " +
                              path_named("curl-9").to_string() + "\n      " + path_named("openssl-3-lib").to_string() + "\n"));
  EXPECT_THAT(both, HasSubstr(": base keeps openssl-1\n"));
  const std::string lost = ways_text(attribute("tool-1", "tool-2"), "zlib");
  EXPECT_THAT(lost, AllOf(HasSubstr("head does not keep zlib\n"), HasSubstr("base keeps zlib-1\n")));
  EXPECT_EQ(ways_text(attribute("tool-1", "tool-2"), "absent"), "");
  EXPECT_THAT(ways_text(attribute("absent", "tool-2"), "curl"), HasSubstr("what base keeps is not known"));
}

TEST_F(RuntimeClosures, StrangersTextCannotAct) {
  MeasuredAttribute tool = attribute("tool-1", "tool-2");
  tool.job.job = "a\x1b[31mb\n";
  tool.job.retained.push_back({.kind = RetainedKind::gained, .name = "x\x1b[2J", .head_versions = {"1\n2"}});
  const std::string text = dependencies_text(tool) + ways_text(tool, "curl");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, Not(HasSubstr("1\n2")));
}

}  // namespace
}  // namespace ekaci::app
