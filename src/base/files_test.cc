#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace ekaci {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  void SetUp() override { directory_ = make_unique_directory(fs::temp_directory_path(), "ekaci-files-").value(); }
  void TearDown() override { EXPECT_TRUE(remove_tree(directory_)); }
  fs::path directory_;
};

TEST_F(Files, ReadsBackWhatWasWritten) {
  ASSERT_TRUE(write_file_atomically(directory_ / "a", std::string_view("x\0y", 3)));
  EXPECT_EQ(read_file(directory_ / "a", 10).value(), std::string("x\0y", 3));
}

TEST_F(Files, ReplacesAFileAndLeavesNothingBeside) {
  for (const std::string_view bytes : {"first", "second", "third, longer"}) {
    ASSERT_TRUE(write_file_atomically(directory_ / "a", bytes));
    EXPECT_EQ(read_file(directory_ / "a", 100).value(), bytes);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
  EXPECT_EQ(fs::status(directory_ / "a").permissions(), fs::perms(0644));
}

TEST_F(Files, ReplacesASymlinkAndNotWhatItLeadsTo) {
  ASSERT_TRUE(write_file_atomically(directory_ / "target", "kept"));
  fs::create_symlink("target", directory_ / "a");
  ASSERT_TRUE(write_file_atomically(directory_ / "a", "new"));
  EXPECT_EQ(read_file(directory_ / "target", 10).value(), "kept");
  EXPECT_FALSE(fs::is_symlink(directory_ / "a"));
}

TEST_F(Files, WritesAPrivateFileOnceAndForItsOwnerAlone) {
  const fs::path file = directory_ / "key";
  ASSERT_TRUE(write_private_file(file, "secret"));
  EXPECT_EQ(read_file(file, 10).value(), "secret");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
  EXPECT_EQ(write_private_file(file, "another").error().code(), ErrorCode::conflict);
  fs::create_symlink("elsewhere", directory_ / "link");
  EXPECT_EQ(write_private_file(directory_ / "link", "secret").error().code(), ErrorCode::conflict);
  EXPECT_FALSE(fs::exists(directory_ / "elsewhere"));
  EXPECT_EQ(read_file(file, 10).value(), "secret");
  EXPECT_TRUE(sync_directory(directory_));
  EXPECT_EQ(sync_directory(directory_ / "none").error().code(), ErrorCode::not_found);
}

TEST_F(Files, SaysWhereItCannotWrite) {
  EXPECT_EQ(write_file_atomically(directory_ / "none" / "a", "x").error().code(), ErrorCode::not_found);
  fs::create_directory(directory_ / "directory");
  EXPECT_FALSE(write_file_atomically(directory_ / "directory", "x"));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(Files, RefusesMoreThanTheLimit) {
  ASSERT_TRUE(write_file_atomically(directory_ / "a", "12345"));
  EXPECT_EQ(read_file(directory_ / "a", 4).error().code(), ErrorCode::resource_exhausted);
}

TEST_F(Files, TellsMissingFromUnreadable) {
  EXPECT_EQ(read_file(directory_ / "none", 4).error().code(), ErrorCode::not_found);
  EXPECT_EQ(read_file(directory_, 4).error().code(), ErrorCode::invalid_argument);
}

TEST_F(Files, DoesNotBlockOnAPipe) {
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(directory_ / "pipe", 4).error().code(), ErrorCode::invalid_argument);
}

TEST_F(Files, RemovesReadOnlyTrees) {
  fs::create_directories(directory_ / "store" / "path");
  ASSERT_TRUE(write_file_atomically(directory_ / "store" / "path" / "file", "x"));
  fs::permissions(directory_ / "store" / "path", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_TRUE(remove_tree(directory_ / "store"));
  EXPECT_FALSE(fs::exists(directory_ / "store"));
}

TEST_F(Files, LockExcludesASecondHolder) {
  const auto held = FileLock::try_acquire(directory_ / "lock");
  ASSERT_TRUE(held);
  EXPECT_EQ(FileLock::try_acquire(directory_ / "lock").error().code(), ErrorCode::conflict);
}

}  // namespace
}  // namespace ekaci
