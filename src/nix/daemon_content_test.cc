#include "nix/daemon_content.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "nix/daemon_test_store.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

class DaemonContent : public testing::Test {
 protected:
  wire::Addition identified(const StorePath& path) {
    const Result<wire::Addition> addition = identify(path, {.directory = AT_FDCWD, .name = store_.root() / "nix/store" / path.base_name()});
    EXPECT_TRUE(addition) << addition.error().to_string();
    return addition.value_or(wire::Addition());
  }
  StorePath printed(std::vector<std::string> arguments) { return StorePath::parse(trim(store_.run(std::move(arguments)))).value(); }

  TestStore store_;
};

TEST_F(DaemonContent, KnowsEachWayInWhichAnEvaluationAddsPaths) {
  const fs::path tree = store_.root() / "home/tree";
  fs::create_directory(tree);
  std::ofstream(tree / "file") << "content";
  const wire::Addition source = identified(printed({"nix-store", "--add", tree}));
  EXPECT_EQ(source.method, wire::AddMethod::nar);
  EXPECT_EQ(source.name, "tree");
  const wire::Addition flat = identified(printed({"nix-store", "--add-fixed", "sha256", tree / "file"}));
  EXPECT_EQ(flat.method, wire::AddMethod::flat);
  const StorePath drv =
      printed({"nix-instantiate", "--expr", R"(derivation { name = "x"; system = "s"; builder = builtins.toFile "plain" "text"; })"});
  const wire::Addition derivation = identified(drv);
  EXPECT_EQ(derivation.method, wire::AddMethod::text);
  ASSERT_EQ(derivation.references.size(), 1U);
  const wire::Addition text = identified(derivation.references.front());
  EXPECT_EQ(text.method, wire::AddMethod::text);
  EXPECT_EQ(text.name, "plain");
}

TEST_F(DaemonContent, WhatHasAnotherNameIsNotTaken) {
  const fs::path file = store_.root() / "home/file";
  std::ofstream(file) << "content";
  const Result<wire::Addition> addition = identify(test_path("out", "file"), {.directory = AT_FDCWD, .name = file});
  EXPECT_EQ(addition.error().code(), ErrorCode::invalid_argument);
}

TEST(NamedPaths, AreFoundInAnyText) {
  const std::string one = "/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig";
  const std::string two = "/nix/store/l622p70vy8k5sh7y5wizi5f2mic6ynpg-source.sh";
  std::vector<StorePath> both = {StorePath::parse(one).value(), StorePath::parse(two).value()};
  std::ranges::sort(both);
  EXPECT_EQ(named_paths("x " + two + "/bin:" + one + "\"" + one + " /nix/store/short /nix/store/"), both);
  EXPECT_TRUE(named_paths("").empty());
}

TEST(NamedPaths, AnyTextIsReadWithoutHarm) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    for (const StorePath& path : named_paths("/nix/store/" + text)) RC_ASSERT(text.find(path.name()) != std::string::npos);
  }));
}

}  // namespace
}  // namespace ekaci::nix
