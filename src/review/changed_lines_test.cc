#include "review/changed_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ekaci::review {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

std::vector<ChangedLine> lines_of(const Texts& texts, const std::string& file = "pkgs/hello/default.nix") {
  std::vector<ChangedLine> lines;
  for (const std::string& text : texts) {
    lines.push_back({.position = {.file = file, .line = static_cast<std::uint32_t>(lines.size() + 1)}, .text = text});
  }
  return lines;
}

Texts told(const DerivationDifference& difference, const std::vector<ChangedLine>& lines) {
  Texts texts;
  for (const ChangedLine& line : tell_lines(difference, lines)) texts.push_back(line.text);
  return texts;
}

DerivationDifference environment(const std::string& name, const std::string& base, const std::string& head) {
  return {.environment = {{name, base, head}}};
}

StorePath path(char digit, const std::string& name) { return StorePath::parse_base_name(std::string(32, digit) + "-" + name).value(); }

TEST(TellLines, FindsHashThenPartsOfTheAddressOfAFetch) {
  const std::string hash = "sha256-jZkUKv2SV28wsM18tCqNxoCZmLxdYH2Idh9RLibH2yA=";
  const DerivationDifference difference = {
      .environment = {{"outputHash", "sha256-AAAAKv2SV28wsM18tCqNxoCZmLxdYH2Idh9RLibH2yA=", hash},
                      {"urls", "mirror://gnu/hello/hello-2.12.tar.gz", "mirror://gnu/hello/hello-2.13.tar.gz"}}};
  EXPECT_THAT(told(difference,
                   lines_of({"  pname = \"hello\";", "  version = \"2.13\";", "    url = \"mirror://gnu/hello/hello-${version}.tar.gz\";",
                             "    hash = \"" + hash + "\";", "    other = \"2.135\"; # 12.13 and 2.13.1"})),
              ElementsAre("    hash = \"" + hash + "\";", "  version = \"2.13\";"));
}

TEST(TellLines, FindsTheVersionInATag) {
  EXPECT_THAT(told(environment("rev", "v1.9.9", "v1.10.0"), lines_of({"rev = \"v${version}\";", "version = \"1.10.0\";"})),
              ElementsAre("version = \"1.10.0\";"));
  EXPECT_THAT(told(environment("version", "1.9.9", "1.10.0"), lines_of({"rev = \"v1.10.0\";"})), ElementsAre("rev = \"v1.10.0\";"));
}

TEST(TellLines, PrefersWhatSaysExactlyWhatSomethingBecame) {
  const DerivationDifference difference = {
      .fields = {{"name", "almanac-2025.txt", "almanac-2026.txt"}},
      .environment = {{"text", "almanac 2025", "almanac 2026\nBrest 05:02 low water\nOstende 01:10 low"}}};
  EXPECT_THAT(told(difference, lines_of({"almanac 2026", "Brest 05:02 low water", "Ostende 01:10 low", "  version = \"2026\";"})).front(),
              "  version = \"2026\";");
  EXPECT_THAT(told(environment("version", "2025", "2026"), lines_of({"rev = \"release-2026\";", "# of 2026", "version = \"2026\";"})),
              ElementsAre("version = \"2026\";", "rev = \"release-2026\";", "# of 2026"));
  Texts dates(7, "# 2026");
  dates.emplace_back("version = \"2026\";");
  EXPECT_THAT(told(environment("version", "2025", "2026"), lines_of(dates)), ElementsAre("version = \"2026\";"));
}

TEST(TellLines, FindsLinesOfScriptsAndArguments) {
  EXPECT_THAT(told(environment("buildPhase", "make\nmake install\n", "make\nmake install PREFIX=$out\nrm -r $out/share\n"),
                   lines_of({"  make install", "    make install PREFIX=$out", "    rm -r $out/share", "install make"})),
              ElementsAre("    make install PREFIX=$out", "    rm -r $out/share"));
  const DerivationDifference difference = {.arguments = {{"2", "--with-x", "--without-x"}}};
  EXPECT_THAT(told(difference, lines_of({"\"--with-x\"", "\"--without-x\""})), ElementsAre("\"--without-x\""));
}

