#include "report/why.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "report/samples_test.h"

namespace ekaci::report {
namespace {

const JobReview& world() {
  static const Review review = world_sample();
  return review.jobs.front();
}

const Change& change_of(const JobReview& job, const AttributePath& path) { return *std::ranges::find(job.changes, path, &Change::path); }

std::string why(const AttributePath& path) { return why_to_terminal(world(), change_of(world(), path), {.columns = 100}); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Why, LooksAsItDid) {
  for (const std::size_t columns : {60U, 120U}) {
    std::string text;
    for (const AttributePath& path : {AttributePath{"python3Packages", "package00"}, AttributePath{"perlPackages", "package08"},
                                      AttributePath{"xz"}, AttributePath{"xzDoc"}, AttributePath{"pixz"}, AttributePath{"oldtool"},
                                      AttributePath{"xzLegacy"}, AttributePath{"python3Packages", "aaBindings"}})
      text += why_to_terminal(world(), change_of(world(), path), {.columns = columns}) + "\n";
    expect_golden(fmt::format("why.{}.txt", columns), text);
  }
}

TEST(Why, LeadsDownToTheOrigin) {
  const std::string text = why({"python3Packages", "package00"});
  EXPECT_TRUE(has(text, "why: 2 steps down to the origin")) << text;
  EXPECT_TRUE(has(text, "↓ xz 5.4.1 → 5.4.2")) << text;
  EXPECT_TRUE(has(text, "↓ xz 5.4.1.tar.gz → 5.4.2.tar.gz")) << text;
  EXPECT_TRUE(has(text, "pkgs/xz/default.nix:12  + version = \"5.4.2\";")) << text;
}

TEST(Why, SaysThatNothingIsRebuilt) {
  EXPECT_TRUE(has(why({"pixz"}), "not rebuilt: only what it says of itself changed"));
  EXPECT_TRUE(has(why({"xzLegacy"}), "head has no derivation there"));
  EXPECT_TRUE(has(why({"oldtool"}), "refused: broken"));
  EXPECT_TRUE(has(why({"python3Packages", "aaBindings"}), "attribute 'lzma' missing"));
}

TEST(Why, EveryAttributeOfEverySampleFitsTheTerminal) {
  for (const auto& [name, review] : samples()) {
    if (name == "mass-rebuild") continue;
    for (const JobReview& job : review.jobs) {
      for (const Change& change : job.changes) {
        const std::string text = why_to_terminal(job, change, {.columns = 30});
        EXPECT_EQ(text, printable(text));
        for (const std::string_view line : split(text, '\n')) EXPECT_LE(display_width(line), 30U) << name << ": " << line;
      }
    }
  }
}

TEST(Why, EndsWhereAReportLeadsInACircle) {
  JobReview job = world();
  job.rebuilds[0].towards = 3;
  EXPECT_FALSE(why_to_terminal(job, change_of(job, {"xz"}), {.columns = 80}).empty());
}

}  // namespace
}  // namespace ekaci::report
