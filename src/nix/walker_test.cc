#include "nix/walker.h"

#include <gtest/gtest.h>

#include <array>

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

}  // namespace
}  // namespace ekaci::nix
