#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace ekaci {
namespace {

TEST(Text, RemovesEscapeSequencesFromStrangersText) {
  EXPECT_EQ(printable("\x1b[35;1mred\x1b[0m"), "red");
  EXPECT_EQ(printable("a\x1b]0;title\x07z"), "az");
  EXPECT_EQ(printable("a\x1b]8;;http://evil\x1b\\z"), "az");
  EXPECT_EQ(printable("cut\x1b["), "cut");
}

TEST(Text, ShowsControlsAndBidirectionalOverrides) {
  EXPECT_EQ(printable("a\rb\x07"), "a\\x0db\\x07");
  EXPECT_EQ(printable("a\u202eb"), "a\\u202eb");
  EXPECT_EQ(printable("a\u200bb"), "a\\u200bb");
}

TEST(Text, ShowsWhatIsInvisible) {
  EXPECT_EQ(printable("a\u00adb"), "a\\u00adb");
  EXPECT_EQ(printable("a\u180eb"), "a\\u180eb");
  EXPECT_EQ(printable("a\u3164b"), "a\\u3164b");
  EXPECT_EQ(printable("a\U000e0101b"), "a\\ue0101b");
  EXPECT_EQ(printable("❤\ufe0f"), "❤\ufe0f") << "chooses a look, and hides nothing";
}

TEST(Text, ReplacesInvalidUtf8) {
  EXPECT_EQ(to_utf8("a\xffz"), "a\xef\xbf\xbdz");
  EXPECT_FALSE(is_utf8("\xc0\x80"));      // overlong
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));  // surrogate
  EXPECT_TRUE(is_utf8("grün 日本 🦀"));
}

TEST(Text, PrintableLineIsOneLine) { EXPECT_EQ(printable_line(" a\n\n\tb  c \n"), "a b c"); }

TEST(Text, ClipCountsColumns) {
  EXPECT_EQ(clip("abcdef", 4), "abc…");
  EXPECT_EQ(clip("abcd", 4), "abcd");
  EXPECT_EQ(clip("日本語", 5), "日本…");
  EXPECT_EQ(clip("abc", 0), "");
}

TEST(Text, ClipBoundsWhatTakesNoColumn) {
  std::string marks = "a";
  for (int i = 0; i < 1000; ++i) marks += "\u0301";
  EXPECT_EQ(clip(marks, 4), marks.substr(0, 19) + "…");
  EXPECT_EQ(clip("a\u0301\u0323", 1), "a\u0301\u0323");
  EXPECT_EQ(clip("日本語 🦀", 9), "日本語 🦀");
}

TEST(Text, PrintableIsAlwaysSafe) {
  EXPECT_TRUE(rc::check("printable() leaves no control character and only UTF-8", [](const std::string& text) {
    const std::string shown = printable(text);
    RC_ASSERT(is_utf8(shown));
    for (const char c : shown) RC_ASSERT((c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20));
  }));
}

TEST(Text, ClipNeverExceedsItsColumns) {
  EXPECT_TRUE(rc::check(
      [](const std::string& text, std::uint8_t columns) { RC_ASSERT(display_width(clip(printable_line(text), columns)) <= columns); }));
}

TEST(Text, IdentifiersAreSpelledOut) {
  EXPECT_EQ(spelled_out("hash_mismatch"), "hash mismatch");
  EXPECT_EQ(spelled_out("built"), "built");
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ',').size(), 3U);
  EXPECT_EQ(split("", ',').size(), 1U);
}

}  // namespace
}  // namespace ekaci
