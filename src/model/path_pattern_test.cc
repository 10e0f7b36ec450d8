#include "model/path_pattern.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <regex>
#include <string>
#include <vector>

namespace ekaci {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const auto parsed = PathPattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern << ": " << parsed.error().to_string();
  return parsed && parsed->matches(path);
}

std::string error_of(std::string_view pattern) {
  const auto parsed = PathPattern::parse(pattern);
  return parsed ? "(parsed)" : parsed.error().message();
}

TEST(PathPattern, IsAboutTheWholePathFromTheRoot) {
  EXPECT_TRUE(matches("README.md", "README.md"));
  EXPECT_FALSE(matches("README.md", "doc/README.md"));
  EXPECT_FALSE(matches("README.md", "README.md.nix"));
  EXPECT_FALSE(matches("README.md", "readme.md"));
  EXPECT_FALSE(matches("doc", "doc/a.md")) << "a directory is no file";
}

TEST(PathPattern, AStarStaysWithinOneName) {
  EXPECT_TRUE(matches("*.md", "README.md"));
  EXPECT_TRUE(matches("*.md", ".md"));
  EXPECT_FALSE(matches("*.md", "doc/README.md"));
  EXPECT_TRUE(matches("doc/*-guide.*", "doc/the-guide-guide.md"));
  EXPECT_FALSE(matches("doc/*", "doc/a/b"));
}

TEST(PathPattern, TwoStarsGoAcrossDirectories) {
  EXPECT_TRUE(matches("doc/**", "doc/a"));
  EXPECT_TRUE(matches("doc/**", "doc/a/b/c"));
  EXPECT_FALSE(matches("doc/**", "doc")) << "not below it";
  EXPECT_FALSE(matches("doc/**", "documents/a"));
  EXPECT_TRUE(matches("**/*.md", "a.md"));
  EXPECT_TRUE(matches("**/*.md", "a/b/c.md"));
  EXPECT_TRUE(matches("a/**/z", "a/z"));
  EXPECT_TRUE(matches("a/**/z", "a/b/z/z"));
  EXPECT_FALSE(matches("a/**/z", "a/bz"));
  EXPECT_TRUE(matches("**", "a/b"));
}

TEST(PathPattern, AnExceptionMatchesLikeThePatternBehindTheMark) {
  const auto parsed = PathPattern::parse("!doc/*.nix");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->is_exception());
  EXPECT_TRUE(parsed->matches("doc/default.nix"));
  EXPECT_EQ(parsed->text(), "!doc/*.nix");
}

TEST(PathPattern, SaysWhatIsWrong) {
  EXPECT_EQ(error_of(""), "names no path");
  EXPECT_EQ(error_of("!"), "names no path");
  EXPECT_EQ(error_of("/doc/**"), "has an empty name; paths begin at the root, without a slash in front");
  EXPECT_EQ(error_of("doc//a"), "has an empty name; paths begin at the root, without a slash in front");
  EXPECT_EQ(error_of("doc/"), "ends with a slash; 'doc/**' is everything below");
  EXPECT_EQ(error_of("doc/../a"), "has the name '..', which no path of a repository has");
  EXPECT_EQ(error_of("doc/**.md"), "has '**' within a name; it stands alone between slashes, as in 'doc/**/*.md'");
  EXPECT_EQ(error_of("doc/[ab]"), "holds '[', which is not supported; '*' stands for any part of a name");
  EXPECT_EQ(error_of("a\nb"), "holds characters that cannot be seen");
  EXPECT_EQ(error_of(std::string(201, 'a')), "is longer than 200 bytes");
}

TEST(PathPattern, WhatNobodyCouldReadMatchesNothing) {
  for (const std::string_view path : {"doc/a\nb", "doc/\xff", "doc/\x1b[2J", "doc/\u202egnp.md", ""})
    EXPECT_FALSE(matches("**", path)) << path;
}

TEST(PathPattern, NoPatternTakesLong) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "**/*a*/";
  pattern.resize(PathPattern::kLongest - 1);
  pattern += "b";
  std::string path;
  for (int i = 0; i < 80; ++i) path += std::string(40, 'a') + "/";
  EXPECT_FALSE(matches(pattern, path + "c"));
  EXPECT_FALSE(matches(std::string(150, '*').replace(1, 149, "a*a*a*a*a*a*a*a*a*a*a*b"), std::string(4000, 'a')));
}

/// The same as a regular expression.
std::regex expression_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_last = i + 1 == names.size();
    if (names[i] == "**") {
      text += is_last ? "[^/]+(/[^/]+)*" : "([^/]+/)*";
      continue;
    }
    for (const char c : names[i]) text += c == '*' ? std::string("[^/]*") : std::string(1, c);
    if (!is_last) text += "/";
  }
  return std::regex(text);
}

std::string joined(const std::vector<std::string>& names) {
  std::string path;
  for (const std::string& name : names) path += (path.empty() ? "" : "/") + name;
  return path;
}

TEST(PathPattern, MatchesWhatTheRegularExpressionMatches) {
  EXPECT_TRUE(rc::check([] {
    const auto name_of = [](const char* letters, int most) {
      return rc::gen::mapcat(rc::gen::inRange(1, most), [letters](int size) {
        return rc::gen::container<std::string>(static_cast<std::size_t>(size), rc::gen::elementOf(std::string(letters)));
      });
    };
    const auto is_plain = [](const std::string& name) { return name.find("**") == std::string::npos; };
    const auto pattern_name = rc::gen::oneOf(rc::gen::just(std::string("**")), rc::gen::suchThat(name_of("ab**", 5), is_plain));
    const auto names = *rc::gen::nonEmpty(rc::gen::resize(5, rc::gen::container<std::vector<std::string>>(pattern_name)));
    const auto path = joined(*rc::gen::nonEmpty(rc::gen::resize(5, rc::gen::container<std::vector<std::string>>(name_of("ab", 5)))));
    RC_PRE(joined(names).size() <= PathPattern::kLongest);
    const auto parsed = PathPattern::parse(joined(names));
    RC_ASSERT(parsed.has_value());
    RC_CLASSIFY(parsed->matches(path), "matches");
    RC_ASSERT(parsed->matches(path) == std::regex_match(path, expression_of(names)));
  }));
}

TEST(PathPattern, AnyBytesAreReadOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& text, const std::string& path) {
    const auto parsed = PathPattern::parse(text);
    if (parsed) {
      RC_ASSERT(parsed->text() == text);
      RC_ASSERT(parsed->matches(path) == parsed->matches(path));
    } else {
      RC_ASSERT(parsed.error().code() == ErrorCode::invalid_argument);
    }
  }));
}

}  // namespace
}  // namespace ekaci
