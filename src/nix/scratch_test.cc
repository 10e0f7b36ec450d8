#include "nix/scratch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "nix/linked_tree.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

class ScratchTest : public ::testing::Test {
 protected:
  ScratchTest() : parent_(make_unique_directory(fs::temp_directory_path(), "ekaci-scratch-test-").value()) {}
  ~ScratchTest() override { [[maybe_unused]] const Status removed = remove_tree(parent_); }
  ScratchTest(const ScratchTest&) = delete;
  ScratchTest& operator=(const ScratchTest&) = delete;

  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(parent_), fs::directory_iterator()));
  }

  fs::path parent_;
};

TEST_F(ScratchTest, IsItsOwnersAloneAndGoesWithIt) {
  {
    const auto trash = std::make_shared<Trash>();
    const auto one = Scratch::open(parent_, trash);
    const auto two = Scratch::open(parent_, trash);
    ASSERT_TRUE(one && two);
    EXPECT_NE((*one)->directory(), (*two)->directory());
    EXPECT_TRUE(fs::is_directory((*one)->store()));
    fs::create_directories((*one)->store() / "x");
    fs::permissions((*one)->store() / "x", fs::perms::owner_read | fs::perms::owner_exec);
  }
  EXPECT_EQ(entries(), 1U) << "the lock";
}

TEST_F(ScratchTest, RemovesWhatADeadProcessLeftAndNothingElse) {
  fs::create_directories(parent_ / "evaluation-dead/nix/store/x");
  std::ofstream(parent_ / "evaluation-dead.lock") << "";
  fs::create_directories(parent_ / "trash-evaluation-old/nix");
  fs::create_directories(parent_ / "something-else");
  {
    const auto trash = std::make_shared<Trash>();
    const auto living = Scratch::open(parent_, trash);
    ASSERT_TRUE(living);
    const auto next = Scratch::open(parent_, trash);
    ASSERT_TRUE(next);
    EXPECT_TRUE(fs::exists((*living)->directory()));
  }
  EXPECT_TRUE(fs::exists(parent_ / "something-else"));
  EXPECT_EQ(entries(), 2U);
}

TEST_F(ScratchTest, LeavesToTheNextProcessWhatItDoesNotWaitFor) {
  {
    const auto trash = std::make_shared<Trash>(LastTrash::left);
    const auto scratch = Scratch::open(parent_, trash);
    ASSERT_TRUE(scratch);
    for (int number = 0; number < 100; ++number) std::ofstream((*scratch)->store() / std::to_string(number)) << "x";
    fs::permissions((*scratch)->store(), fs::perms::owner_read | fs::perms::owner_exec);
  }
  {
    const auto trash = std::make_shared<Trash>();
    ASSERT_TRUE(Scratch::open(parent_, trash));
  }
  EXPECT_EQ(entries(), 1U) << "the lock";
}

TEST_F(ScratchTest, KnowsTheFreeSpace) {
  EXPECT_GT(free_space(parent_).value(), 0U);
  EXPECT_FALSE(free_space(parent_ / "missing"));
}

TEST_F(ScratchTest, LinksATree) {
  fs::create_directories(parent_ / "from/sub/empty");
  std::ofstream(parent_ / "from/sub/file") << "text";
  fs::create_symlink("../nowhere", parent_ / "from/link");
  ASSERT_TRUE(link_tree(parent_ / "from", parent_ / "to"));
  EXPECT_TRUE(fs::equivalent(parent_ / "from/sub/file", parent_ / "to/sub/file"));
  EXPECT_EQ(fs::read_symlink(parent_ / "to/link"), "../nowhere");
  EXPECT_TRUE(fs::is_directory(parent_ / "to/sub/empty"));
  EXPECT_FALSE(link_tree(parent_ / "from", parent_ / "to"));
}

}  // namespace
}  // namespace ekaci::nix