TEST(TellLines, FindsSourcesAndInputsByName) {
  const DerivationDifference difference = {
      .sources = {{{}, path('1', "fix-build.patch")}},
      .inputs = {{{}, path('2', "zlib-1.3.drv")}, {path('3', "lua-5.3.drv"), path('4', "lua-5.4.drv")}}};
  EXPECT_THAT(told(difference, lines_of({"  patches = [ ./fix-build.patch ];", "  buildInputs = [ zlib ];", "  lua = lua;"})),
              ElementsAre("  patches = [ ./fix-build.patch ];", "  buildInputs = [ zlib ];"));
}

TEST(TellLines, TakesTheLinesOfAChangedSource) {
  const DerivationDifference difference = {.sources = {{path('1', "builder.sh"), path('2', "builder.sh")}}};
  EXPECT_THAT(told(difference, lines_of({"set -x"}, "pkgs/hello/builder.sh")), ElementsAre("set -x"));
  EXPECT_THAT(told(difference, lines_of({"set -x"}, "pkgs/hello/other-builder.sh")), IsEmpty());
}

TEST(TellLines, NeverGuesses) {
  EXPECT_THAT(told(environment("doCheck", "", "1"), lines_of({"doCheck = true; # 1"})), IsEmpty());
  EXPECT_THAT(told(environment("x", "ab", "cd"), lines_of({"cd"})), IsEmpty());
  EXPECT_THAT(told(environment("phases", "build", "build install check"), lines_of({"install", "check"})), IsEmpty());
  EXPECT_THAT(told(environment("version", "1.0", "1.1"), lines_of(Texts(6, "version = \"1.1\";"))), IsEmpty());
  EXPECT_THAT(told(environment("version", "1.1 1.0", "1.1 "), lines_of({"1.1"})), IsEmpty());
  EXPECT_THAT(told(environment("hash", "", "sha256"), lines_of({"sha256 = x;"})), ElementsAre("sha256 = x;"));
  EXPECT_THAT(told(environment("hash", "", "sha256-0000"), lines_of({"sha256 = x;"})), IsEmpty());
  EXPECT_THAT(told({}, lines_of({"anything", ""})), IsEmpty());
  EXPECT_THAT(tell_lines(environment("version", "1.0", "1.1"), {}), IsEmpty());
}

TEST(TellLines, LeavesStoreHashesOut) {
  const std::string hash(32, 'a');
  EXPECT_THAT(told(environment("src", "", "/nix/store/" + hash + "-hello-2.0"), lines_of({hash, "hello-2.0", "x 2.0 y"})),
              ElementsAre("hello-2.0", "x 2.0 y"));
}

TEST(TellLinesProperty, GivesFewLinesOfThoseGivenAndEachHoldsSomethingOfHead) {
  EXPECT_TRUE(rc::check([] {
    const auto any_text = [] { return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab1.-/ \n\"\xff"))); };
    DerivationDifference difference;
    for (int n = *rc::gen::inRange(0, 4); n > 0; --n)
      difference.environment.push_back({.name = "x", .base = any_text(), .head = any_text()});
    Texts texts;
    for (int n = *rc::gen::inRange(0, 12); n > 0; --n) texts.push_back(any_text());
    const std::vector<ChangedLine> lines = lines_of(texts);
    const std::vector<ChangedLine> found = tell_lines(difference, lines);
    RC_ASSERT(found.size() <= kMostTellingLines);
    for (const ChangedLine& line : found) {
      RC_ASSERT(std::ranges::count(lines, line) == 1);
      RC_ASSERT(line.text.size() >= 3U);
    }
  }));
}

}  // namespace
}  // namespace ekaci::review
