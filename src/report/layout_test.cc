#include "report/layout.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/text.h"

namespace ekaci::report {
namespace {

TEST(Wrapped, BreaksAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("", 7), std::vector<std::string>{""});
  EXPECT_EQ(wrapped("  a  ", 7), std::vector<std::string>{"a"});
}

TEST(Wrapped, BreaksWordsThatNoLineHolds) {
  EXPECT_EQ(wrapped("ab cdefgh", 3), (std::vector<std::string>{"ab", "cde", "fgh"}));
  EXPECT_EQ(wrapped("日本語", 4), (std::vector<std::string>{"日本", "語"}));
  EXPECT_EQ(wrapped("日", 1), std::vector<std::string>{"日"});
}

TEST(Wrapped, LosesNothingAndKeepsToTheWidth) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const std::string line = printable_line(text);
    const auto columns = *rc::gen::inRange<std::size_t>(2, 30);
    std::string joined;
    for (const std::string& part : wrapped(line, columns)) {
      RC_ASSERT(display_width(part) <= columns);
      joined += part;
    }
    std::string expected = line;
    std::erase(expected, ' ');
    std::erase(joined, ' ');
    RC_ASSERT(joined == expected);
  }));
}

TEST(Painted, MarksWhatIsCut) {
  EXPECT_EQ(painted({{"abc"}, {"def"}}, 6, Colour::off), "abcdef");
  EXPECT_EQ(painted({{"abc"}, {"def"}}, 5, Colour::off), "abcd…");
  EXPECT_EQ(painted({{"abc"}, {"def"}}, 3, Colour::off), "ab…");
  EXPECT_EQ(painted({{"abc"}, {"   "}}, 3, Colour::off), "abc");
}

TEST(Painted, ColoursOnlyWhatIsSeen) {
  EXPECT_EQ(painted({{"  ", Tone::bad}, {"x", Tone::bad}, {"y"}}, 9, Colour::on), "  \x1b[31mx\x1b[0my");
}

TEST(Painted, NeverExceedsTheColumns) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& texts) {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 40);
    Line spans;
    for (const std::string& text : texts) spans.push_back({printable_line(text)});
    RC_ASSERT(display_width(painted(spans, columns, Colour::off)) <= columns);
  }));
}

TEST(Page, HasNoDoubleGaps) {
  Page page(40, Colour::off);
  page.gap();
  page.line({{"a"}});
  page.gap();
  page.gap();
  page.line({{"b"}});
  page.gap();
  EXPECT_EQ(page.lines(), 3U);
  EXPECT_EQ(std::move(page).take(), "a\n\nb\n");
}

TEST(Page, IndentsAParagraphToItsBeginning) {
  Page page(20, Colour::off);
  page.paragraph({{"  note "}}, "one two three four", Tone::dim);
  EXPECT_EQ(std::move(page).take(), "  note one two three\n       four\n");
}

}  // namespace
}  // namespace ekaci::report
