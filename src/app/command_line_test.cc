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
  EXPECT_EQ(review({"--memory", "512MiB"}).memory, std::uint64_t{512} << 20U);
}

TEST(CommandLine, AdminNamesAPersonAndAServer) {
  const auto added = std::get<AdminCommand>(*parse({"admin", "add", "Rae-M", "--config", "c.toml"}));
  EXPECT_EQ(added.action, AdminCommand::Action::add);
  EXPECT_EQ(added.login, "Rae-M");
  EXPECT_EQ(added.configuration, "c.toml");
  EXPECT_EQ(std::get<AdminCommand>(*parse({"admin", "remove", "rae", "--config", "c.toml"})).action, AdminCommand::Action::remove);
  EXPECT_EQ(std::get<AdminCommand>(*parse({"admin", "list", "--config", "c.toml"})).action, AdminCommand::Action::list);
  for (const char* wrong : {"", "a b", "../x", "dependabot[bot]", "a\x1b"}) {
    EXPECT_FALSE(parse({"admin", "add", wrong, "--config", "c.toml"})) << wrong;
  }
  EXPECT_FALSE(parse({"admin", "add", "rae"}));
  EXPECT_FALSE(parse({"admin", "--config", "c.toml"}));
}

TEST(CommandLine, ConfigChecksAFileOrPrintsAnExample) {
  const auto check = parse({"config", "check", "--secrets", "ekaci.toml"});
  ASSERT_TRUE(check && std::holds_alternative<ConfigCheckCommand>(*check));
  EXPECT_EQ(std::get<ConfigCheckCommand>(*check).file, "ekaci.toml");
  EXPECT_TRUE(std::get<ConfigCheckCommand>(*check).secrets);
  const auto example = parse({"config", "example"});
  EXPECT_TRUE(example && std::holds_alternative<ConfigExampleCommand>(*example));
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"config"}, {"config", "check"}, {"config", "other"}})
    EXPECT_FALSE(parse(wrong));
  const auto help = parse({"config", "check", "--help"});
  ASSERT_TRUE(help && std::holds_alternative<PrintAndExit>(*help));
  EXPECT_NE(std::get<PrintAndExit>(*help).text.find("--secrets"), std::string::npos);
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
      {"review", "--json", "-", "--html", "-"},
      {"review", "--all", "--quiet"},
      {"review", "--set", "a.."},
      {"show", "one"},
      {"show", "1", "--list"},
      {"why"},
      {"why", "a.\"open"},
      {"why", ""},
      {"log", "a", "b"},
      {"log", "--config", "f", "acme/pkgs#1"},
      {"log", "--config", "f", "acme/pkgs#1", "a", "--attempt", "0"},
      {"status"},
      {"queue"},
      {"retry", "--config", "f"},
      {"cancel", "acme/pkgs#1"},
      {"cancel", "--config", "f", "acme/pkgs#1", "--failed-too"},
      {"why-depends"},
      {"why-depends", "a.\"open"},
      {"why-depends", "a", "b", "c"},
      {"why-depends", "a", "--review", "first"},
  };
  for (const auto& arguments : wrong) {
    const auto parsed = parse(arguments);
    ASSERT_FALSE(parsed) << ::testing::PrintToString(arguments);
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(CommandLine, ShowTakesANumberOrTheLatest) {
  EXPECT_EQ(std::get<ShowCommand>(*parse({"show"})).id, std::nullopt);
  const auto command = std::get<ShowCommand>(*parse({"show", "7", "--markdown", "-", "--maintainer", "ada", "--set", "python3Packages"}));
  EXPECT_EQ(command.id, 7U);
  EXPECT_EQ(command.presentation.markdown, "-");
  EXPECT_EQ(command.presentation.filter.maintainers, std::vector<std::string>{"ada"});
  EXPECT_EQ(command.presentation.filter.sets, std::vector<AttributePath>{{"python3Packages"}});
  EXPECT_TRUE(std::get<ShowCommand>(*parse({"show", "--list"})).list);
}

TEST(CommandLine, LogAsksThisMachineOrARunningServer) {
  EXPECT_EQ(std::get<LogCommand>(*parse({"log", "hello", "--follow"})).what, "hello");
  const auto command = std::get<ServerLogCommand>(*parse({"log", "--config", "f", "acme/pkgs", "branch", "main", "hello", "--raw"}));
  EXPECT_EQ(command.configuration, "f");
  EXPECT_EQ(command.subject, "acme/pkgs branch main");
  EXPECT_EQ(command.what, "hello");
  EXPECT_EQ(command.form, LogCommand::Form::raw);
}

TEST(CommandLine, OrdersNameASubjectInOneWordOrMore) {
  const auto retry = std::get<OrderCommand>(*parse({"retry", "--config", "f", "acme/pkgs#12"}));
  EXPECT_EQ(retry.order, OrderCommand::Order::retry);
  EXPECT_EQ(retry.subject, "acme/pkgs#12");
  EXPECT_EQ(std::get<OrderCommand>(*parse({"retry", "--failed-too", "#1", "--config", "f"})).order, OrderCommand::Order::retry_failed);
  EXPECT_EQ(std::get<OrderCommand>(*parse({"cancel", "a/b", "branch", "main", "--config", "f"})).subject, "a/b branch main");
}

TEST(CommandLine, StatusIsForPeopleOrMachines) {
  EXPECT_EQ(std::get<StatusCommand>(*parse({"status", "--config", "f"})).form, StatusCommand::Form::terminal);
  const auto queue = std::get<StatusCommand>(*parse({"queue", "--config", "f", "--json"}));
  EXPECT_EQ(queue.what, StatusCommand::What::queue);
  EXPECT_EQ(queue.form, StatusCommand::Form::json);
}

TEST(CommandLine, WhyAsksTheLatestReviewOrMakesOne) {
  const auto latest = std::get<WhyCommand>(*parse({"why", "a.\"b.c\""}));
  EXPECT_EQ(latest.attribute, (AttributePath{"a", "b.c"}));
  EXPECT_FALSE(latest.fresh);
  const auto fresh = std::get<WhyCommand>(*parse({"why", "a", "main..topic", "--job", "j"}));
  EXPECT_TRUE(fresh.fresh);
  EXPECT_EQ(fresh.review.head, "topic");
  EXPECT_EQ(fresh.review.jobs, std::vector<std::string>{"j"});
}

TEST(CommandLine, WhyDependsTakesADependencyOrNone) {
  const auto all = std::get<WhyDependsCommand>(*parse({"why-depends", "a.\"b.c\""}));
  EXPECT_EQ(all.attribute, (AttributePath{"a", "b.c"}));
  EXPECT_EQ(all.dependency, std::nullopt);
  EXPECT_EQ(all.review, std::nullopt);
  const auto one = std::get<WhyDependsCommand>(*parse({"why-depends", "a", "openssl", "--review", "7", "--store", "local", "--repo", "r"}));
  EXPECT_EQ(one.dependency, "openssl");
  EXPECT_EQ(one.review, 7U);
  EXPECT_EQ(one.store, "local");
  EXPECT_EQ(one.repository, "r");
}

TEST(CommandLine, CollectingIsOfAServerOrOfTheCache) {
  const auto cache = std::get<GcCommand>(*parse({"gc", "--older-than", "7d", "--disk", "10G", "-n"}));
  EXPECT_EQ(cache.older_than, std::chrono::hours(7 * 24));
  EXPECT_EQ(cache.disk, std::uint64_t{10} << 30U);
  EXPECT_TRUE(cache.dry_run);
  const auto server = std::get<GcCommand>(*parse({"gc", "--config", "c", "--json"}));
  EXPECT_EQ(server.configuration, "c");
  EXPECT_TRUE(server.json && !server.dry_run);
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"gc", "--older-than", "soon"},
                                                                 {"gc", "--disk", "much"},
                                                                 {"gc", "--config", "c", "--disk", "1G"},
                                                                 {"backup", "--config", "c"}}) {
    EXPECT_EQ(parse(wrong).error().code(), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(std::get<BackupCommand>(*parse({"backup", "--config", "c", "copy"})).destination, "copy");
}

TEST(CommandLine, HelpAndVersionArePrinted) {
  EXPECT_NE(std::get<PrintAndExit>(*parse({"review", "--help"})).text.find("--no-sandbox"), std::string::npos);
  EXPECT_TRUE(std::get<PrintAndExit>(*parse({"--version"})).text.starts_with("ekaci "));
}

TEST(CommandLine, NeverCrashes) {
  EXPECT_TRUE(rc::check([](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "review");
    const auto parsed = parse_command_line(arguments);
    if (!parsed) RC_ASSERT(!parsed.error().to_string().empty());
  }));
}

}  // namespace
}  // namespace ekaci::app
