#include "app/command_line.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ekaci::app {
namespace {

Result<CommandLine> parse(std::vector<std::string> arguments) { return parse_command_line(arguments); }

ReviewCommand review(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "review");
  const auto parsed = parse(std::move(arguments));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().to_string());
  return std::get<ReviewCommand>(*parsed);
}

TEST(CommandLine, RangesNameBaseAndHead) {
  EXPECT_EQ(review({}).head, "HEAD");
  EXPECT_FALSE(review({}).base);
  EXPECT_EQ(review({"topic"}).head, "topic");
  EXPECT_EQ(review({"main..topic"}).base, "main");
  EXPECT_EQ(review({"main..topic"}).head, "topic");
  EXPECT_EQ(review({"main...topic"}).head, "topic");
  EXPECT_EQ(review({"main.."}).head, "HEAD");
  EXPECT_FALSE(review({"..topic"}).base);
}

TEST(CommandLine, FileMakesAJobOfItsOwn) {
  const auto command = review({"--file", "/pkgs/../default.nix", "--attr", "a.\"b.c\"", "--argstr", "y", "1", "--arg", "x", "{ }"});
  ASSERT_TRUE(command.job);
  EXPECT_EQ(command.job->file, "default.nix");
  EXPECT_EQ(command.job->attribute, AttributePath({"a", "b.c"}));
  ASSERT_EQ(command.job->arguments.size(), 2U);
  EXPECT_EQ(command.job->arguments[0].name, "x");
  EXPECT_EQ(command.job->arguments[0].kind, JobArgument::Kind::expression);
}

TEST(CommandLine, RepeatableOptionsTakeOneValueEach) {
  const auto command = review({"--system", "x86_64-linux", "--job", "a", "--system", "aarch64-linux", "--job", "b", "main..topic"});
  EXPECT_EQ(command.jobs, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(command.systems.size(), 2U);
  EXPECT_EQ(command.base, "main");
  EXPECT_EQ(command.head, "topic");
}

TEST(CommandLine, ArgumentsKeepTheirText) {
  const auto command = review({"--file", "a.nix", "--arg", "list", "[ \"a\" ]", "--argstr", "text", "[x,y]", "topic"});
  ASSERT_EQ(command.job->arguments.size(), 2U);
  EXPECT_EQ(command.job->arguments[0].text, "[ \"a\" ]");
  EXPECT_EQ(command.job->arguments[1].text, "[x,y]");
  EXPECT_EQ(command.head, "topic");
}

TEST(CommandLine, SizesHaveUnits) {
  EXPECT_EQ(review({"--memory", "8G"}).memory, std::uint64_t{8} << 30U);
  EXPECT_EQ(review({"--memory", "512M"}).memory, std::uint64_t{512} << 20U);
}

TEST(CommandLine, WrongUseIsAnInvalidArgument) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"bogus"},
      {"review", "--bogus"},
      {"review", "a..b..c"},
      {"review", "--memory", "lots"},
      {"review", "--memory", "99999999999999T"},
      {"review", "--workers", "0"},
      {"review", "--system", "x y"},
      {"review", "--attr", "a"},
      {"review", "--file", "../outside.nix"},
      {"review", "--file", "a.nix", "--attr", "\"open"},
      {"review", "--file", "a.nix", "--job", "b"},
      {"review", "--file", "a.nix", "--argstr", "x", "1", "--arg", "x", "1"},
      {"review", "a", "b"},
  };
  for (const auto& arguments : wrong) {
    const auto parsed = parse(arguments);
    ASSERT_FALSE(parsed) << ::testing::PrintToString(arguments);
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(CommandLine, HelpAndVersionArePrinted) {
  EXPECT_NE(std::get<PrintAndExit>(*parse({"review", "--help"})).text.find("--no-sandbox"), std::string::npos);
  EXPECT_TRUE(std::get<PrintAndExit>(*parse({"--version"})).text.starts_with("ekaci "));
}

TEST(CommandLine, NeverCrashes) {
  rc::check([](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "review");
    (void)parse_command_line(arguments);
  });
}

}  // namespace
}  // namespace ekaci::app
