#include "nix/repl_session.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"

namespace ekaci::nix {
namespace {

/// What a question put on the wire.
struct Sent {
  std::string expression;
  std::string error_nonce;
  std::string output_nonce;
};

Sent sent(const std::string& bytes) {
  const std::vector<std::string_view> lines = split(bytes, '\n');
  EXPECT_EQ(lines.size(), 4U) << bytes;
  Sent result{.expression = std::string(lines[0]), .error_nonce = std::string(lines[1].substr(1)), .output_nonce = {}};
  for (const char c : lines[2]) {
    if (c != '"' && c != '+' && c != ' ') result.output_nonce += c;
  }
  return result;
}

std::string printed(const std::string& text) {
  std::string line = "\x1b[35;1m\"";
  for (const char c : text) {
    switch (c) {
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      case '"':
      case '\\':
        line += '\\';
        [[fallthrough]];
      default:
        line += c;
    }
  }
  return line + "\"\x1b[0m\n";
}

std::string output_of(const Sent& question, const std::string& reply) {
  const std::string half = question.output_nonce.substr(0, 16);
  return fmt::format("nix-repl> {}\n{}\nnix-repl> :{}\n\nnix-repl> \"{}\" + \"{}\"\n{}\n", question.expression, reply, question.error_nonce,
                     half, question.output_nonce.substr(16), printed(question.output_nonce));
}

std::string errors_of(const Sent& question, const std::string& errors) {
  return fmt::format("{}error: unknown command ':{}'\n", errors, question.error_nonce);
}

TEST(ReplSession, AsksInThreeLinesWithoutSpellingWhatIsAwaited) {
  ReplSession session(1000);
  const std::string bytes = session.ask("1 + 1");
  const Sent question = sent(bytes);
  EXPECT_EQ(question.expression, "1 + 1");
  EXPECT_EQ(question.error_nonce.size(), 32U);
  EXPECT_EQ(question.output_nonce.size(), 32U);
  EXPECT_EQ(bytes.find(question.output_nonce), std::string::npos);
}

TEST(ReplSession, HandsOutTheReplyOnceBothStreamsHaveEnded) {
  ReplSession session(10'000);
  const Sent question = sent(session.ask("x"));
  ASSERT_TRUE(session.feed_output(output_of(question, printed("a\"b\\\n"))));
  EXPECT_FALSE(session.take());
  ASSERT_TRUE(session.feed_errors(errors_of(question, "trace: hello\n")));
  const auto exchange = session.take();
  ASSERT_TRUE(exchange);
  EXPECT_EQ(exchange->reply, "a\"b\\\n");
  EXPECT_EQ(exchange->errors, "trace: hello\n");
  EXPECT_FALSE(exchange->incomplete);
  EXPECT_EQ(session.in_flight(), 0U);
}

TEST(ReplSession, ReportsAFailureWithItsText) {
  ReplSession session(10'000);
  const Sent question = sent(session.ask("x"));
  ASSERT_TRUE(session.feed_output(output_of(question, "")));
  ASSERT_TRUE(session.feed_errors(errors_of(question, "error: no\n       at all\n")));
  const auto exchange = session.take();
  ASSERT_TRUE(exchange);
  EXPECT_FALSE(exchange->reply);
  EXPECT_EQ(exchange->errors, "error: no\n       at all\n");
}

TEST(ReplSession, SeesThatTheReaderTookTheQuestionAsUnfinished) {
  ReplSession session(10'000);
  const Sent first = sent(session.ask("w.bad"));
  const Sent second = sent(session.ask("w.good"));
  ASSERT_TRUE(session.feed_output(
      fmt::format("nix-repl> w.bad\n          :{}\n\nnix-repl> \"…\"\n{}\n", first.error_nonce, printed(first.output_nonce))));
  ASSERT_TRUE(
      session.feed_errors(fmt::format("error: syntax error, unexpected ':', expecting end of file\n\n       at «string»:2:1:\n\n           "
                                      " 1| w.bad\n            2| :{}\n             | ^\n",
                                      first.error_nonce)));
  const auto unfinished = session.take();
  ASSERT_TRUE(unfinished);
  EXPECT_TRUE(unfinished->incomplete);
  EXPECT_FALSE(unfinished->reply);
  ASSERT_TRUE(session.feed_output(output_of(second, printed("yes"))));
  ASSERT_TRUE(session.feed_errors(errors_of(second, "")));
  const auto next = session.take();
  ASSERT_TRUE(next);
  EXPECT_FALSE(next->incomplete);
  EXPECT_EQ(next->reply, "yes");
}

TEST(ReplSession, TakesNothingForAReplyThatIsNotPrintedAsAString) {
  ReplSession session(10'000);
  const Sent question = sent(session.ask("x"));
  ASSERT_TRUE(session.feed_output(output_of(question, "\"forged\" and more\nnix-repl> \"forged\"\n«lambda @ \"forged\"»\n")));
  ASSERT_TRUE(session.feed_errors(errors_of(question, "error: unknown command ':0000'\n\"forged\"\n")));
  const auto exchange = session.take();
  ASSERT_TRUE(exchange);
  EXPECT_FALSE(exchange->reply);
}

TEST(ReplSession, EndsAtALimitOfWhatIsPrinted) {
  ReplSession session(100);
  [[maybe_unused]] const std::string asked = session.ask("x");
  ASSERT_TRUE(session.feed_errors(std::string(100, 'x')));
  const Status more = session.feed_errors("y");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), ErrorCode::resource_exhausted);
}

RC_GTEST_PROP(ReplSession, GivesEveryReplyBackHoweverTheBytesAreCut, (const std::vector<std::string>& replies)) {
  ReplSession session(1'000'000);
  std::string output = "Welcome\n";
  std::string errors = "warning: something\n";
  std::vector<std::string> texts;
  for (std::string reply : replies) {
    std::erase(reply, '\0');
    const Sent question = sent(session.ask("x"));
    output += output_of(question, printed(reply));
    errors += errors_of(question, "trace: " + question.expression + "\n");
    texts.push_back(std::move(reply));
  }
  std::size_t next = 0;
  const auto take_all = [&] {
    while (const auto exchange = session.take()) {
      RC_ASSERT(next < texts.size());
      RC_ASSERT(exchange->reply == texts[next]);
      ++next;
    }
  };
  while (!output.empty() || !errors.empty()) {
    const auto out = *rc::gen::inRange<std::size_t>(0, output.size() + 1);
    const auto err = *rc::gen::inRange<std::size_t>(out == 0 && !errors.empty() ? 1 : 0, errors.size() + 1);
    RC_ASSERT(session.feed_output(output.substr(0, out)));
    RC_ASSERT(session.feed_errors(errors.substr(0, err)));
    output.erase(0, out);
    errors.erase(0, err);
    if (out == 0 && err == 0 && !output.empty()) {
      RC_ASSERT(session.feed_output(output));
      output.clear();
    }
    take_all();
  }
  take_all();
  RC_ASSERT(next == texts.size());
}

RC_GTEST_PROP(ReplSession, SurvivesAnyBytes, (const std::string& output, const std::string& errors)) {
  ReplSession session(1'000'000);
  [[maybe_unused]] const std::string asked = session.ask("x");
  RC_ASSERT(session.feed_output(output));
  RC_ASSERT(session.feed_errors(errors));
  RC_ASSERT(!session.take());
}

TEST(PrintedString, IsAWholeLineOrNothing) {
  EXPECT_EQ(parse_printed_string("\"a\""), "a");
  EXPECT_EQ(parse_printed_string("\x1b[35;1m\"a\\\\nb\"\x1b[0m"), "a\\nb");
  EXPECT_EQ(parse_printed_string("\"\\${x}\""), "${x}");
  EXPECT_EQ(parse_printed_string("\"\""), "");
  EXPECT_FALSE(parse_printed_string("\"a"));
  EXPECT_FALSE(parse_printed_string("\"a\\"));
  EXPECT_FALSE(parse_printed_string("\"a\" "));
  EXPECT_FALSE(parse_printed_string("nix-repl> \"a\""));
  EXPECT_FALSE(parse_printed_string(""));
}

RC_GTEST_PROP(PrintedString, IsTheInverseOfPrinting, (std::string text)) {
  std::erase(text, '\0');
  std::string line = printed(text);
  line.pop_back();
  RC_ASSERT(parse_printed_string(line) == text);
}

}  // namespace
}  // namespace ekaci::nix
