#include "review/own_sources.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ekaci::review {
namespace {

StorePath source(char digit, const std::string& name) { return *StorePath::parse_base_name(std::string(32, digit) + "-" + name); }

DerivationDifference with_source(const std::string& name) { return {.sources = {{source('1', name), source('2', name)}}}; }

bool is_own(const std::vector<std::string>& files, const DerivationDifference& difference,
            const std::optional<SourcePosition>& position = SourcePosition{"pkgs/hello/package.nix", 3, 1}) {
  return ChangedFiles(files).hold_a_source(difference, position);
}

TEST(ChangedFiles, HoldTheDirectoryOfASource) {
  EXPECT_TRUE(is_own({"pkgs/hello/src/main.c"}, with_source("src")));
  EXPECT_TRUE(is_own({"pkgs/hello/src/main.c"}, with_source("src"), std::nullopt));
  EXPECT_TRUE(is_own({"pkgs/hello/main.c"}, with_source("hello"))) << "src = ./.";
}

TEST(ChangedFiles, HoldASourceThatIsAFile) {
  EXPECT_TRUE(is_own({"patches/fix.patch"}, with_source("fix.patch")));
  EXPECT_TRUE(is_own({"patches/fix.patch"}, {.sources = {{{}, source('2', "fix.patch")}}})) << "added";
  EXPECT_TRUE(is_own({"patches/fix.patch"}, {.sources = {{source('2', "fix.patch"), {}}}})) << "removed";
}

TEST(ChangedFiles, HoldASourceOfAnotherNameBesideWhereThePackageIsDefined) {
  EXPECT_TRUE(is_own({"pkgs/hello/main.c"}, with_source("source")));
  EXPECT_FALSE(is_own({"pkgs/hello-world/main.c", "pkgs/hello.nix"}, with_source("source")));
  EXPECT_FALSE(is_own({"lib/main.c"}, with_source("source"), SourcePosition{"default.nix", 1, 1}));
}

TEST(ChangedFiles, HoldNothingWhereNoSourceDiffers) {
  EXPECT_FALSE(is_own({"pkgs/hello/src/main.c"}, {.environment = {{"version", "1", "2"}}}));
  EXPECT_FALSE(is_own({}, with_source("src")));
}

}  // namespace
}  // namespace ekaci::review
