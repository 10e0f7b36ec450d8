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
    for (const std::size_t columns : {40U, 80U, 200U}) expect_golden(fmt::format("{}.{}.txt", name, columns), plain(review, columns));
  }
}

TEST(Terminal, LooksAsItDidVerboseAndBrief) {
  for (const auto& [name, review] : samples()) {
    expect_golden(name + ".verbose.txt", to_terminal(review, {.rows = 30, .verbosity = Verbosity::verbose}));
    expect_golden(name + ".brief.txt", to_terminal(review, {.verbosity = Verbosity::brief}));
  }
}

TEST(Terminal, LooksAsItDidInColour) {
  for (const std::string name : {"bump", "errors", "hostile"}) {
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
      const std::string text = to_terminal(review, {.columns = columns, .rows = 100, .verbosity = Verbosity::verbose});
      for (const std::string_view line : split(text, '\n'))
        EXPECT_LE(display_width(line), std::max<std::size_t>(columns, 20)) << name << ": " << line;
    }
  }
}

TEST(Terminal, StrangersTextIsHarmless) {
  for (const auto& [name, review] : samples()) {
    const std::string text = to_terminal(review, {.columns = 200, .rows = 100, .verbosity = Verbosity::verbose});
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
  const std::string text = to_terminal(sample("mass-rebuild"), {.columns = 100, .rows = 3});
  EXPECT_NE(text.find("  ~ zlib"), std::string::npos) << "the bump stands before what it rebuilds";
  EXPECT_NE(text.find("… and 2,997 more (ekaci review --json FILE has all)"), std::string::npos) << text;
  EXPECT_LE(std::ranges::count(text, '\n'), 60);
}

TEST(Terminal, NoRowsAtAllStillCounts) {
  const std::string text = to_terminal(sample("errors"), {.rows = 0});
  EXPECT_NE(text.find("newly erroring: 9 attributes, 4 errors"), std::string::npos) << text;
}

}  // namespace
}  // namespace ekaci::report
