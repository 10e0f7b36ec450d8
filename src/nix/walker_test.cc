#include "nix/walker.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace ekaci::nix {
namespace {

TEST(Walker, AsksByPositionsOnly) {
  const std::array<std::uint32_t, 2> path = {3, 17};
  EXPECT_EQ(question_expression(Question::describe, path), "w.describe [ 3 17 ]");
  EXPECT_EQ(question_expression(Question::root, {}), "w.root [ ]");
}

TEST(Walker, WritesStringsThatNixReadsBack) {
  EXPECT_EQ(string_literal("a\"b\\${c}\n\r"), R"("a\"b\\\${c}\n\r")");
  EXPECT_EQ(string_literal(std::string_view("a\0b", 3)), "\"ab\"");
}

TEST(Walker, BindsArgumentsInTheirOrder) {
  const Job job{.name = "j",
                .file = "dir/file.nix",
                .attribute = {"a", "b.c"},
                .arguments = {{.name = "one", .kind = JobArgument::Kind::expression, .text = "1"},
                              {.name = "text", .text = "t"},
                              {.name = "two", .kind = JobArgument::Kind::expression, .text = "{ }"}}};
  const System system = System::parse("x86_64-linux").value();
  EXPECT_EQ(binding_source({.tree = "/t", .walker = "/w/walker.nix", .job = job, .system = system}),
            "expressions:\n"
            "import \"/w/walker.nix\" {\n"
            "  file = \"/t/dir/file.nix\";\n"
            "  attribute = [ \"a\" \"b.c\" ];\n"
            "  arguments = { \"one\" = builtins.elemAt expressions 0; \"text\" = \"t\"; \"two\" = builtins.elemAt expressions 1; };\n"
            "  system = \"x86_64-linux\";\n"
            "}\n");
  EXPECT_EQ(binding_line("/w/job.nix", job), "w = import \"/w/job.nix\" [ (1) ({ }) ]");
}

TEST(Walker, ReadsAnswers) {
  EXPECT_TRUE(std::holds_alternative<FailedDerivation>(*parse_answer("f")));
  EXPECT_TRUE(std::holds_alternative<UnlistedSet>(*parse_answer("s")));
  EXPECT_EQ(std::get<OtherValue>(*parse_answer("olambda")).type, "lambda");
  EXPECT_EQ(std::get<ListedSet>(*parse_answer("l")).names.size(), 0U);
  EXPECT_EQ(std::get<ListedSet>(*parse_answer("l0:,1::,3:a,b,")).names, (std::vector<std::string>{"", ":", "a,b"}));
  EXPECT_FALSE(std::get<RefusalAnswer>(*parse_answer("r")).refused);
  EXPECT_TRUE(std::get<RefusalAnswer>(*parse_answer("ra")).refused);
  EXPECT_EQ(std::get<RefusalAnswer>(*parse_answer("rbi")).refusal.reasons,
            (std::set<RefusalReason>{RefusalReason::broken, RefusalReason::insecure}));
  const std::string path = "/nix/store/00000000000000000000000000000000-a.drv";
  EXPECT_EQ(std::get<FoundDerivation>(*parse_answer("d" + path)).path.to_string(), path);
}

TEST(Walker, TakesNoAnswerThatItWouldNotGive) {
  for (const char* reply : {"", "x", "fx", "sx", "l1:a", "l2:a,", "l1:b,1:a,", "l1:a,1:a,", "l-1:a,", "l99999999999999999999:a,", "rz"}) {
    const auto answer = parse_answer(reply);
    ASSERT_FALSE(answer) << reply;
    EXPECT_EQ(answer.error().code(), ErrorCode::corrupt) << reply;
  }
  for (const char* path : {"d", "d/etc/passwd", "d/nix/store/00000000000000000000000000000000-a", "d/nix/store/../x.drv"}) {
    const auto answer = parse_answer(path);
    ASSERT_FALSE(answer) << path;
    EXPECT_EQ(answer.error().code(), ErrorCode::invalid_argument) << path;
  }
}

RC_GTEST_PROP(Walker, CarriesNamesOfAnyBytes, (const std::set<std::string>& names)) {
  std::string reply = "l";
  for (const std::string& name : names) reply += std::to_string(name.size()) + ":" + name + ",";
  const auto answer = parse_answer(reply);
  RC_ASSERT(answer.has_value());
  RC_ASSERT(std::ranges::equal(std::get<ListedSet>(*answer).names, names));
}

RC_GTEST_PROP(Walker, SurvivesAnyReply, (const std::string& reply)) {
  [[maybe_unused]] const auto plain = parse_answer(reply);
  [[maybe_unused]] const auto listed = parse_answer("l" + reply);
}

}  // namespace
}  // namespace ekaci::nix
