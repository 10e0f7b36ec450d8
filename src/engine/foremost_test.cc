#include "engine/foremost.h"

#include <gtest/gtest.h>

namespace ekaci::engine {
namespace {

Attribute defined_in(const std::string& name, const std::string& file) {
  Attribute attribute{.path = {"set", name}, .result = AttributeSet{}};
  attribute.metadata.emplace();
  attribute.metadata->position = SourcePosition{.file = file, .line = 1};
  return attribute;
}

TEST(Foremost, TakesTheNamesOfChangedFilesAndTheirDirectories) {
  const std::vector<std::string> files = {"pkgs/hello/package.nix", "zlib.nix"};
  EXPECT_EQ(foremost_of(files, nullptr).names, (std::set<std::string>{"pkgs", "hello", "package", "zlib"}));
}

TEST(Foremost, TakesWhatIsKnownToBeDefinedInAChangedFile) {
  const std::vector<std::string> files = {"a.nix", "b.nix"};
  const Evaluation known{
      .attributes = {defined_in("one", "b.nix"), defined_in("two", "c.nix"), {.path = {"bare"}, .result = AttributeSet{}}},
      .cost = {},
      .notes = {}};
  EXPECT_EQ(foremost_of(files, &known).paths, (std::set<AttributePath>{{"set", "one"}}));
}

TEST(Foremost, GuessesNothingFromAChangeToEverything) {
  std::vector<std::string> files;
  for (int i = 0; i < 1000; ++i) files.push_back(std::to_string(i));
  EXPECT_TRUE(foremost_of(files, nullptr).names.empty());
}

}  // namespace
}  // namespace ekaci::engine
