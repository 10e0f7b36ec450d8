#include "nix/build_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/sha256.h"
#include "base/text.h"
#include "nix/daemon_test_store.h"
#include "process/sandbox.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DaemonStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = place_.open();
    ASSERT_NE(store_, nullptr);
  }

  /// Where an expression's derivations go: as an evaluation's store, not as one that builds.
  StorePath instantiate(const std::string& expression) {
    const std::string printed = evaluation_.run({"nix-instantiate", "--expr", expression});
    return StorePath::parse(trim(printed)).value();
  }

  TestStore place_;
  TestStore evaluation_;
  std::unique_ptr<DaemonStore> store_;
  TestLog log_;
};

TEST_F(DaemonStoreTest, KnowsWhomItTalksTo) {
  EXPECT_TRUE(store_->is_trusted());
  EXPECT_THAT(place_.run({"nix-daemon", "--version"}), HasSubstr(store_->daemon_version()));
}

TEST_F(DaemonStoreTest, SaysOfPathsWhatNixStoreSays) {
  const StorePath first = test_path("out", "first");
  const StorePath second = test_path("out", "second");
  const StorePath absent = test_path("out", "absent");
  ASSERT_EQ(test_build(*store_, test_order("first", "echo x > $out"), log_).result, AttemptResult::built);
  const std::string refers = fmt::format("echo {} $out > $out", first.to_string());
  ASSERT_EQ(test_build(*store_, test_order("second", refers, {first}), log_).result, AttemptResult::built);

  const std::vector<StorePath> all = {second, absent, first};
  std::vector<StorePath> valid = {first, second};
  std::ranges::sort(valid);
  EXPECT_EQ(store_->valid_paths(all).value(), valid);
  EXPECT_THAT(store_->valid_paths({}).value(), IsEmpty());

  const std::vector<PathInfo> infos = store_->path_infos(all).value();
  ASSERT_EQ(infos.size(), 2U);
  EXPECT_EQ(infos[0].path, second);
  EXPECT_EQ(infos[0].references, valid);
  EXPECT_EQ(fmt::format("{}\n", infos[0].nar_size), place_.run({"nix-store", "-q", "--size", second.to_string()}));
  EXPECT_EQ(infos[1].path, first);
  EXPECT_THAT(infos[1].references, IsEmpty());
  const std::string dump = place_.run({"nix-store", "--dump", place_.root() / "nix/store" / first.base_name()});
  EXPECT_EQ(infos[1].nar_hash, "sha256:" + to_hex(sha256(dump)));
  EXPECT_EQ(infos[1].nar_size, dump.size());
}

