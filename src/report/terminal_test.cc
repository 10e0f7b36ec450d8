#include "report/terminal.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "report/samples_test.h"

namespace ekaci::report {
namespace {

std::string plain(const Review& review, std::size_t columns) { return to_terminal(review, {.columns = columns}); }

const Review& sample(const std::string& name) {
  static const std::vector<Sample> all = samples();
  return std::ranges::find(all, name, &Sample::name)->review;
}

TEST(Terminal, LooksAsItDidInEveryWidth) {
  for (const auto& [name, review] : samples()) {
    for (const std::size_t columns : {60U, 80U, 120U, 200U}) expect_golden(fmt::format("{}.{}.txt", name, columns), plain(review, columns));
  }
}

TEST(Terminal, LooksAsItDidInFullAndInBrief) {
  for (const auto& [name, review] : samples()) {
    expect_golden(name + ".all.txt", to_terminal(review, {.rows = 30, .verbosity = Verbosity::all}));
    expect_golden(name + ".quiet.txt", to_terminal(review, {.verbosity = Verbosity::quiet}));
  }
}

TEST(Terminal, LooksAsItDidInColour) {
  for (const std::string name : {"leaf", "world", "errors", "hostile", "builds-mixed"}) {
    expect_golden(name + ".colour.txt", to_terminal(sample(name), {.colour = Colour::on}));
  }
}

/// The text without the colours that we print ourselves, and nothing else taken out.
std::string without_colour(std::string text) {
  for (std::size_t start = text.find("\x1b["); start != std::string::npos; start = text.find("\x1b[", start)) {
    const std::size_t end = text.find('m', start);
    const std::string_view parameters = std::string_view(text).substr(start + 2, end - start - 2);
    EXPECT_EQ(parameters.find_first_not_of("0123456789;"), std::string_view::npos);
    text.erase(start, end - start + 1);
  }
  return text;
}

TEST(Terminal, SaysNothingByColourAlone) {
  for (const auto& [name, review] : samples()) {
    EXPECT_EQ(without_colour(to_terminal(review, {.colour = Colour::on})), plain(review, 80)) << name;
  }
}

TEST(Terminal, NoLineIsWiderThanTheTerminal) {
  for (const auto& [name, review] : samples()) {
    for (const std::size_t columns : {0U, 1U, 20U, 33U, 40U, 57U, 80U, 120U, 200U, 1000U}) {
      const std::string text = to_terminal(review, {.columns = columns, .rows = 100, .verbosity = Verbosity::all});
      for (const std::string_view line : split(text, '\n'))
        EXPECT_LE(display_width(line), std::max<std::size_t>(columns, 20)) << name << ": " << line;
    }
  }
}

TEST(Terminal, StrangersTextIsHarmless) {
  for (const auto& [name, review] : samples()) {
    const std::string text = to_terminal(review, {.columns = 200, .rows = 100, .verbosity = Verbosity::all});
    EXPECT_EQ(text, printable(text)) << name;
    EXPECT_TRUE(is_utf8(text)) << name;
    EXPECT_EQ(text.find('\t'), std::string::npos) << name;
  }
}

TEST(Terminal, TheVerdictStandsFirstAndOnItsOwnLine) {
  for (const auto& [name, review] : samples()) {
    const std::string text = plain(review, 80);
    const std::string_view first = std::string_view(text).substr(0, text.find('\n'));
    EXPECT_NE(first.find(to_string(review.verdict.decision)), std::string_view::npos) << name << ": " << first;
  }
}

TEST(Terminal, ListsAreBoundedAndSayWhatTheyLeaveOut) {
  const std::string mass = to_terminal(sample("mass-rebuild"), {.columns = 100, .rows = 3});
  EXPECT_NE(mass.find("  ~ zlib  1.3 → 1.3.1"), std::string::npos) << mass;
  EXPECT_NE(mass.find("  top level  3,000  package0000, "), std::string::npos) << mass;
  EXPECT_LE(std::ranges::count(mass, '\n'), 60);
  const std::string world = to_terminal(sample("world"), {.columns = 100, .rows = 2});
  EXPECT_NE(world.find("… and 5 more (--all shows them)"), std::string::npos) << world;
}

TEST(Terminal, SaysWhereRebuildsComeFrom) {
  const std::string text = plain(sample("world"), 200);
  EXPECT_NE(text.find("92 of 94 builds come from xz 5.4.1 → 5.4.2 (pkgs/xz/default.nix:12:3), by its input xz-5.4.2.tar.gz: urls"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("its outputs stay the same"), std::string::npos);
}

TEST(Terminal, HeadsAnErrorByThePackageThatHasIt) {
  const std::string text = plain(sample("world"), 200);
  EXPECT_NE(text.find("✗ python3Packages.lzmaBindings"), std::string::npos) << text;
  EXPECT_NE(text.find("also python3Packages.aaBindings and python3Packages.zzBindings"), std::string::npos) << text;
}

TEST(Terminal, WhatIsNotKnownIsNeverShownAsGood) {
  const std::string text = to_terminal(sample("builds-mixed"), {.columns = 200, .rows = 100, .verbosity = Verbosity::all});
  for (const std::string name : {"iota", "kappa", "mu", "pi"}) EXPECT_NE(text.find("! " + name), std::string::npos) << name;
  const std::string colour = to_terminal(sample("builds-mixed"), {.columns = 200, .colour = Colour::on});
  EXPECT_NE(colour.find("\x1b[33munknown"), std::string::npos) << colour;
  EXPECT_EQ(colour.find("\x1b[32munknown"), std::string::npos) << colour;
}

TEST(Terminal, ALogIsAskedForByWhatIsSafeToType) {
  const std::string text = plain(sample("builds-hostile"), 200);
  EXPECT_NE(text.find("ekaci log evil\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("ekaci log \"$"), std::string::npos) << text;
  EXPECT_NE(text.find("-shell-1.0.drv\n"), std::string::npos) << text;
}

TEST(Terminal, NewDerivationsAreNotAddedUpOverJobs) {
  Review review = sample("leaf");
  review.rebuild_count = 4;
  const std::string text = plain(review, 80);
  const std::size_t start = text.find("  new derivations");
  EXPECT_TRUE(text.substr(start, text.find('\n', start) - start).ends_with("3      4")) << text;
}

TEST(Terminal, QuietIsTheVerdictAndTheCounts) {
  const std::string text = to_terminal(sample("world"), {.columns = 200, .verbosity = Verbosity::quiet});
  EXPECT_LE(std::ranges::count(text, '\n'), 3) << text;
  EXPECT_NE(text.find("100 attributes, 3 newly erroring"), std::string::npos) << text;
}

TEST(Terminal, NoRowsAtAllStillCounts) {
  const std::string text = to_terminal(sample("errors"), {.rows = 0});
  EXPECT_NE(text.find("newly erroring: 9 attributes, 4 errors"), std::string::npos) << text;
}

}  // namespace
}  // namespace ekaci::report
