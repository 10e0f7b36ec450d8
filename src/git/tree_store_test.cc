#include "git/tree_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "git/directory_lock.h"
#include "git/test_repository.h"
#include "process/child.h"

namespace ekaci::git {
namespace {

namespace fs = std::filesystem;

TreeId tree_named(char c) { return TreeId::parse(std::string(40, c)).value(); }

Status write_one_file(const fs::path& directory) {
  testing::write(directory / "file", "content");
  return {};
}

class TreeStoreTest : public testing::GitTest {
 protected:
  [[nodiscard]] TreeStore open(std::size_t kept = 8) const { return TreeStore::open(directory_ / "trees", kept).value(); }
  [[nodiscard]] bool is_there(const TreeId& tree) const { return fs::exists(directory_ / "trees" / tree.to_string()); }
  /// Makes a tree look as if it had been used so long ago.
  void age(const TreeId& tree, std::chrono::minutes since) const {
    fs::last_write_time(directory_ / "trees" / (tree.to_string() + ".lock"), fs::file_time_type::clock::now() - since);
  }
  [[nodiscard]] std::size_t hidden_entries() const {
    const fs::directory_iterator all(directory_ / "trees");
    return static_cast<std::size_t>(
        std::count_if(begin(all), end(all), [](const auto& entry) { return entry.path().filename().string().starts_with("."); }));
  }
};

TEST_F(TreeStoreTest, MakesATreeOnceAndUsesItAgain) {
  const TreeStore store = open();
  int made = 0;
  const auto maker = [&](const fs::path& directory) {
    ++made;
    return write_one_file(directory);
  };
  const fs::path first = store.lease(tree_named('a'), maker).value()->path();
  const fs::path second = open().lease(tree_named('a'), maker).value()->path();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(first, second);
  EXPECT_EQ(testing::read(first / "file"), "content");
}

TEST_F(TreeStoreTest, TheDirectoryIsReadOnlyAndNotForOthers) {
  const auto tree = open().lease(tree_named('a'), write_one_file).value();
  EXPECT_EQ(fs::status(tree->path()).permissions(), fs::perms(0555));
  EXPECT_EQ(fs::status(directory_ / "trees").permissions(), fs::perms(0700));
}

TEST_F(TreeStoreTest, NothingStaysOfATreeThatCouldNotBeMade) {
  const TreeStore store = open();
  const auto failing = [](const fs::path& directory) -> Status {
    testing::write(directory / "half", "x");
    return fail(ErrorCode::resource_exhausted, "the disk is full");
  };
  const auto failed = store.lease(tree_named('a'), failing);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::resource_exhausted);
  EXPECT_FALSE(is_there(tree_named('a')));
  EXPECT_EQ(hidden_entries(), 0U);
  EXPECT_TRUE(store.lease(tree_named('a'), write_one_file));
}

TEST_F(TreeStoreTest, RemovesTheLeastRecentlyUsedBeyondTheBound) {
  const TreeStore store = open(2);
  for (const char c : {'a', 'b'}) ASSERT_TRUE(store.lease(tree_named(c), write_one_file));
  age(tree_named('a'), std::chrono::minutes(5));
  age(tree_named('b'), std::chrono::minutes(9));
  ASSERT_TRUE(store.lease(tree_named('c'), write_one_file));
  EXPECT_TRUE(is_there(tree_named('a')));
  EXPECT_FALSE(is_there(tree_named('b')));
  EXPECT_TRUE(is_there(tree_named('c')));
  EXPECT_FALSE(fs::exists(directory_ / "trees" / (tree_named('b').to_string() + ".lock")));
  EXPECT_EQ(hidden_entries(), 0U);
}

TEST_F(TreeStoreTest, UsingATreeKeepsIt) {
  const TreeStore store = open(2);
  for (const char c : {'a', 'b'}) ASSERT_TRUE(store.lease(tree_named(c), write_one_file));
  age(tree_named('a'), std::chrono::minutes(9));
  age(tree_named('b'), std::chrono::minutes(5));
  ASSERT_TRUE(store.lease(tree_named('a'), write_one_file));
  ASSERT_TRUE(store.lease(tree_named('c'), write_one_file));
  EXPECT_TRUE(is_there(tree_named('a')));
  EXPECT_FALSE(is_there(tree_named('b')));
}

TEST_F(TreeStoreTest, NeverRemovesALeasedTree) {
  const TreeStore store = open(1);
  const auto leased = store.lease(tree_named('a'), write_one_file).value();
  age(tree_named('a'), std::chrono::minutes(99));
  ASSERT_TRUE(store.lease(tree_named('b'), write_one_file));
  ASSERT_TRUE(store.lease(tree_named('c'), write_one_file));
  EXPECT_TRUE(fs::exists(leased->path() / "file"));
  EXPECT_FALSE(is_there(tree_named('b')));
}

TEST_F(TreeStoreTest, ALeaseOfAnotherProcessCounts) {
  const TreeStore store = open(1);
  ASSERT_TRUE(store.lease(tree_named('a'), write_one_file));
  age(tree_named('a'), std::chrono::minutes(99));
  const fs::path lock = directory_ / "trees" / (tree_named('a').to_string() + ".lock");
  // --close: the lock dies with flock itself, which is waited for, and not with the shell it starts.
  auto other = process::spawn({.arguments = {"flock", "--shared", "--close", lock.string(), "/bin/sh", "-c", "echo held; read line"},
                               .environment = {{"PATH", "/usr/bin:/bin"}}},
                              {.input = process::Stream::pipe});
  ASSERT_TRUE(other) << other.error().to_string();
  std::string said;
  while (said != "held\n") {
    char c = 0;
    if (::read(other->output().get(), &c, 1) == 1) said += c;
  }
  ASSERT_TRUE(store.lease(tree_named('b'), write_one_file));
  EXPECT_TRUE(is_there(tree_named('a')));
  other->kill_group();
  ASSERT_TRUE(other->wait_for(std::chrono::seconds(20)));
  ASSERT_TRUE(store.lease(tree_named('c'), write_one_file));
  EXPECT_FALSE(is_there(tree_named('a')));
}

TEST_F(TreeStoreTest, RemovesWhatKilledProcessesLeftBehind) {
  const TreeStore store = open();
  testing::write(directory_ / "trees" / ".making-dead" / "file", "x");
  testing::write(directory_ / "trees" / ".trash-dead" / "sub" / "file", "x");
  fs::permissions(directory_ / "trees" / ".trash-dead" / "sub", fs::perms(0555));
  fs::create_directories(directory_ / "trees" / ".making-alive");
  const auto alive = try_lock_directory(directory_ / "trees" / ".making-alive");
  ASSERT_TRUE(store.lease(tree_named('a'), write_one_file));
  EXPECT_FALSE(fs::exists(directory_ / "trees" / ".making-dead"));
  EXPECT_FALSE(fs::exists(directory_ / "trees" / ".trash-dead"));
  EXPECT_TRUE(fs::exists(directory_ / "trees" / ".making-alive"));
}

TEST_F(TreeStoreTest, DistrustsTreesOfAnEarlierBoot) {
  ASSERT_TRUE(open().lease(tree_named('a'), write_one_file));
  testing::write(directory_ / "trees" / "boot", "another");
  static_cast<void>(open());
  EXPECT_FALSE(is_there(tree_named('a')));
}

TEST_F(TreeStoreTest, ManyAtOnceGetTheSameCompleteTree) {
  constexpr int kThreads = 8;
  std::barrier together(kThreads);
  std::vector<std::thread> threads;
  std::vector<int> complete(kThreads, 0);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const TreeStore store = open(1);
      together.arrive_and_wait();
      for (const char c : {'a', 'b', 'c', 'd', 'a'}) {
        const auto tree = store.lease(tree_named(c), write_one_file);
        if (tree && testing::read((*tree)->path() / "file") == "content") ++complete[static_cast<std::size_t>(i)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(complete, std::vector<int>(kThreads, 5));
  EXPECT_EQ(hidden_entries(), 0U);
}

TEST_F(TreeStoreTest, TreesAreRemovedOneByOneButNotLeasedOnes) {
  const TreeStore store = open();
  const auto leased = store.lease(tree_named('a'), write_one_file).value();
  ASSERT_TRUE(store.lease(tree_named('b'), write_one_file));
  const std::vector<StoredTree> trees = stored_trees(directory_ / "trees").value();
  EXPECT_EQ(trees.size(), 2U);
  for (const StoredTree& tree : trees) {
    EXPECT_EQ(tree.is_leased, tree.name == tree_named('a').to_string());
    EXPECT_EQ(remove_stored_tree(directory_ / "trees", tree.name).value(), !tree.is_leased);
  }
  EXPECT_TRUE(is_there(tree_named('a')));
  EXPECT_FALSE(is_there(tree_named('b')));
  EXPECT_EQ(hidden_entries(), 0U);
  EXPECT_TRUE(remove_stored_tree(directory_ / "trees", tree_named('b').to_string()).value()) << "gone already";
  EXPECT_EQ(remove_stored_tree(directory_ / "trees", "../x").error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(stored_trees(directory_ / "nowhere").value().empty());
}

}  // namespace
}  // namespace ekaci::git
