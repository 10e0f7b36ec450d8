#include "nix/error_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace ekaci::nix {
namespace {

const KnownPlaces kPlaces{.tree = "/ekaci/source", .walker = "/ekaci/walker"};

std::string shown(const EvaluationError& error) {
  if (!error.position) return error.message;
  return error.message + " @ " + error.position->file + ":" + std::to_string(error.position->line) + ":" +
         std::to_string(error.position->column);
}
std::string parsed(std::string_view text) { return shown(parse_error_text(text, kPlaces)); }

TEST(ErrorText, ReadsTheLayoutOfNix28) {
  EXPECT_EQ(parsed("error: attribute 'foo' missing\n\n       at /ekaci/source/a/b.nix:12:3:\n\n           11| x\n           12| y.foo\n    "
                   "         |   ^\n"),
            "attribute 'foo' missing @ a/b.nix:12:3");
  EXPECT_EQ(parsed("error: boom\n       line two\n         indented\n"), "boom\nline two\n  indented");
}

TEST(ErrorText, ReadsTheLayoutOfNix226) {
  EXPECT_EQ(
      parsed("error:\n       … while evaluating the attribute 'x'\n         at /ekaci/source/t.nix:1:10:\n            1| {\n             | "
             "^\n\n"
             "       … while calling the 'throw' builtin\n         at /ekaci/source/t.nix:2:14:\n            2| throw\n             | ^\n\n"
             "       error: boom\n       line two\n"),
      "boom\nline two @ t.nix:2:14");
  EXPECT_EQ(
      parsed("error:\n       … while evaluating\n         at /ekaci/source/t.nix:1:1:\n            1| a\n\n"
             "       error: cannot add a string to an integer\n       at /ekaci/source/t.nix:1:127:\n            1| a\n             | ^\n"),
      "cannot add a string to an integer @ t.nix:1:127");
  EXPECT_EQ(parsed("error: syntax error, unexpected ';'\n       at /ekaci/source/s.nix:1:7:\n            1| { a = ; }\n"),
            "syntax error, unexpected ';' @ s.nix:1:7");
}

TEST(ErrorText, KeepsAMessageThatBeginsWithALineFeed) { EXPECT_EQ(parsed("error:\n       one\n       error: two\n"), "one\nerror: two"); }

TEST(ErrorText, GivesNoPositionFromATraceThatWasCut) {
  EXPECT_EQ(parsed("error:\n       … while calling\n         at /ekaci/source/t.nix:1:10:\n            1| {\n\n"
                   "       (stack trace truncated; use '--show-trace' to show the full, detailed trace)\n\n       error: boom\n"),
            "boom");
}

TEST(ErrorText, TakesTheErrorBehindTheNoise) {
  EXPECT_EQ(parsed("evaluating file '/ekaci/source/a.nix'\ntrace: x\nerror: fake\nwarning: y\nerror: real\n"), "real");
}

TEST(ErrorText, TakesNoPositionOutsideTheTree) {
  EXPECT_EQ(parsed("error: a\n\n       at /ekaci/walker/walker.nix:1:2:\n"), "a");
  EXPECT_EQ(parsed("error: a\n\n       at /ekaci/source2/x:1:2:\n"), "a");
  EXPECT_EQ(parsed("error: a\n\n       at «string»:1:2:\n"), "a");
}

TEST(ErrorText, GivesNoPositionInAFileWhoseNameWouldBecomeAnother) {
  for (const char* file : {"a\x1b[31mb.nix", "\x1b[3-00x", "a\xff.nix", "a\u202eb.nix"}) {
    EXPECT_EQ(parsed(std::string("error: x\n\n       at /ekaci/source/") + file + ":12:3:\n"), "x") << file;
  }
}

TEST(ErrorText, ShowsPathsRelativeToTheTree) {
  EXPECT_EQ(parsed("error: getting status of '/ekaci/source/x.nix': No such file\n"), "getting status of 'x.nix': No such file");
}

TEST(ErrorText, AlwaysSaysSomething) { EXPECT_EQ(parsed(""), "the evaluator failed without saying why"); }

TEST(ErrorText, BoundsTheMessage) {
  const EvaluationError error = parse_error_text("error: " + std::string(100'000, 'x'), kPlaces);
  EXPECT_LE(error.message.size(), kLongestMessage);
  EXPECT_TRUE(error.message.ends_with("…"));
}

RC_GTEST_PROP(ErrorText, IsPrintableAndBoundedForAnyBytes, (const std::string& text)) {
  for (const std::string& given : {text, "error: " + text, "error:\n" + text + "\n       error: " + text}) {
    const EvaluationError error = parse_error_text(given, kPlaces);
    RC_ASSERT(error.message == printable(error.message));
    RC_ASSERT(error.message.size() <= kLongestMessage);
    [[maybe_unused]] const auto file = last_file(given, kPlaces);
  }
}

TEST(ErrorText, NamesTheLastFile) {
  EXPECT_EQ(last_file("evaluating file '/ekaci/source/a.nix'\nevaluating file '/ekaci/source/b/c.nix'\n", kPlaces), "b/c.nix");
  EXPECT_FALSE(last_file("evaluating file '/ekaci/walker/a.nix'\n", kPlaces));
  EXPECT_FALSE(last_file("evaluating file '/ekaci/source/a.nix", kPlaces));
  EXPECT_FALSE(last_file("", kPlaces));
}

}  // namespace
}  // namespace ekaci::nix
