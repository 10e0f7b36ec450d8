#include "app/nearest_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ekaci::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<JobReview> jobs_with(const std::vector<AttributePath>& paths) {
  JobReview job;
  for (const AttributePath& path : paths) job.changes.push_back({.path = path, .base = {}, .head = {}});
  return {job, job};
}

TEST(NearestNames, ForgivesSlips) {
  const auto jobs = jobs_with({{"tide-table"}, {"hull"}, {"hello"}, {"libXtst"}});
  EXPECT_THAT(nearest_names(jobs, {"tide-tabel"}), ElementsAre("tide-table"));
  EXPECT_THAT(nearest_names(jobs, {"tidetable"}), ElementsAre("tide-table"));
  EXPECT_THAT(nearest_names(jobs, {"LIBXTST"}), ElementsAre("libXtst"));
  EXPECT_THAT(nearest_names(jobs, {"hulk"}), ElementsAre("hull"));
  EXPECT_THAT(nearest_names(jobs, {"anchor"}), IsEmpty());
}

TEST(NearestNames, FindsASetThatWasLeftOutOrIsWrong) {
  const auto jobs = jobs_with({{"python3Packages", "requests"}, {"python3Packages", "rope"}});
  EXPECT_THAT(nearest_names(jobs, {"requests"}), ElementsAre("python3Packages.requests"));
  EXPECT_THAT(nearest_names(jobs, {"pythonPackages", "requests"}), ElementsAre("python3Packages.requests"));
  EXPECT_THAT(nearest_names(jobs, {"reqests"}), ElementsAre("python3Packages.requests"));
}

TEST(NearestNames, GivesFewTheLikeliestFirst) {
  const auto jobs = jobs_with({{"a", "hello"}, {"hallo"}, {"hellos"}, {"helio"}, {"hella"}});
  EXPECT_THAT(nearest_names(jobs, {"hello"}), ElementsAre("a.hello", "hallo", "helio"));
  EXPECT_THAT(nearest_names(jobs, AttributePath{}), IsEmpty());
}

/// As the definition has it, without any bound.
std::size_t plain_distance(std::string_view one, std::string_view other) {
  if (one.empty() || other.empty()) return one.size() + other.size();
  std::size_t best = plain_distance(one.substr(1), other.substr(1)) + (one[0] == other[0] ? 0 : 1);
  best = std::min({best, plain_distance(one.substr(1), other) + 1, plain_distance(one, other.substr(1)) + 1});
  if (one.size() > 1 && other.size() > 1 && one[0] == other[1] && one[1] == other[0])
    best = std::min(best, plain_distance(one.substr(2), other.substr(2)) + 1);
  return best;
}

TEST(EditDistanceProperty, IsThatOfTheDefinitionWithinTheLimit) {
  EXPECT_TRUE(rc::check([] {
    const auto any_text = [] { return (*rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc")))).substr(0, 6); };
    const std::string one = any_text();
    const std::string other = any_text();
    const std::size_t limit = *rc::gen::inRange<std::size_t>(0, 5);
    const std::size_t plain = plain_distance(one, other);
    const std::optional<std::size_t> found = edit_distance(one, other, limit);
    RC_ASSERT(found == (plain <= limit ? std::optional(plain) : std::nullopt));
  }));
}

TEST(NearestTexts, AreThoseWrittenAlmostAlike) {
  const std::vector<std::string> names = {"openssl", "openssh", "zlib", "OpenSSL-legacy", "x"};
  EXPECT_EQ(nearest_texts(names, "opensl"), (std::vector<std::string>{"openssl", "openssh"}));
  EXPECT_EQ(nearest_texts(names, "ZLIB"), std::vector<std::string>{"zlib"});
  EXPECT_TRUE(nearest_texts(names, "completely different").empty());
  EXPECT_TRUE(nearest_texts(names, std::string(100'000, 'a')).empty());
  EXPECT_EQ(suggestion_of(names), "; do you mean openssl, openssh, zlib, OpenSSL-legacy, x");
  EXPECT_EQ(suggestion_of({}), "");
}

}  // namespace
}  // namespace ekaci::app