TEST_F(DaemonStoreTest, AnswersForManyPathsAtOnce) {
  std::vector<StorePath> paths;
  for (int n = 0; n < 30'000; ++n) paths.push_back(test_path("out", fmt::format("path-{}", n)));
  EXPECT_THAT(store_->valid_paths(paths).value(), IsEmpty());
  EXPECT_THAT(store_->path_infos(std::span(paths).first(2000)).value(), IsEmpty());
}

TEST_F(DaemonStoreTest, NothingIsSubstitutableWhereCachesAreOff) {
  const std::vector<StorePath> paths = {test_path("out", "first")};
  EXPECT_THAT(store_->substitutable_paths(paths).value(), IsEmpty());
}

TEST_F(DaemonStoreTest, WhatIsKeptSurvivesACollectionOfGarbage) {
  const std::vector<StorePath> kept = {test_path("out", "kept"), test_path("out", "other")};
  ASSERT_TRUE(store_->keep(kept));
  ASSERT_EQ(test_build(*store_, test_order("kept", "echo x > $out"), log_).result, AttemptResult::built);
  ASSERT_EQ(test_build(*store_, test_order("loose", "echo x > $out"), log_).result, AttemptResult::built);
  const std::vector<StorePath> both = {test_path("out", "kept"), test_path("out", "loose")};
  // A builder's daemon keeps what it built until it has ended, which takes a moment.
  for (int tries = 0; tries < 500 && store_->valid_paths(std::span(both).last(1)).value().size() == 1; ++tries) {
    place_.run({"nix-store", "--gc"});
  }
  EXPECT_THAT(store_->valid_paths(both).value(), ElementsAre(both[0]));
  store_.reset();
  place_.run({"nix-store", "--gc"});
  store_ = place_.open();
  EXPECT_THAT(store_->valid_paths(both).value(), IsEmpty());
}

TEST_F(DaemonStoreTest, WhatIsKeptIsKeptAgainWhereTheConnectionWasLost) {
  const std::vector<StorePath> kept = {test_path("out", "kept")};
  ASSERT_TRUE(store_->keep(kept));
  ASSERT_EQ(test_build(*store_, test_order("kept", "echo x > $out"), log_).result, AttemptResult::built);
  for (const pid_t daemon : process::children_of(::getpid())) ::kill(daemon, SIGKILL);
  ASSERT_TRUE(store_->keep(kept)) << "there is nothing new to keep, and nothing is kept any more";
  place_.run({"nix-store", "--gc"});
  EXPECT_EQ(store_->valid_paths(kept).value(), kept);
}

constexpr std::string_view kExpression = R"(
  let plain = builtins.toFile "plain" "text\n";
      refers = builtins.toFile "refers" "see ${plain}\n";
      made = derivation { name = "below"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo below > $out" ]; };
  in derivation {
    name = "top"; system = "x86_64-linux"; builder = "/bin/sh";
    src = TREE;
    args = [ "-c" "read line < ${refers}; read file < $src/deep/file; read other < ${made}; echo $line $file $other > $out" ];
  })";

TEST_F(DaemonStoreTest, ImportsDerivationsAndSourcesAndBuildsThem) {
  const fs::path tree = evaluation_.root() / "home/tree";
  fs::create_directories(tree / "deep/empty");
  std::ofstream(tree / "deep/file") << "from a tree\n";
  std::ofstream(tree / "run") << "#!/bin/sh\n";
  fs::permissions(tree / "run", fs::perms::owner_all);
  fs::create_symlink("deep/file", tree / "link");
  std::string expression(kExpression);
  expression.replace(expression.find("TREE"), 4, fmt::format("builtins.path {{ path = \"{}\"; name = \"src\"; }}", tree.string()));
  const StorePath top = instantiate(expression);

  ASSERT_TRUE(store_->import_paths(evaluation_.root().string(), std::span(&top, 1), {}));
  const std::string closure = place_.run({"nix-store", "--query", "--requisites", top.to_string()});
  EXPECT_EQ(closure, evaluation_.run({"nix-store", "--query", "--requisites", top.to_string()}));
  EXPECT_THAT(closure, HasSubstr("-refers"));
  place_.run({"nix-store", "--verify", "--check-contents"});
  EXPECT_TRUE(store_->import_paths(evaluation_.root().string(), std::span(&top, 1), {})) << "all is there already";
}

TEST_F(DaemonStoreTest, ImportsNothingThatIsNotWhatItsNameStandsFor) {
  const StorePath top = instantiate(R"(derivation { name = "top"; system = "x86_64-linux"; builder = builtins.toFile "plain" "text\n"; })");
  const std::string references = evaluation_.run({"nix-store", "-q", "--references", top.to_string()});
  const StorePath source = StorePath::parse(trim(references)).value();
  const fs::path file = evaluation_.root() / "nix/store" / source.base_name();
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(file) << "poison\n";
  const Status imported = store_->import_paths(evaluation_.root().string(), std::span(&top, 1), {});
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(imported.error().to_string(), HasSubstr(source.to_string()));
  EXPECT_THAT(store_->valid_paths(std::span(&source, 1)).value(), IsEmpty());

  const StorePath absent = test_path("out", "absent");
  const Status missing = store_->import_paths(evaluation_.root().string(), std::span(&absent, 1), {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(missing.error().to_string(), HasSubstr(absent.to_string()));
}

TEST_F(DaemonStoreTest, ASymlinkForAStoreIsNotFollowed) {
  const StorePath top = instantiate(R"(derivation { name = "top"; system = "x86_64-linux"; builder = "/bin/sh"; })");
  TestStore fake;
  fs::create_directory_symlink(evaluation_.root() / "nix/store", fake.root() / "nix/store");
  EXPECT_FALSE(store_->import_paths(fake.root().string(), std::span(&top, 1), {}));
}

TEST_F(DaemonStoreTest, ManyThreadsMayAsk) {
  const StorePath path = test_path("out", "first");
  std::vector<std::jthread> threads;
  for (int n = 0; n < 8; ++n) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        EXPECT_THAT(store_->valid_paths(std::span(&path, 1)).value(), IsEmpty());
        EXPECT_TRUE(store_->keep(std::span(&path, 1)));
      }
    });
  }
}

}  // namespace
}  // namespace ekaci::nix
